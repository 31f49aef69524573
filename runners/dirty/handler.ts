import { type Unusable, withoutProof } from "../core/attest/client_message.ts";
import { proveBySts } from "../core/attest/proof.ts";
import type { AskSts } from "../core/attest/sts_answer.ts";
import { tellMismatch } from "../core/attest/sender_judge.ts";
import { senderOf } from "../core/attest/sender.ts";
import { INSTANCE_ID, queueArnOf } from "../core/aws/arn.ts";
import type { MessageHandler, MessageOutcome, QueueMessage } from "../core/queue/queue.ts";
import { TRIES } from "../core/queue/serve_message.ts";
import type { Store } from "../core/store/store.ts";
import { COMMANDS, HEARD } from "./ledger.ts";
import { readEventBridge } from "./messages/eventbridge.ts";
import { mayBeIgnored } from "./messages/ignore.ts";
import { readLogin } from "./messages/login.ts";
import { keptBody, senderWithoutPeople } from "./messages/people.ts";
import { type Judged, recordEvent, recordHello } from "./record.ts";
import type { Settler } from "./settle/settler.ts";
import type { Settling } from "./settle/settling.ts";
import type { FromEventBridge, FromInstance, Told, Who } from "./told.ts";

/** What messages are judged with. */
export type Judging = Pick<Settling, "config" | "store" | "clock" | "log"> & {
  readonly settler: Settler;
  readonly askSts: AskSts;
  /** Whether an account is one of those that the configuration speaks of. */
  readonly isOurs: (account: string) => Promise<boolean>;
  /** The present instant as AWS's clocks have it. */
  readonly now: () => Date;
};

/**
 * Records what instances report. A message is done when the ledger has it: what else is to be done for
 * the instance is done then or later, and never costs the record.
 */
export function loginsHandler(judging: Judging & { readonly queueUrl: string }): MessageHandler {
  const read = ({ body, id, sentAt }: QueueMessage) =>
    readLogin(body, { id, at: sentAt ?? judging.now() });
  const tools = { job: "dirty", ...judging };
  return {
    ...common(judging, read),
    async handle(message, signal) {
      const login = read(message);
      if ("reason" in login) return { verdict: "rejected", reason: login.reason };
      const sender = senderOfMessage(message, judging);
      const judged = await judge(login, { ...message, sender }, judging, signal);
      if ("reason" in judged) {
        const { reason } = judged;
        const isOurs = reason !== "account-not-ours";
        if (isOurs) tellMismatch(reason, login.told.instance, sender, tools);
        return { verdict: "rejected", reason };
      }
      return await recordAll([judged], judging);
    },
    key: (message) => {
      const login = read(message);
      return "reason" in login ? null : login.told.instance.id;
    },
  };
}

/** Why an event of EventBridge tells of nothing that was done to an instance. */
export const NO_SESSION = ["call-failed", "no-instance", "not-an-instance", "not-user-data"];

/** Records what EventBridge sends. */
export function eventsHandler(judging: Judging): MessageHandler {
  const { store, now, isOurs, config: { people, ignore, events } } = judging;
  // Who sends a command is kept where `dirty.ignore` names him: it is decided by that.
  const isNamed = (arn: string | null) => ignore.some(({ principalArn }) => principalArn === arn);
  const kept = ({ principalArn, ...who }: Who): Who =>
    people === "keep" ? { principalArn, ...who } : {
      ...{ ...who, user: null, from: null },
      principalArn: isNamed(principalArn) ? principalArn : null,
    };
  const mayTurnOutIgnored = (told: Told) =>
    events.mark.includes(told.event) && mayBeIgnored(told, ignore);
  const read = ({ body }: QueueMessage) => readEventBridge(body);
  return {
    ...common(judging, read),
    async handle(message) {
      const event = read(message);
      if ("reason" in event) {
        // What tells of no session is no fault, and would push what is one out of the store.
        return NO_SESSION.includes(event.reason)
          ? { verdict: "handled" }
          : { verdict: "rejected", reason: event.reason };
      }
      if (!await isOurs(event.account)) return { verdict: "rejected", reason: "account-not-ours" };
      const receivedAt = message.sentAt ?? now();
      await hear(store, event, receivedAt);
      if (event.command) {
        const { id, who } = event.command;
        await store.write([COMMANDS.write(id, { at: receivedAt.toISOString(), who: kept(who) })]);
      }
      const told = [];
      for (const one of event.told) {
        const sender = (await COMMANDS.get(store, one.id))?.value.who;
        if (!sender && message.receives <= TRIES && mayTurnOutIgnored(one)) {
          return { verdict: "retry", detail: "CloudTrail has not said yet who sent the command" };
        }
        const document = one.who.document ?? sender?.document ?? null;
        told.push({ ...one, who: { ...sender ?? one.who, document } });
      }
      // AWS itself has sent it, to a queue that only EventBridge may send to.
      const proven = { level: "verified", verification: "done", receivedAt } as const;
      const sender = senderOfMessage(message, judging);
      return await recordAll(told.map((told) => ({ told, ...proven, sender })), judging);
    },
  };
}

/** What both queues have. */
function common(
  judging: Judging,
  read: (message: QueueMessage) => Unusable | FromInstance | FromEventBridge,
): Pick<MessageHandler, "neverGivenUp" | "stored" | "kept"> {
  return {
    // Of what can be read nothing is lost, however long the store or STS cannot be reached.
    neverGivenUp: (message) => !("reason" in read(message)),
    stored: (message) => (
      { ...message, body: withoutProof(message.body), sender: senderOfMessage(message, judging) }
    ),
    kept: (body) => keptBody(body, judging.config.people),
  };
}

function senderOfMessage({ sender }: QueueMessage, { config: { people } }: Judging): string | null {
  return people === "omit" ? senderWithoutPeople(sender) : sender;
}

/** How well it is proven that an instance has sent a message; a reason where another one has. */
async function judge(
  { told, proof, sha256 }: FromInstance,
  { sender, sentAt }: QueueMessage,
  { askSts, isOurs, now, queueUrl, settler }: Judging & { readonly queueUrl: string },
  signal: AbortSignal,
): Promise<Judged | { readonly reason: string }> {
  const { instance } = told;
  if (!await isOurs(instance.account)) return { reason: "account-not-ours" };
  const judged = { told, sender, receivedAt: sentAt ?? now() };
  if (proof !== null) {
    const about = { queueArn: queueArnOf(queueUrl, instance.region), sha256, instance, now: now() };
    const result = await proveBySts(proof, about, askSts, signal);
    if (result.verdict === "refused") return { reason: result.reason };
    if (result.verdict === "attested") {
      return { ...judged, level: "attested", verification: "done" };
    }
  }
  const session = senderOf(sender ?? "")?.session ?? "";
  if (!INSTANCE_ID.test(session)) return { ...judged, level: "claimed", verification: "done" };
  if (session !== instance.id) return { reason: "sender-other-instance" };
  const verdict = await settler.judgeSender(instance, sender, judged.receivedAt);
  if (verdict === "verified") return { ...judged, level: verdict, verification: "done" };
  return verdict === "refuted"
    ? { reason: "sender-other-role" }
    : { ...judged, level: "claimed", verification: verdict };
}

/** Records what is told, and does what follows from it. */
async function recordAll(
  all: readonly Judged[],
  { config, store, settler }: Judging,
): Promise<MessageOutcome> {
  const became = [];
  for (const judged of all) {
    became.push(
      judged.told.event === "hello"
        ? await recordHello(store, judged)
        : await recordEvent(store, config, judged),
    );
  }
  const places = new Set(
    all.map(({ told: { instance: { account, region } } }) => `${account}/${region}`),
  );
  for (const place of places) await settler.settle(...place.split("/") as [string, string]);
  return { verdict: became.every((one) => one === "duplicate") ? "duplicate" : "handled" };
}

/** Notes that EventBridge sends what happens in an account and Region. */
async function hear(store: Store, { account, region }: FromEventBridge, at: Date): Promise<void> {
  const id = `${account}/${region}`;
  const known = (await HEARD.get(store, id))?.value;
  const last_at = at.toISOString();
  if (known && last_at.slice(0, 13) <= known.last_at.slice(0, 13)) return;
  await store.write([HEARD.write(id, { first_at: known?.first_at ?? last_at, last_at })]);
}
