import { INSTANCE_ID } from "../aws/arn.ts";

/** A role session that sent a message. */
export type Sender = {
  /** `AROA…` */
  readonly roleId: string;
  /** Of an instance that acts under its profile: the instance's ID. */
  readonly session: string;
};

/** IAM User Guide, "IAM identifiers", "Unique identifiers": AROA is a role. */
const ROLE_SESSION = /^(AROA[A-Z0-9]+):([\w+=,.@-]+)$/;

/** Reads a `SenderId` of SQS; null for who is no role session: a user, an account, a service. */
export function senderOf(senderId: string): Sender | null {
  const [, roleId, session] = ROLE_SESSION.exec(senderId) ?? [];
  return roleId === undefined || session === undefined ? null : { roleId, session };
}

/** `verified`, or what the sender is instead of the instance. */
export type SenderVerdict =
  | "verified"
  /** No session of an instance. */
  | "no-instance-sender"
  | "sender-other-instance"
  /** The session is named after the instance, and is not of its profile's role. */
  | "sender-other-role";

/**
 * Compares who sent a message with the instance that the message names.
 *
 * Who may assume the profile's role can choose the name of the session. Only the queue's policy
 * prevents that.
 *
 * @param roleId of the role in the instance's profile
 */
export function judgeSender(senderId: string, instanceId: string, roleId: string): SenderVerdict {
  const sender = senderOf(senderId);
  if (sender === null || !INSTANCE_ID.test(sender.session)) return "no-instance-sender";
  if (sender.session !== instanceId) return "sender-other-instance";
  return sender.roleId === roleId ? "verified" : "sender-other-role";
}
