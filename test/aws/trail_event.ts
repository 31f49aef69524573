/** CloudTrail's events of launches and starts, as EC2 writes them, and who may stand in them. */

import type { TrailEvent } from "./cloud_trail.ts";

/**
 * An event of RunInstances or StartInstances that succeeded (CloudTrail user guide, "CloudTrail
 * record contents"; EC2 API Reference, RunInstances).
 * @param part put over the event, such as `eventTime` or `errorCode`
 */
export function instanceEvent(
  eventName: "RunInstances" | "StartInstances",
  userIdentity: unknown,
  instanceIds: readonly string[],
  part: TrailEvent = {},
): TrailEvent {
  return {
    eventVersion: "1.11",
    userIdentity,
    eventTime: "2026-10-28T09:30:00Z",
    eventSource: "ec2.amazonaws.com",
    eventName,
    awsRegion: "us-east-1",
    responseElements: {
      requestId: "59dbff89-35bd-4eac-99ed-be587EXAMPLE",
      instancesSet: { items: instanceIds.map((instanceId) => ({ instanceId })) },
    },
    eventID: crypto.randomUUID(),
    eventType: "AwsApiCall",
    ...part,
  };
}

const ACCOUNT = "111111111111";

// Shapes: CloudTrail user guide, "CloudTrail userIdentity element".

export function iamUser(userName: string, part: TrailEvent = {}): TrailEvent {
  return {
    type: "IAMUser",
    principalId: "AIDAJ45Q7YFFAREXAMPLE",
    arn: `arn:aws:iam::${ACCOUNT}:user/${userName}`,
    accountId: ACCOUNT,
    userName,
    ...part,
  };
}

export function assumedRole(role: string, session: string, part: TrailEvent = {}): TrailEvent {
  return {
    type: "AssumedRole",
    principalId: `AROAIDPPEZS35WEXAMPLE:${session}`,
    arn: `arn:aws:sts::${ACCOUNT}:assumed-role/${role}/${session}`,
    accountId: ACCOUNT,
    sessionContext: {
      sessionIssuer: {
        type: "Role",
        principalId: "AROAIDPPEZS35WEXAMPLE",
        arn: `arn:aws:iam::${ACCOUNT}:role/${role}`,
        accountId: ACCOUNT,
        userName: role,
      },
      attributes: { creationDate: "2026-10-28T09:00:00Z", mfaAuthenticated: "false" },
    },
    ...part,
  };
}

/** Auto Scaling, in its service-linked role. */
export function autoScaling(): TrailEvent {
  return assumedRole("AWSServiceRoleForAutoScaling", "AutoScaling", {
    invokedBy: "autoscaling.amazonaws.com",
  });
}
