import type { NextCommand } from "../../core/cli/next_command.ts";
import { counted, relativeText } from "../../core/cli/words.ts";
import { EXIT, UsageError } from "../../core/errors.ts";
import type { Answer, Running } from "../../core/program.ts";
import { compareText } from "../../core/plan/canonical.ts";
import type { InstanceName } from "../../core/contract/login.ts";
import {
  type Item,
  knownFacts,
  listItems,
  tableRows,
  type Text,
} from "../../core/text/sections.ts";
import type { DirtyConfig } from "../config.ts";
import { ACCOUNTS, type EventRow, type InstanceRow, LEDGER_EVENTS } from "../ledger.ts";
import { entryFacts, ledgerStatus, locate, refuseOther } from "../present/explain.ts";
import { type Entry, isMarked, readEntry, readLedger } from "../standing.ts";

/** `dirty list`: the dirty instances of the ledger, the latest first. */
export async function listVerb({ request, listing, terminal }: Running): Promise<Answer> {
  const { accounts, regions } = request.options;
  return await listing(async (store) => {
    const known = accounts.length > 0
      ? accounts
      : await Array.fromAsync(ACCOUNTS.list(store), ({ id }) => id);
    const ledger = await readLedger(store, { accounts: known });
    const dirty = [...ledger].flatMap(([account, entries]) =>
      [...entries].filter(([, entry]) => isMarked(entry)).map(([id, { row, tag }]) => (
        { account, id, ...row!, tag: tag?.state ?? null, value: tag?.value ?? null }
      ))
    ).filter(({ region }) => regions.length === 0 || regions.includes(region))
      .sort((a, b) => compareText(b.last?.at ?? "", a.last?.at ?? ""));
    return { text: listText(dirty, terminal.command), json: dirty, exitCode: EXIT.done };
  });
}

/** A dirty instance, as the ledger alone knows it. */
type Listed = InstanceRow & {
  readonly account: string;
  readonly id: string;
  readonly tag: string | null;
};

export function listText(dirty: readonly Listed[], command: NextCommand): Text {
  const at = (instant: string | undefined) => instant ? { at: new Date(instant) } : null;
  const [first] = dirty;
  return [
    [
      dirty.length === 0
        ? "No instance in the ledger is dirty."
        : { heading: counted(dirty.length, "dirty instance") },
    ],
    [{
      columns: ["Instance", "Account", "Region", "Since", "Last", "Events", "Tag"],
      ...tableRows(dirty, (one) => [
        one.id,
        one.account,
        one.region,
        at(one.since?.at),
        at(one.last?.at),
        one.marks,
        one.gone_at === null ? one.tag : "instance gone",
      ]),
    }],
    first ? [{ next: "To see who was there:", command: command("dirty show", first.id) }] : [],
  ];
}

/** `dirty show <id>`: who was on an instance, from where, by which key, by which proof. */
export async function showVerb(
  { request, listing, clock, terminal }: Running<DirtyConfig>,
): Promise<Answer> {
  const id = request.subject ?? "";
  refuseOther(id);
  return await listing(async (store) => {
    const { account, region = "" } = await locate(id, store);
    if (account === undefined) {
      throw new UsageError(`The ledger has nothing of the instance ${id}`, {
        help: [{ sentence: "To ask AWS about it", words: ["dirty explain", id] }],
      });
    }
    const entry = await readEntry(store, account, id);
    const events = await Array.fromAsync(
      LEDGER_EVENTS.of(account).list(store, `${id}/`),
      ({ id: key, value }) => ({ id: key.slice(id.length + 1), ...value }),
    );
    events.sort((a, b) => compareText(b.received_at, a.received_at));
    const { row, clearance, tag } = entry;
    return {
      text: showText({ account, region, id }, entry, events, clock.now(), terminal.command),
      json: {
        ...{ account, instance_id: id, ...row },
        ...{ clearance: clearance ?? null, tag: tag ?? null, events },
      },
      exitCode: EXIT.done,
    };
  });
}

/** @param events the latest first */
export function showText(
  { account, region, id }: InstanceName,
  entry: Entry,
  events: readonly EventRow[],
  now: Date,
  command: NextCommand,
): Text {
  const ago = (at: string) => relativeText(new Date(at), now);
  const facts = [["status", ledgerStatus(entry)] as const, ...entryFacts(entry, now)];
  const clear = command("dirty clear", id, "--reason", "TEXT");
  return [
    [{ heading: [id, `${account} ${region}`] }, { facts }],
    [
      events.length === 0 ? "No event was recorded." : counted(events.length, "event"),
      listItems(events, (one) => eventItem(one, ago)),
    ],
    isMarked(entry) ? [{ next: "When the instance is clean again:", command: clear }] : [],
  ];
}

function eventItem(
  { event, source, received_at, level, verification, ignored, who, detail }: EventRow,
  ago: (at: string) => string,
): Item {
  const { user, from, service, ssh, principalArn, document } = who;
  const { method, keyType, keySha256, certificate } = ssh ?? {};
  const proof = [
    level,
    verification === "done" ? "" : `(${verification})`,
    ignored ? "ignored" : "",
  ];
  const facts = knownFacts([
    ["user", user],
    ["from", from],
    ["by", [method, keyType, keySha256].filter(Boolean).join(" ")],
    ["certificate", certificate && `${certificate.id} for ${certificate.principals.join(", ")}`],
    ["principal", principalArn],
    ["document", document],
    ["service", service],
    ...Object.entries(detail).map(([name, value]) => [name, String(value)] as const),
    ["proof", proof.filter(Boolean).join(" ")],
  ]);
  return { name: [ago(received_at), event, source], blocks: [{ facts }] };
}
