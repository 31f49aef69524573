/**
 * The events of EventBridge that tell that somebody reached an instance past its login: what the
 * rules of `infra` match and `dirty serve` reads.
 */

/** The detail type of a call that CloudTrail has logged (EventBridge User Guide, "AWS service events delivered via AWS CloudTrail"). */
export const API_CALL = "AWS API Call via CloudTrail";

const INSTANCE_CONNECT = "aws.ec2-instance-connect";

/**
 * The calls that matter, by the name that CloudTrail gives them, with the source of their events and
 * what they tell of. Only AWS sends events whose source begins with `aws.` (EventBridge Events
 * Reference, "AWS service event metadata"). Those that failed have an `errorCode`.
 */
export const API_CALLS: {
  readonly [name: string]: { readonly source: string; readonly event: string };
} = {
  StartSession: { source: "aws.ssm", event: "ssm_session" },
  ResumeSession: { source: "aws.ssm", event: "ssm_session" },
  SendCommand: { source: "aws.ssm", event: "ssm_command" },
  SendSSHPublicKey: { source: INSTANCE_CONNECT, event: "instance_connect" },
  SendSerialConsoleSSHPublicKey: { source: INSTANCE_CONNECT, event: "serial_console" },
  OpenTunnel: { source: INSTANCE_CONNECT, event: "instance_connect" },
  // Of it only those calls count that change what an instance runs as it boots.
  ModifyInstanceAttribute: { source: "aws.ec2", event: "user_data" },
};

/**
 * The detail type of an SSM command on one instance (Systems Manager User Guide, "Monitoring Systems
 * Manager events with Amazon EventBridge").
 */
export const COMMAND_INVOCATION = "EC2 Command Invocation Status-change Notification";

/** The source of those events. */
export const COMMAND_SOURCE = "aws.ssm";
