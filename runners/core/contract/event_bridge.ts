/**
 * The events of EventBridge that tell that somebody reached an instance past its login: what the
 * rules of `infra` match and `dirty serve` reads.
 */

/** The detail type of a call that CloudTrail has logged (EventBridge User Guide, "AWS service events delivered via AWS CloudTrail"). */
export const API_CALL = "AWS API Call via CloudTrail";

/** The calls that matter, by the source of their events. Those that failed have an `errorCode`. */
export const API_CALLS = {
  "aws.ssm": ["StartSession", "ResumeSession", "SendCommand"],
  "aws.ec2-instance-connect": [
    "SendSSHPublicKey",
    "SendSerialConsoleSSHPublicKey",
    "OpenTunnel",
  ],
  // Of its many calls only those count that change what an instance runs as it boots.
  "aws.ec2": ["ModifyInstanceAttribute"],
} as const;

/**
 * The detail type of an SSM command on one instance (Systems Manager User Guide, "Monitoring Systems
 * Manager events with Amazon EventBridge").
 */
export const COMMAND_INVOCATION = "EC2 Command Invocation Status-change Notification";

/** The source of those events. */
export const COMMAND_SOURCE = "aws.ssm";
