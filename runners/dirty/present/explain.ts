import { INSTANCE_ID } from "../../core/aws/arn.ts";
import { relativeText } from "../../core/cli/words.ts";
import { UsageError } from "../../core/errors.ts";
import type { Explaining, Explanation } from "../../core/job.ts";
import type { Place } from "../../core/plan/change.ts";
import type { ReadStore } from "../../core/store/store.ts";
import { knownFacts, type Words } from "../../core/text/sections.ts";
import { ACCOUNTS, INSTANCES } from "../ledger.ts";
import type { DirtyTypes } from "../plan.ts";
import {
  type Entry,
  entryOf,
  isDoubted,
  isMarked,
  NOT_KNOWN,
  type Status,
  statusOf,
} from "../standing.ts";

/** Where the ledger has an instance. @throws UsageError if the text is no instance ID */
export async function locate(subject: string, store: ReadStore): Promise<Partial<Place>> {
  refuseOther(subject);
  const places = [];
  for await (const { id: account } of ACCOUNTS.list(store)) {
    const row = (await INSTANCES.of(account).get(store, subject))?.value;
    if (row) places.push({ account, region: row.region, said: [row.since, row.last, row.hello] });
  }
  // Anyone may claim that an instance is in another account. In truth it is in one.
  const proven = places.find(({ said }) => said.some((one) => one && one.level !== "claimed"));
  return proven ?? places[0] ?? {};
}

/** @throws UsageError if the text is no instance ID */
export function refuseOther(subject: string): void {
  if (INSTANCE_ID.test(subject)) return;
  throw new UsageError(`"${subject}" is not an instance ID such as i-0123456789abcdef0`);
}

/** What the ledger has of an instance. */
export function entryFacts(entry: Entry, now: Date): Words[] {
  const { row, tag, clearance } = entry;
  const ago = (at: string) => relativeText(new Date(at), now);
  const { at: spoke, level, version } = row?.hello ?? {};
  return knownFacts([
    ["since", isMarked(entry) && row?.since ? ago(row.since.at) : null],
    ["last event", row?.last && `${row.last.event} ${ago(row.last.at)}`],
    ["tag", tag && `${tag.value} (${tag.state})${tag.detail === "" ? "" : `: ${tag.detail}`}`],
    ["client", spoke ? `spoke ${ago(spoke)} (${level}, version ${version})` : "has never spoken"],
    ["cleared", clearance && `${ago(clearance.at)}: ${clearance.reason}`],
    ["cleared by", clearance?.by],
    ["gone", row?.gone_at && ago(row.gone_at)],
  ]);
}

/** What the ledger alone says of an instance. */
export function ledgerStatus(entry: Entry): string {
  if (isMarked(entry)) return "dirty";
  return isDoubted(entry) ? statusText("unproven-event") : "no event marks it";
}

function statusText(status: Status): string {
  if (status === "dirty") return "dirty: somebody was on it";
  return status === "clean"
    ? "clean: its client has spoken since the launch, and no event marks it"
    : `not known to be clean: ${NOT_KNOWN[status]}`;
}

/** What an instance is, why, and what comes next. */
export function explain(
  { subject, planning, plan, journal, command }: Explaining<DirtyTypes>,
): Explanation | null {
  const { config, earlier, observed, now } = planning;
  const placed = [...observed].flatMap(({ id: account, regions }) =>
    regions.flatMap(({ region, things }) =>
      things.map((instance) => ({ account, region, instance }))
    )
  );
  const found = placed.find(({ instance }) => instance.id === subject);
  if (!found) return null;
  const { account, region, instance } = found;
  const entry = entryOf(earlier, account, subject);
  const status = statusOf(instance, entry, config.require);
  const isIt = ({ target }: { readonly target: string }) => target === instance.arn;
  const next = plan.changes.find(isIt)?.reason ?? plan.spared.find(isIt)?.detail ?? null;
  const ago = (at: string) => relativeText(new Date(at), now);
  return {
    text: [
      [{ heading: [subject, `${instance.name ?? ""} ${account} ${region} ${instance.state}`] }, {
        facts: [
          ["status", statusText(status)],
          ["tag now", instance.mark ?? "none"],
          ["launched", ago(instance.launched)],
          ...entryFacts(entry, now),
          ...journal.map(({ intended_at, action, outcome }): Words => [
            ago(intended_at),
            `${action} ${outcome}`,
          ]),
          ...next === null ? [] : [["next", next] as const],
        ],
      }],
      entry.row ? [{ next: "To see who was there:", command: command("dirty show", subject) }] : [],
    ],
    json: {
      ...{ account, region, ...instance, status, ledger: entry.row ?? null },
      ...{ clearance: entry.clearance ?? null, tag: entry.tag ?? null, next },
    },
  };
}
