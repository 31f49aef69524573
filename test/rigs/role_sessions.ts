import { GetRoleCommand, GetRolePolicyCommand, IAMClient } from "@aws-sdk/client-iam";
import { POLICY_NAME } from "../../runners/core/contract/names.ts";
import type { LocalAws } from "../aws/local_aws.ts";
import { clientConfig } from "../aws/seed.ts";
import { isAllowed, type Policy } from "../policies/evaluate.ts";

/**
 * Lets role sessions assume what they could assume in AWS: moto gives out sessions of roles that are
 * not there. The role's trust and the caller's own policy decide, as they are in IAM. Root users, who
 * set the stage, are not asked.
 *
 * @param organization in which all accounts are; null: there is none
 */
export function requireTrust(aws: LocalAws, organization: string | null): void {
  aws.proxy.onCall(async ({ action, principal, parameters }) => {
    if (action !== "sts:AssumeRole" || !principal?.includes(":assumed-role/")) return undefined;
    const { RoleArn = "", ExternalId } = parameters;
    const [, partition, , , account = "", session = ""] = principal.split(":");
    const name = session.split("/")[1]!;
    const request = {
      action,
      resource: RoleArn,
      principal: `arn:${partition}:iam::${account}:role/${name}`,
      context: {
        ...ExternalId === undefined ? {} : { "sts:ExternalId": ExternalId },
        ...organization === null ? {} : {
          "aws:PrincipalOrgID": organization,
          "aws:ResourceOrgID": organization,
        },
      },
    };
    const policies = [await trustOf(aws, RoleArn), await ownPolicyOf(aws, account, name)];
    const mayAssume = policies.every((policy) => policy !== null && isAllowed(policy, request));
    if (mayAssume) return undefined;
    const message = `User: ${principal} is not authorized to perform: ${action} on: ${RoleArn}`;
    return { kind: "error", code: "AccessDenied", status: 403, message };
  });
}

async function trustOf(aws: LocalAws, arn: string): Promise<Policy | null> {
  const RoleName = arn.slice(arn.lastIndexOf("/") + 1);
  return await asRoot(aws, arn.split(":")[4]!, async (iam) => {
    const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
    return Role!.Arn === arn ? Role!.AssumeRolePolicyDocument! : null;
  });
}

function ownPolicyOf(aws: LocalAws, account: string, RoleName: string): Promise<Policy | null> {
  return asRoot(aws, account, async (iam) => {
    const asked = new GetRolePolicyCommand({ RoleName, PolicyName: POLICY_NAME });
    return (await iam.send(asked)).PolicyDocument!;
  });
}

/** A policy that IAM has; null: there is no such role. */
async function asRoot(
  aws: LocalAws,
  account: string,
  read: (iam: IAMClient) => Promise<string | null>,
): Promise<Policy | null> {
  const iam = new IAMClient(clientConfig(aws.endpoint, account));
  try {
    const text = await read(iam);
    return text === null ? null : JSON.parse(decodeURIComponent(text)) as Policy;
  } catch (error) {
    if (error instanceof Error && error.name === "NoSuchEntityException") return null;
    throw error;
  } finally {
    iam.destroy();
  }
}
