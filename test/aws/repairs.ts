/** What EC2 refuses and moto accepts. */

import { type Answer, xmlAnswer } from "./answer.ts";
import type { Caller } from "./callers.ts";
import { identityAnswer } from "./presigned_identity.ts";
import { statusForm } from "./instance_states.ts";
import { protocolError } from "./protocol_error.ts";
import type { AwsRequest } from "./request.ts";
import type { Seeding } from "./seeding.ts";

const tagKey = /(?:^|\.)Tag\.\d+\.Key$/;
const tagValue = /(?:^|\.)Tag\.\d+\.Value$/;

/**
 * Refuses tags that EC2 refuses: reserved keys, and keys over 128 or values over 256 characters
 * (EC2 user guide, "Tag your Amazon EC2 resources", "Tag restrictions"). Null if all is well.
 */
export function refusedTags(
  request: AwsRequest,
  seeding: Seeding | null,
  requestId: string,
): Answer | null {
  const tagging = ["ec2:CreateTags", "ec2:DeleteTags", "ec2:RunInstances"];
  if (!tagging.includes(request.action)) return null;
  const refuse = (message: string) =>
    protocolError("ec2", { code: "InvalidParameterValue", message }, requestId);
  for (const [name, value] of Object.entries(request.parameters)) {
    if (tagKey.test(name)) {
      if (value.toLowerCase().startsWith("aws:") && !seeding?.reservedTags) {
        return refuse("Tag keys starting with 'aws:' are reserved for internal use");
      }
      if (value.length > 128) return refuse("Tag key exceeds the maximum length of 128 characters");
    } else if (tagValue.test(name) && value.length > 256) {
      return refuse("Tag value exceeds the maximum length of 256 characters");
    }
  }
  return null;
}

/**
 * The form of a call that looks up the instances that a CreateTags call names; null if it names
 * none. moto tags instances that do not exist; EC2 answers InvalidInstanceID.NotFound
 * and tags nothing (EC2 user guide, "Error codes").
 */
export function lookUpTagged(request: AwsRequest): URLSearchParams | null {
  if (request.action !== "ec2:CreateTags") return null;
  const ids = Object.entries(request.parameters)
    .filter(([name, value]) => /^ResourceId\.\d+$/.test(name) && value.startsWith("i-"))
    .map(([, value]) => value);
  return ids.length === 0 ? null : statusForm(ids);
}

/**
 * DescribeConversionTasks, which moto lacks: nothing is being imported (EC2 API Reference,
 * DescribeConversionTasks). Null for any other call.
 */
export function conversionTasks({ action }: AwsRequest, requestId: string): Answer | null {
  return action !== "ec2:DescribeConversionTasks" ? null : xmlAnswer(
    `<DescribeConversionTasksResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">` +
      `<requestId>${requestId}</requestId><conversionTasks/></DescribeConversionTasksResponse>`,
  );
}

/**
 * GetCallerIdentity of root users and role sessions, which moto does not know or gives another ID in
 * each answer; null for any other call.
 */
export function ownIdentity({ action }: AwsRequest, caller: Caller | undefined): Answer | null {
  if (action !== "sts:GetCallerIdentity" || caller === undefined) return null;
  return caller.arn.includes(":user/") ? null : identityAnswer(caller);
}

/**
 * Accounts with `State` in the place of `Status`, which moto still says: "The account status Status
 * will be retired on September 9, 2026. Use State" (Organizations API Reference, "Account").
 */
export function accountsByState(json: string): string {
  return JSON.stringify(JSON.parse(json, (_key, value) => {
    if (value === null || typeof value !== "object" || !("Status" in value)) return value;
    const { Status, ...account } = value;
    return { ...account, State: Status };
  }));
}
