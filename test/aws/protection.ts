/**
 * The attributes that protect an instance from being stopped and terminated. moto ignores
 * DisableApiTermination at launch, and protects nothing when ModifyInstanceAttribute is sent
 * `Attribute` and `Value`.
 */

import type { Answer } from "./answer.ts";
import type { Memory } from "./memory.ts";
import { protocolError } from "./protocol_error.ts";
import type { AwsRequest } from "./request.ts";

const attributes = ["disableApiTermination", "disableApiStop"] as const;

export interface Protection {
  /** Not to be terminated through the API. */
  disableApiTermination?: boolean;
  /** Not to be stopped or terminated through the API. */
  disableApiStop?: boolean;
}

/** What a call to RunInstances or ModifyInstanceAttribute sets. */
export function protectionIn(request: AwsRequest): Protection {
  const { parameters } = request;
  const set: Protection = {};
  for (const attribute of attributes) {
    const name = attribute.replace(/^d/, "D");
    const value = parameters[name] ?? parameters[`${name}.Value`] ??
      (parameters["Attribute"] === attribute ? parameters["Value"] : undefined);
    if (value !== undefined) set[attribute] = value.toLowerCase() === "true";
  }
  return set;
}

/** Remembers the protection that a successful ModifyInstanceAttribute has set. */
export function learnProtection(memory: Memory, request: AwsRequest): void {
  const id = request.parameters["InstanceId"];
  const set = protectionIn(request);
  if (id !== undefined && Object.keys(set).length > 0) Object.assign(memory.note(id), set);
}

/**
 * Refuses a change of protection as EC2 does: of spot instances, whose protection cannot be
 * modified (EC2 user guide, "Change instance termination protection"; the words are those reported in
 * cloud-custodian/cloud-custodian#2083), and of terminated ones. Null if all is well.
 */
export function refusedProtection(
  memory: Memory,
  request: AwsRequest,
  requestId: string,
): Answer | null {
  if (request.action !== "ec2:ModifyInstanceAttribute") return null;
  const [attribute] = Object.keys(protectionIn(request));
  const id = request.parameters["InstanceId"];
  if (attribute === undefined || id === undefined) return null;
  const refuse = (code: string, message: string) =>
    protocolError("ec2", { code, message }, requestId);
  if (memory.instances.get(id)?.spot !== undefined) {
    return refuse(
      "UnsupportedOperation",
      `Modifying '${attribute}' is not supported for spot instances`,
    );
  }
  if (memory.terminated.has(id)) {
    return refuse("IncorrectInstanceState", `Instance '${id}' is terminated`);
  }
  return null;
}

/** Corrects an answer to DescribeInstanceAttribute. MiniStack gives DisableApiStop no value. */
export function showProtection(memory: Memory, request: AwsRequest, answer: string): string {
  const xml = answer.replace(/<(disableApiStop)\/>/, "<$1><value>false</value></$1>");
  const note = memory.instances.get(request.parameters["InstanceId"] ?? "");
  const attribute = attributes.find((name) => name === request.parameters["Attribute"]);
  const value = attribute && note?.[attribute];
  if (value === undefined) return xml;
  return xml.replace(
    new RegExp(`<${attribute}>.*?</${attribute}>`, "s"),
    `<${attribute}><value>${value}</value></${attribute}>`,
  );
}
