import type { InstanceName, SshAuth, StsProof } from "../core/contract/login.ts";

/** Who was on an instance, as far as the source of the event says. */
export type Who = {
  /** The user of the instance's operating system. */
  readonly user: string | null;
  /** The address or name of the host that the session came from. */
  readonly from: string | null;
  /** `sshd`, `login`, `su`: the PAM service. */
  readonly service: string | null;
  readonly ssh: SshAuth | null;
  /** The AWS principal that asked for it: the ARN of a user or of a role session. */
  readonly principalArn: string | null;
  /** The role of that session. */
  readonly roleArn: string | null;
  /** The SSM document. */
  readonly document: string | null;
};

/** Of whom nothing is known. */
export const NOBODY: Who = {
  user: null,
  from: null,
  service: null,
  ssh: null,
  principalArn: null,
  roleArn: null,
  document: null,
};

/** What a message tells of one instance. Nothing of it is proven yet. */
export type Told = {
  /** Equal for one instance: equal event. Never longer than 128 characters. */
  readonly id: string;
  /** One of `EVENTS`, `hello`, or one's own. */
  readonly event: string;
  /** `pam`, `boot`, `skunky`, `cloudtrail`, `ssm`, or what reported an event of one's own. */
  readonly source: string;
  /** When it happened, as the message says: RFC 3339 in UTC. */
  readonly at: string;
  readonly instance: InstanceName;
  readonly who: Who;
  /** Of an event of one's own, and of a `hello` what the client says of itself. */
  readonly detail: { readonly [key: string]: string | number };
};

/** What an instance tells: SQS says who sent it, and there may be a proof. */
export type FromInstance = {
  readonly from: "instance";
  readonly told: Told;
  readonly proof: StsProof | null;
  /** Of the message without its proof, as canonical JSON, in hexadecimal. */
  readonly sha256: string;
};

/** What EventBridge tells. A command may have run on several instances. */
export type FromEventBridge = {
  readonly from: "eventbridge";
  readonly account: string;
  readonly region: string;
  readonly told: readonly Told[];
  /** Who sent an SSM command, for the instances that are named later. */
  readonly command?: { readonly id: string; readonly who: Who };
};
