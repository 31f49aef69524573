import type { OwnVerb } from "../cli/request.ts";
import { counted, relativeText } from "../cli/words.ts";
import { EXIT, UsageError } from "../errors.ts";
import { compareText } from "../plan/canonical.ts";
import type { Answer, Running } from "../program.ts";
import type { ReadStore } from "../store/store.ts";
import { type Item, listItems } from "../text/sections.ts";
import { deferredWrite, messageRows, type RejectedRow } from "./message_rows.ts";

/** A verb of each job that serves a queue; {@linkcode rejectedVerb} runs it. */
export const REJECTED_VERB: OwnVerb = {
  name: "rejected",
  summary: "list the messages that serve has rejected, or let it judge one of them again",
  own: [{ flags: "--requeue <id>", description: "let serve judge this message again" }],
};

/** How many characters of a body are shown. */
const SHOWN = 200;

/** A rejected message, as --json has it; `requeued_at` until `serve` has judged it again. */
type Rejected = RejectedRow & { readonly requeued_at: string | null };

/** `<job> rejected`: lists rejected messages, or marks one of them. */
export async function rejectedVerb(running: Running): Promise<Answer> {
  const id = running.request.own["requeue"];
  return typeof id === "string"
    ? await requeue(id, running)
    : await running.listing(async (store) => list(await allIn(store, running), running));
}

/** The rejected messages that are kept, oldest first, with those that were requeued. */
async function allIn(store: ReadStore, { request: { job } }: Running): Promise<Rejected[]> {
  const { rejected, deferred } = messageRows(job);
  const rows = await Array.fromAsync(rejected.list(store), ({ value }): Rejected => {
    // Earlier versions cut what they stored, and did not say so.
    const unsaid = { cut: true, left_out: false, arrived_at: value.at };
    return { ...unsaid, ...value, requeued_at: null };
  });
  for await (const { value } of deferred.list(store)) {
    const { message_id, source, sender, arrived_at, body, rejected, since } = value;
    if (!rejected) continue;
    const stored = { message_id, source, sender, arrived_at, body, cut: false, left_out: false };
    rows.push({ ...stored, ...rejected, requeued_at: since });
  }
  return rows.sort((one, other) => compareText(one.at, other.at));
}

function list(rows: readonly Rejected[], { request: { job }, clock, terminal }: Running): Answer {
  const next = rows.find((row) => obstacleTo(row) === null);
  return {
    text: [
      [
        rows.length === 0
          ? `"${job} serve" has rejected no message in the last 30 days`
          : { heading: `"${job} serve" has rejected ${counted(rows.length, "message")}` },
        listItems(rows, (row) => itemOf(row, clock.now())),
      ],
      next === undefined ? [] : [{
        next: "To let serve judge one again, by its sender and the time it arrived:",
        command: terminal.command(`${job} rejected`, "--requeue", next.message_id),
      }],
    ],
    json: rows,
    exitCode: EXIT.done,
  };
}

function itemOf(row: Rejected, now: Date): Item {
  const { message_id, reason, arrived_at, at, requeued_at, sender, body } = row;
  const ago = (instant: string) => relativeText(new Date(instant), now);
  const obstacle = obstacleTo(row);
  return {
    name: [message_id, reason],
    blocks: [{
      facts: [
        ["arrived", ago(arrived_at)],
        ["rejected", ago(at)],
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
  return left_out ? "personal fields were left out of it. Send it again" : null;
}

/** Marks a rejected message: its row becomes one that `serve` tries. */
async function requeue(id: string, running: Running): Promise<Answer> {
  const { request: { job }, clock, terminal } = running;
  const { rejected, handled } = messageRows(job);
  const refuse = (why: string) =>
    new UsageError(`Cannot requeue the message "${id}": ${why}`, {
      help: [{ sentence: "To list what was rejected", words: [`${job} rejected`] }],
    });
  const requeued_at = clock.now().toISOString();
  await running.writing(async (store) => {
    const known = (await allIn(store, running)).findLast(({ message_id }) => message_id === id);
    if (!known) throw refuse(`${job} has rejected no message with this ID in the last 30 days`);
    const obstacle = obstacleTo(known);
    if (obstacle !== null) throw refuse(obstacle);
    const { at, reason, source, sender, arrived_at, body } = known;
    const row = await rejected.get(store, `${at}/${id}`);
    const stored = { message_id: id, source, sender, arrived_at, body };
    const untried = { since: requeued_at, tries: 0, tried_at: null, detail: "" };
    const result = row && await store.write([
      rejected.write(row.id, undefined, row.revision),
      deferredWrite(job, stored, { ...untried, rejected: { at, reason } }),
      handled.write(id, { at: requeued_at, verdict: "deferred", answer: null }),
    ]);
    if (!result?.written) throw refuse("somebody else has requeued it at this moment");
  });
  return {
    text: [[
      `The message ${id} is marked: "${job} serve" judges it by its sender and the time it arrived`,
      {
        next: "A service that runs does that within a minute. Without one:",
        command: terminal.command(`${job} serve`, "--once"),
      },
    ]],
    json: { message_id: id, requeued_at },
    exitCode: EXIT.done,
  };
}
