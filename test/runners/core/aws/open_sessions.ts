import { organizationSchema } from "../../../../runners/core/config/organization.ts";
import { RateBudget } from "../../../../runners/core/aws/rate_budget.ts";
import type { Sessions } from "../../../../runners/core/aws/session.ts";
import { AwsSessions } from "../../../../runners/core/aws/sessions.ts";
import type { JobRoles } from "../../../../runners/core/needs/needs.ts";
import { ManualClock } from "../manual_clock.ts";
import { type Answer, type Asked, withAws } from "./scripted_aws.ts";

const permission = (action: string) => ({ action, why: "tests" });
const needs: JobRoles = {
  job: "audit",
  roles: {
    home: {
      purpose: "",
      kind: "home",
      permissions: [
        "sts:AssumeRole",
        "organizations:ListAccounts",
        "organizations:ListAccountsForParent",
        "organizations:ListOrganizationalUnitsForParent",
      ].map(permission),
    },
    observe: { purpose: "", kind: "observe", permissions: [permission("ec2:DescribeRegions")] },
  },
};
export const identity =
  "<Account>111111111111</Account><Arn>arn:aws:iam::111111111111:user/me</Arn>";

/** STS's answer for a role: the key says which role it is for. */
export function assumed(
  { input }: Asked,
  account = String(input["RoleArn"]).split(":")[4],
): string {
  const role = String(input["RoleArn"]).split("/").at(-1);
  return `<AssumedRoleUser><Arn>arn:aws:sts::${account}:assumed-role/${role}/${
    input["RoleSessionName"]
  }</Arn><AssumedRoleId>x</AssumedRoleId></AssumedRoleUser><Credentials>
    <AccessKeyId>ASIA${account}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>
    <SessionToken>t</SessionToken><Expiration>2126-11-20T13:00:00Z</Expiration></Credentials>`;
}

export const usual = (asked: Asked): Answer =>
  asked.action === "GetCallerIdentity" ? identity : assumed(asked);

export function open(
  organization: object,
  part: { clock?: ManualClock; signal?: AbortSignal; attempts?: number; region?: string } = {},
): Sessions {
  const clock = part.clock ?? new ManualClock();
  return new AwsSessions({
    caller: {
      credentials: () => Promise.resolve({ accessKeyId: "AKIAME", secretAccessKey: "s" }),
      region: part.region,
    },
    organization: organizationSchema.parse(organization),
    needs,
    runId: "01JRUN",
    clock,
    budget: new RateBudget(clock),
    policy: { connectMs: 1_000, answerMs: 1_000, attempts: part.attempts ?? 1, backOffMs: 1 },
    signal: part.signal ?? new AbortController().signal,
  });
}

export const ROLES = { roles: "groundskeeper-{job}-{role}" };

/** A test against the scripted AWS; the SDK's sockets outlive it for a moment. */
export function awsTest(
  name: string,
  script: (asked: Asked) => Answer,
  work: (asked: readonly Asked[]) => Promise<void>,
  date?: () => Date,
): void {
  Deno.test({
    name,
    sanitizeResources: false,
    sanitizeOps: false,
    fn: () => withAws(script, work, date),
  });
}
