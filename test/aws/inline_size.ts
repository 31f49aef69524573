/**
 * The limit of a role's inline policies: 10,240 characters together, white space not counted (IAM
 * user guide, "IAM and AWS STS quotas"). moto takes any.
 */

import { type Answer, textOf } from "./answer.ts";
import type { AwsError } from "./protocol_error.ts";
import type { AwsRequest } from "./request.ts";
import { cutSet, elementText, unescapeXml } from "./xml_text.ts";

const largest = 10_240;

/**
 * The error of a PutRolePolicy that would pass the limit; null if it would not.
 * @param ask sends a question of the proxy's own
 */
export async function refusedSize(
  request: AwsRequest,
  ask: (form: Readonly<Record<string, string>>) => Promise<Answer>,
): Promise<AwsError | null> {
  const { RoleName = "", PolicyName = "", PolicyDocument = "" } = request.parameters;
  const listed = await ask({ Action: "ListRolePolicies", RoleName });
  if (listed.status !== 200) return null;
  let size = countedSize(PolicyDocument);
  for (const member of cutSet(textOf(listed), "PolicyNames", "member").items) {
    const other = unescapeXml(elementText(member, "member") ?? "");
    if (other === PolicyName) continue;
    const answer = await ask({ Action: "GetRolePolicy", RoleName, PolicyName: other });
    const document = elementText(textOf(answer), "PolicyDocument") ?? "";
    const text = unescapeXml(document);
    size += countedSize(text.includes("{") ? text : decodeURIComponent(text));
  }
  if (size <= largest) return null;
  return {
    code: "LimitExceeded",
    message: `Maximum policy size of ${largest} bytes exceeded for role ${RoleName}`,
  };
}

function countedSize(document: string): number {
  return document.replace(/\s/g, "").length;
}
