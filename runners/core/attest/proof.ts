import { parseArn, partitionOfRegion } from "../aws/arn.ts";
import {
  AUDIENCE_HEADER,
  audienceOf,
  type InstanceName,
  type StsProof,
} from "../contract/login.ts";
import { type Presigned, readPresigned } from "./presigned.ts";
import { type Refused, refused } from "./refused.ts";
import { type AskSts, readStsAnswer } from "./sts_answer.ts";

/** What a proof is held against. */
export type ProofAbout = {
  /** The queue that the message was received from. */
  readonly queueArn: string;
  /** Of the message, by `messageSha256`. */
  readonly sha256: string;
  /** The instance that the message names. */
  readonly instance: InstanceName;
  /** When the message was received. */
  readonly now: Date;
};

type Ignored = { readonly verdict: "ignored"; readonly detail: string };

export type ProofResult =
  | { readonly verdict: "attested" }
  /** It proves nothing, and says nothing against the message: that counts without its proof. */
  | Ignored
  | Refused;

/** How far ahead the instance's clock may be: AWS takes no signature from further ahead. */
const MAX_AHEAD_MS = 5 * 60_000;

/** The role of `ec2-instance` credentials. A role's name has no colon, so nobody can create it. */
const IDENTITY_ROLE = "aws:ec2-instance";

/**
 * Asks STS whether the instance that a message names has signed the proof.
 *
 * A proof is good for one event: its audience names the queue and the hash of the message, and equal
 * messages are one event. So a copy of it proves nothing more, and nobody has to remember it.
 *
 * It proves the instance, not a process on it: any program that reaches the metadata service can sign
 * one (EC2 User Guide, "Instance identity roles").
 *
 * @throws Error where STS cannot be asked now: the message is tried again
 */
export async function proveBySts(
  proof: StsProof,
  { queueArn, sha256, instance, now }: ProofAbout,
  ask: AskSts,
  signal: AbortSignal,
): Promise<ProofResult> {
  const presigned = readPresigned(proof.url);
  if (typeof presigned === "string") return ignored(presigned);
  const { partition } = presigned.endpoint;
  if (partition !== partitionOfRegion(instance.region)) {
    return ignored(`The proof is for ${partition}, and not for ${instance.region}`);
  }
  const audience = audienceOf(queueArn, sha256);
  const fault = audienceFault(proof.headers, audience) ?? timeFault(presigned, now);
  if (fault) return fault;
  const request = { url: proof.url, headers: { [AUDIENCE_HEADER]: audience } };
  const answer = readStsAnswer(await ask(request, signal));
  if ("expired" in answer) return ignored(`STS says: ${answer.expired}`);
  if ("invalid" in answer) return refused("proof-invalid", `STS says: ${answer.invalid}`);
  return judgeIdentity(answer.arn, partition, instance);
}

function ignored(detail: string): Ignored {
  return { verdict: "ignored", detail };
}

/** The message may leave the header out: its value is known, and STS checks that it was signed. */
function audienceFault(headers: StsProof["headers"], audience: string): ProofResult | null {
  const [[name, value] = [AUDIENCE_HEADER, audience], ...more] = Object.entries(headers);
  if (name !== AUDIENCE_HEADER || more.length > 0) {
    return ignored(`The proof may have the header ${AUDIENCE_HEADER} alone`);
  }
  return value === audience
    ? null
    : refused("proof-audience", "The proof is made for another queue or another message");
}

function timeFault({ signedAtMs, lifeMs }: Presigned, now: Date): ProofResult | null {
  const ageMs = now.getTime() - signedAtMs;
  const signed = `The proof was signed at ${new Date(signedAtMs).toISOString()}`;
  if (ageMs < -MAX_AHEAD_MS) {
    return ignored(`${signed}, more than 5 minutes after it was received`);
  }
  return ageMs <= lifeMs ? null : ignored(`${signed}, and is good for ${lifeMs / 1_000} seconds`);
}

function judgeIdentity(arn: string, partition: string, instance: InstanceName): ProofResult {
  const identity = parseArn(arn);
  const [kind, role, session, ...more] = identity.resource.split("/");
  const isInstance = identity.service === "sts" && identity.partition === partition &&
    kind === "assumed-role" && role === IDENTITY_ROLE && more.length === 0;
  if (!isInstance) {
    return refused(
      "proof-not-an-instance",
      `STS names ${arn}, which is no instance of ${partition}`,
    );
  }
  if (identity.account !== instance.account) {
    return refused("proof-other-account", `STS names ${arn}, not account ${instance.account}`);
  }
  return session === instance.id
    ? { verdict: "attested" }
    : refused("proof-other-instance", `STS names ${arn}, not instance ${instance.id}`);
}
