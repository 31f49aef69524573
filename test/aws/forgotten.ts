/**
 * Terminated instances that EC2 has forgotten: they "remain visible after termination (for
 * approximately one hour)" (EC2 API reference, TerminateInstances). moto keeps them for ever.
 */

import type { Memory } from "./memory.ts";
import type { AwsError } from "./protocol_error.ts";
import type { AwsRequest } from "./request.ts";
import { cutSet, elementText, joinSet } from "./xml_text.ts";

const visibleMs = 60 * 60_000;

/** True if the instance was terminated an hour or more before `nowMs`. */
export function isForgotten(memory: Memory, id: string, nowMs: number): boolean {
  const terminated = memory.terminated.get(id);
  return terminated !== undefined && nowMs - terminated.atMs >= visibleMs;
}

/** Forgets the terminated instances of an account and region, or of all, before their hour. */
export function forgetTerminated(
  memory: Memory,
  where: { readonly account?: string; readonly region?: string },
): void {
  const { account, region } = where;
  for (const terminated of memory.terminated.values()) {
    if (account !== undefined && terminated.account !== account) continue;
    if (region !== undefined && terminated.region !== region) continue;
    terminated.atMs = -Infinity;
  }
}

/** The error of a call that names forgotten instances; null if it names none. */
export function forgottenIds(memory: Memory, request: AwsRequest, nowMs: number): AwsError | null {
  if (memory.terminated.size === 0 || request.service !== "ec2") return null;
  const ids = Object.entries(request.parameters)
    .filter(([name]) => /^(?:InstanceId|ResourceId)(?:\.\d+)?$/.test(name))
    .map(([, id]) => id).filter((id) => isForgotten(memory, id, nowMs));
  return ids.length === 0 ? null : {
    code: "InvalidInstanceID.NotFound",
    message: `The instance ID '${ids.join(", ")}' does not exist`,
  };
}

/** An answer to DescribeTags without the tags of forgotten instances. */
export function withoutForgottenTags(memory: Memory, xml: string, nowMs: number): string {
  if (memory.terminated.size === 0) return xml;
  const tags = cutSet(xml, "tagSet");
  return joinSet(
    tags,
    tags.items.filter((item) => !isForgotten(memory, elementText(item, "resourceId") ?? "", nowMs)),
  );
}
