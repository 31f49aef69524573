/**
 * What IAM's answers say of managed policies and moto's do not: whose permissions boundary one is
 * (IAM API Reference, Policy: PermissionsBoundaryUsageCount), and versions as old as a test has them.
 */

import { moved } from "./clock.ts";
import type { Memory } from "./memory.ts";
import type { AwsRequest } from "./request.ts";
import type { Seeding } from "./seeding.ts";
import { cutSet, elementText, joinSet } from "./xml_text.ts";

/** Remembers what a call that succeeded says of policies. */
export function learnPolicies(
  memory: Memory,
  { action, parameters }: AwsRequest,
  account: string,
  offsetMs: number,
  seeding: Seeding | null,
): void {
  const role = `${account}/${parameters["RoleName"]}`;
  switch (action) {
    case "iam:CreatePolicy": {
      const bornOffsetMs = offsetMs - (seeding?.ageMs ?? 0);
      memory.policies.set(`${account}/${parameters["PolicyName"]}`, bornOffsetMs);
      break;
    }
    case "iam:CreateRole":
    case "iam:PutRolePermissionsBoundary":
    case "iam:DeleteRolePermissionsBoundary":
    case "iam:DeleteRole": {
      const boundary = parameters["PermissionsBoundary"];
      if (boundary === undefined) memory.boundaries.delete(role);
      else memory.boundaries.set(role, boundary);
    }
  }
}

/** An answer of IAM's, put right. */
export function showPolicies(memory: Memory, account: string, xml: string): string {
  const show = (policy: string) => shown(memory, account, policy);
  if (xml.includes("<Policies>")) {
    const cut = cutSet(xml, "Policies", "member");
    return joinSet(cut, cut.items.map((policy) => show(completed(policy, xml))));
  }
  return xml.replace(/<Policy>.*<\/Policy>/s, show);
}

/** MiniStack says neither how often a policy is attached nor how old its versions are. */
function completed(policy: string, details: string): string {
  if (policy.includes("<AttachmentCount>")) return policy;
  const arn = elementText(policy, "Arn");
  const attached = details.split(`<PolicyArn>${arn}</PolicyArn>`).length - 1;
  const now = new Date().toISOString();
  return policy
    .replace("</Arn>", `</Arn><AttachmentCount>${attached}</AttachmentCount>`)
    .replaceAll("</VersionId>", `</VersionId><CreateDate>${now}</CreateDate>`);
}

function shown(memory: Memory, account: string, policy: string): string {
  const arn = elementText(policy, "Arn");
  if (arn === null) return policy;
  const uses =
    [...memory.boundaries].filter(([role, boundary]) =>
      role.startsWith(`${account}/`) && boundary === arn
    ).length;
  const counted = policy.includes("<PermissionsBoundaryUsageCount>")
    ? policy
    : policy.replace(/<AttachmentCount>/, (tag) =>
      `<PermissionsBoundaryUsageCount>${uses}</PermissionsBoundaryUsageCount>${tag}`);
  const bornOffsetMs = memory.policies.get(`${account}/${arn.slice(arn.lastIndexOf("/") + 1)}`);
  if (bornOffsetMs === undefined || !counted.includes("<PolicyVersionList>")) return counted;
  const cut = cutSet(counted, "PolicyVersionList", "member");
  return joinSet(
    cut,
    cut.items.map((version) =>
      elementText(version, "VersionId") !== "v1" ? version : version.replace(
        /<CreateDate>([^<]+)/,
        (_, time: string) => `<CreateDate>${moved(time, bornOffsetMs)}`,
      )
    ),
  );
}
