import type { OwnVerb } from "../cli/request.ts";
import { counted, relativeText } from "../cli/words.ts";
import { EXIT, UsageError } from "../errors.ts";
import { compareText } from "../plan/canonical.ts";
import type { Answer, Running } from "../program.ts";
import type { ReadStore, Store } from "../store/store.ts";
import { type Item, LISTED } from "../text/sections.ts";
import { messageRows, type RejectedRow } from "./message_rows.ts";

/** A verb of each job that serves a queue; {@linkcode rejectedVerb} runs it. */
export const REJECTED_VERB: OwnVerb = {
  name: "rejected",
  summary: "list the messages that serve has rejected, or let it judge one of them again",
  own: [{ flags: "--requeue <id>", description: "let serve judge this message again" }],
};

/** How many characters of a body are shown. */
const SHOWN = 200;

/** A rejected message, as --json has it. */
type Rejected = {
  readonly id: string;
  readonly arrived_at: string;
  readonly rejected_at: string;
  readonly reason: string;
  readonly sender: string | null;
  readonly body: string;
  readonly cut: boolean;
  readonly left_out: boolean;
  readonly requeued_at: string | null;
};

/** `<job> rejected`: lists rejected messages, or marks one of them. */
export async function rejectedVerb(running: Running): Promise<Answer> {
  const { request: { job, own } } = running;
  const id = own["requeue"];
  if (typeof id !== "string") {
    return await running.reading(async (store) => listAnswer(await all(store, job), running));
  }
  await running.writing((store) => requeue(store, id, running));
  const { terminal: { command } } = running;
  return {
    text: [[
      `The message ${id} is marked: "${job} serve" judges it by its sender and the time it arrived`,
      {
        next: "A service that runs does that within a minute. Without one:",
        command: command(`${job} serve`, "--once"),
      },
    ]],
    json: { id, requeued: true },
    exitCode: EXIT.done,
  };
}

/** The rejected messages that are kept, oldest first, with those that were requeued. */
async function all(store: ReadStore, job: string): Promise<Rejected[]> {
  const { rejected, deferred } = messageRows(job);
  const rows = await Array.fromAsync(rejected.list(store), ({ value }) => rejectedOf(value, null));
  for await (const { value } of deferred.list(store)) {
    const { rejected, since } = value;
    if (rejected) rows.push(rejectedOf({ ...value, ...rejected, cut: false }, since));
  }
  return rows.sort((one, other) => compareText(one.rejected_at, other.rejected_at));
}

function rejectedOf(
  { message_id, at, reason, sender, body, ...row }:
    & Pick<RejectedRow, "message_id" | "at" | "reason" | "sender" | "body">
    & Partial<RejectedRow>,
  requeued_at: string | null,
): Rejected {
  // Earlier versions cut what they stored, and did not say so.
  const { arrived_at = at, cut = true, left_out = false } = row;
  return {
    id: message_id,
    arrived_at,
    rejected_at: at,
    reason,
    sender,
    body,
    cut,
    left_out,
    requeued_at,
  };
}

function listAnswer(rows: readonly Rejected[], running: Running): Answer {
  const { request: { job }, clock, terminal: { command } } = running;
  const now = clock.now();
  const next = rows.find((row) => obstacleTo(row) === null);
  return {
    text: [
      [
        rows.length === 0
          ? `"${job} serve" has rejected no message in the last 30 days`
          : { heading: `"${job} serve" has rejected ${counted(rows.length, "message")}` },
        { items: rows.slice(0, LISTED).map((row) => itemOf(row, now)), total: rows.length },
      ],
      [
        next
          ? {
            next: "To let serve judge one again, by its sender and the time it arrived:",
            command: command(`${job} rejected`, "--requeue", next.id),
          }
          : "",
      ],
    ],
    json: rows,
    exitCode: EXIT.done,
  };
}

function itemOf(row: Rejected, now: Date): Item {
  const { id, arrived_at, rejected_at, reason, sender, body, requeued_at } = row;
  const ago = (at: string) => relativeText(new Date(at), now);
  const obstacle = obstacleTo(row);
  return {
    name: [id, reason],
    blocks: [{
      facts: [
        ["arrived", ago(arrived_at)],
        ["rejected", ago(rejected_at)],
        ...(requeued_at === null ? [] : [["requeued", ago(requeued_at)] as const]),
        ["sender", sender ?? "unknown"],
        ["body", body.length > SHOWN ? `${body.slice(0, SHOWN).toWellFormed()}…` : body],
        ...(obstacle === null ? [] : [["", `It cannot be requeued: ${obstacle}`] as const]),
      ],
    }],
  };
}

/** Why a message cannot be requeued; null: it can. */
function obstacleTo({ requeued_at, cut, left_out }: Rejected): string | null {
  if (requeued_at !== null) return "it was requeued, and serve has not judged it yet";
  if (cut) return "only its beginning is stored. Send it again";
  if (left_out) return "personal fields were left out of it. Send it again";
  return null;
}

/** Marks a rejected message. @throws UsageError if it cannot be requeued */
async function requeue(
  store: Store,
  id: string,
  { request: { job }, clock }: Running,
): Promise<void> {
  const { rejected, deferred, handled } = messageRows(job);
  const refuse = (why: string) =>
    new UsageError(`Cannot requeue the message "${id}": ${why}`, {
      help: [{ sentence: "To list what was rejected", words: [`${job} rejected`] }],
    });
  const known = (await all(store, job)).findLast((one) => one.id === id);
  if (!known) throw refuse(`${job} has rejected no message with this ID in the last 30 days`);
  const obstacle = obstacleTo(known);
  if (obstacle !== null) throw refuse(obstacle);
  const row = await rejected.get(store, `${known.rejected_at}/${id}`);
  const at = clock.now().toISOString();
  const { cut: _cut, left_out: _left, at: rejectedAt, reason, ...stored } = row!.value;
  const result = await store.write([
    rejected.write(row!.id, undefined, row!.revision),
    deferred.write(id, {
      ...stored,
      since: at,
      tries: 0,
      tried_at: null,
      tried_by: null,
      detail: "",
      rejected: { at: rejectedAt, reason },
      answer: null,
    }, "absent"),
    handled.write(id, { at, verdict: "deferred", answer: null }),
  ]);
  if (!result.written) throw refuse("somebody else has requeued it at this moment");
}
