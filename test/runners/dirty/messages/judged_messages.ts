import { NO_SESSION } from "../../../../runners/dirty/handler.ts";
import type { InstanceName, StsProof } from "../../../../runners/core/contract/login.ts";
import { messageSha256 } from "../../../../runners/core/attest/message_hash.ts";
import type { Level } from "../../../../runners/core/attest/levels.ts";
import type { QueueMessage } from "../../../../runners/core/queue/queue.ts";
import { dice } from "../../../deep/dice.ts";
import { QUEUE_ARN } from "../dirty_scene.ts";
import { identityArn, signedProof } from "../signed_proof.ts";
import {
  type GeneratedMessage,
  generatedMessages,
  INSTANCES,
  OTHER_ACCOUNT,
} from "./generated_messages.ts";

/** What must become of an event. */
export type ExpectedEvent = {
  readonly instance: InstanceName;
  readonly id: string;
  readonly event: string;
  readonly level: Level;
};

/** A message with its sender and its proof, and what must become of it. */
export type JudgedMessage = {
  readonly queue: GeneratedMessage["queue"];
  readonly message: QueueMessage;
  /** Its kind of input, and of sender. */
  readonly kind: string;
  readonly expected: { readonly reason: string } | { readonly events: readonly ExpectedEvent[] };
};

/** Whom a message is of, and what is signed. */
type Sent = {
  /** What the message names. */
  readonly instance: InstanceName;
  /** The instance that there is, of this ID. */
  readonly real: InstanceName;
  readonly other: InstanceName;
  readonly sha256: string;
  readonly now: Date;
};

/** Who sends it and what it is proven by, and what that comes to. */
type Sender = {
  readonly sender: (sent: Sent) => string;
  readonly proof?: (sent: Sent) => StsProof;
  readonly becomes: (sent: Sent) => Level | { readonly reason: string };
};

const MINUTE_MS = 60_000;

const roleOf = ({ account }: InstanceName) => `AROAPROFILE${account}`;
const isThere = ({ instance, real }: Sent) =>
  instance.account === real.account && instance.region === real.region;

const self = ({ instance }: Sent) => `${roleOf(instance)}:${instance.id}`;
const person = () => "AROAPERSON:alice";
const other = ({ other }: Sent) => `${roleOf(other)}:${other.id}`;

const verified = (sent: Sent) => isThere(sent) ? "verified" : "claimed";
const claimed = () => "claimed" as const;
const refusedFor = (reason: string) => () => ({ reason });
/** The proof is right, and so names the account in which the instance is. */
const attested = ({ instance, real }: Sent) =>
  instance.account === real.account ? "attested" : { reason: "proof-other-account" };

/** A proof by the instance, with what is other than it should be. */
const signed = (
  { real, sha256, now }: Sent,
  more: Partial<Parameters<typeof signedProof>[0]> & { agoMs?: number } = {},
) => {
  const at = new Date(now.getTime() - (more.agoMs ?? MINUTE_MS));
  return signedProof({ arn: identityArn(real), queueArn: QUEUE_ARN, sha256, at, ...more });
};

/** Messages without a proof: Skunky's client makes none. */
const WITHOUT_PROOF: Readonly<Record<string, Sender>> = {
  "the instance": { sender: self, becomes: verified },
  "the root user": { sender: ({ real }) => real.account, becomes: claimed },
  "a user": { sender: () => "AIDAUSER", becomes: claimed },
  "a person's role session": { sender: person, becomes: claimed },
  "a session of another role in the instance's name": {
    sender: ({ instance }) => `AROAPERSON:${instance.id}`,
    becomes: (sent) => isThere(sent) ? { reason: "sender-other-role" } : "claimed",
  },
  "another instance": { sender: other, becomes: refusedFor("sender-other-instance") },
};

const WITH_PROOF: Readonly<Record<string, Sender>> = {
  "anybody, proven": { sender: person, proof: (sent) => signed(sent), becomes: attested },
  "another instance, proven": { sender: other, proof: (sent) => signed(sent), becomes: attested },
  "the instance, by a stale proof": {
    sender: self,
    proof: (sent) => signed(sent, { agoMs: 20 * MINUTE_MS }),
    becomes: verified,
  },
  "a person, by a stale proof": {
    sender: person,
    proof: (sent) => signed(sent, { agoMs: 20 * MINUTE_MS }),
    becomes: claimed,
  },
  "a proof of the future": {
    sender: self,
    proof: (sent) => signed(sent, { agoMs: -10 * MINUTE_MS }),
    becomes: verified,
  },
  "a proof of another message": {
    sender: self,
    proof: (sent) => signed(sent, { sha256: "00".repeat(32) }),
    becomes: refusedFor("proof-audience"),
  },
  "a proof for another queue": {
    sender: self,
    proof: (sent) => signed(sent, { queueArn: QUEUE_ARN.replace("logins", "hellos") }),
    becomes: refusedFor("proof-audience"),
  },
  "a proof with another header": {
    sender: self,
    proof: (sent) => ({
      url: signed(sent, { sha256: "00".repeat(32) }).url,
      headers: signed(sent).headers,
    }),
    becomes: refusedFor("proof-invalid"),
  },
  "a proof with another signature": {
    sender: self,
    proof: (sent) => {
      const { url, headers } = signed(sent);
      return { url: url.replace(/.$/, (last) => last === "0" ? "1" : "0"), headers };
    },
    becomes: refusedFor("proof-invalid"),
  },
  "a proof with another action": {
    sender: self,
    proof: (sent) => {
      const { url, headers } = signed(sent);
      return { url: url.replace("GetCallerIdentity", "GetSessionToken"), headers };
    },
    becomes: verified,
  },
  "a proof of another host": {
    sender: self,
    proof: (sent) => {
      const { url, headers } = signed(sent);
      return { url: url.replace("amazonaws.com", "amazonaws.com.example.org"), headers };
    },
    becomes: verified,
  },
  "a proof by another instance of the account": {
    sender: self,
    proof: (sent) =>
      signed(sent, { arn: identityArn({ ...sent.other, account: sent.instance.account }) }),
    becomes: refusedFor("proof-other-instance"),
  },
  "a proof by an instance of another account": {
    sender: self,
    proof: (sent) =>
      signed(sent, { arn: identityArn({ ...sent.instance, account: "3".repeat(12) }) }),
    becomes: refusedFor("proof-other-account"),
  },
  "a proof by a person's role": {
    sender: self,
    proof: (sent) =>
      signed(sent, { arn: `arn:aws:sts::${sent.real.account}:assumed-role/admin/${sent.real.id}` }),
    becomes: refusedFor("proof-not-an-instance"),
  },
};

/** The instance sends what most messages are. */
const OFTEN = 3;

/**
 * Generated messages, each with one of the senders and of the proofs above. What is delivered twice has
 * them twice.
 */
export function judgedMessages(count: number, now: Date, seed = 42): JudgedMessage[] {
  const { between } = dice(seed);
  const some = (senders: Readonly<Record<string, Sender>>) => {
    const names = [...Object.keys(senders), ...Array(OFTEN).fill("the instance")];
    return names[between(0, names.length - 1)]!;
  };
  const judged = new Map<string, JudgedMessage>();
  return generatedMessages(count, seed).map((generated) =>
    judged.getOrInsertComputed(generated.id, () => {
      const { expected, body, queue } = generated;
      if (queue === "events" || "reason" in expected) return plain(generated);
      const hasProof = body.includes(`"schema"`);
      const senders = hasProof ? { ...WITHOUT_PROOF, ...WITH_PROOF } : WITHOUT_PROOF;
      const name = some(senders);
      return sentBy(generated, name, senders[name]!, now);
    })
  );
}

function isOurs({ account }: InstanceName): boolean {
  return account !== OTHER_ACCOUNT;
}

/** A message of EventBridge, or one that cannot be used: nobody asks who has sent it. */
function plain({ kind, queue, id, body, sentAt, expected }: GeneratedMessage): JudgedMessage {
  const message = {
    ...{ id, body, sentAt, sender: "AIDAIENQNSEXAMPLE" },
    receipt: id,
    receives: 1,
  };
  if ("reason" in expected) {
    const tells = !NO_SESSION.includes(expected.reason);
    return { queue, message, kind, expected: tells ? expected : { events: [] } };
  }
  const [first] = expected.told;
  const events = expected.told.map(({ instance, id, event }) => (
    { instance, id, event, level: "verified" as const }
  ));
  return {
    ...{ queue, message, kind },
    expected: isOurs(first!.instance) ? { events } : { reason: "account-not-ours" },
  };
}

function sentBy(
  { kind, queue, id, body, sentAt, expected }: GeneratedMessage,
  name: string,
  { sender, proof, becomes }: Sender,
  now: Date,
): JudgedMessage {
  if ("reason" in expected) throw new RangeError(`${kind} cannot be used`);
  const [{ instance, id: eventId, event } = expected.told[0]!] = expected.told;
  const at = INSTANCES.findIndex(({ id }) => id === instance.id);
  const sent: Sent = {
    instance,
    real: INSTANCES[at]!,
    other: INSTANCES[(at + 1) % INSTANCES.length]!,
    sha256: messageSha256(JSON.parse(body)),
    now,
  };
  const proven = proof ? body.replace(/}$/, `,"proof":${JSON.stringify(proof(sent))}}`) : body;
  const message = {
    ...{ id, body: proven, sentAt, sender: sender(sent) },
    receipt: id,
    receives: 1,
  };
  const became = isOurs(instance) ? becomes(sent) : { reason: "account-not-ours" };
  if (typeof became === "object") {
    return { queue, message, kind: `${kind}, of ${name}`, expected: became };
  }
  const events = event === "hello" ? [] : [{ instance, id: eventId, event, level: became }];
  return { queue, message, kind: `${kind}, of ${name}`, expected: { events } };
}
