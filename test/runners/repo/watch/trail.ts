import type { ObservedDenial } from "../../../../runners/repo/observed.ts";
import type { Removal } from "../../../../runners/repo/planning.ts";
import type { TrailEvent } from "../../../aws/cloud_trail.ts";

export const ACCOUNT = "111111111111";
export const ROLE_ID = "AROA0123456789EXAMPLE";
export const ROLE_ARN = `arn:aws:iam::${ACCOUNT}:role/app`;

/**
 * An event of a call by a session of a role that AWS denied (CloudTrail User Guide, "CloudTrail
 * record contents").
 */
export function deniedEvent(
  part: TrailEvent = {},
  role = { arn: ROLE_ARN, id: ROLE_ID },
): TrailEvent {
  const name = role.arn.slice(role.arn.lastIndexOf("/") + 1);
  const account = role.arn.split(":")[4];
  return {
    eventVersion: "1.11",
    userIdentity: {
      type: "AssumedRole",
      principalId: `${role.id}:i-0a1b2c3d4e5f60718`,
      arn: `arn:aws:sts::${account}:assumed-role/${name}/i-0a1b2c3d4e5f60718`,
      accountId: account,
      sessionContext: {
        sessionIssuer: {
          type: "Role",
          principalId: role.id,
          arn: role.arn,
          accountId: account,
          userName: name,
        },
      },
    },
    eventTime: "2026-11-21T06:00:00Z",
    eventSource: "sqs.amazonaws.com",
    eventName: "SendMessage",
    awsRegion: "us-east-1",
    errorCode: "AccessDenied",
    errorMessage: "Access to the resource https://sqs.us-east-1.amazonaws.com/ is denied.",
    eventID: crypto.randomUUID(),
    eventType: "AwsApiCall",
    ...part,
  };
}

/** A denied call of the role, for what the removal took. */
export function denial(part: Partial<ObservedDenial> = {}): ObservedDenial {
  return {
    account: ACCOUNT,
    region: "us-east-1",
    eventId: "e-1",
    at: "2026-11-21T06:00:00.000Z",
    source: "sqs.amazonaws.com",
    name: "SendMessage",
    code: "AccessDenied",
    message: "",
    roleArn: ROLE_ARN,
    roleId: ROLE_ID,
    principal: `arn:aws:sts::${ACCOUNT}:assumed-role/app/i-0a1b2c3d4e5f60718`,
    ...part,
  };
}

export function removal(part: Partial<Removal> = {}): Removal {
  return {
    role_id: ROLE_ID,
    account: ACCOUNT,
    arn: ROLE_ARN,
    at: "2026-11-20T12:00:00.000Z",
    actions: ["sns:Publish", "sqs:SendMessage"],
    version: 3,
    run_id: "01JD0000000000000000000000",
    by: "evidence",
    ...part,
  };
}
