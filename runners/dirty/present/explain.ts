import { INSTANCE_ID, instanceArn } from "../../core/aws/arn.ts";
import { counted, relativeText } from "../../core/cli/words.ts";
import { UsageError } from "../../core/errors.ts";
import type { Explaining, Explanation, Planning } from "../../core/job.ts";
import type { Place } from "../../core/plan/change.ts";
import type { ReadStore } from "../../core/store/store.ts";
import type { Words } from "../../core/text/sections.ts";
import { ACCOUNTS, INSTANCES } from "../ledger.ts";
import type { DirtyTypes } from "../plan.ts";
import { entryOf, type Status, statusOf } from "../standing.ts";

/** @throws UsageError if the text is no instance ID */
export function refuseNoInstance(subject: string): void {
  if (INSTANCE_ID.test(subject)) return;
  throw new UsageError(`"${subject}" is not an instance ID such as i-0123456789abcdef0`);
}

/** Where the ledger has an instance. */
export async function locate(subject: string, store: ReadStore): Promise<Partial<Place>> {
  refuseNoInstance(subject);
  for await (const { id: account } of ACCOUNTS.list(store)) {
    const row = await INSTANCES.of(account).get(store, subject);
    if (row) return { account, region: row.value.region };
  }
  return {};
}

/** The instance as it was observed. */
function findIn(subject: string, { observed }: Planning<DirtyTypes>) {
  for (const { id: account, partition, regions } of observed) {
    for (const { region, instances } of regions) {
      const instance = instances.find(({ id }) => id === subject);
      if (instance) return { account, partition, region, instance };
    }
  }
  return null;
}

export function targetsOf(subject: string, planning: Planning<DirtyTypes>): readonly string[] {
  const found = findIn(subject, planning);
  return found ? [instanceArn(found.partition, found.region, found.account, subject)] : [];
}

const STATUS: Readonly<Record<Status, string>> = {
  dirty: "dirty: somebody was on it",
  clean: "clean: its client has spoken since the launch, and nothing has happened",
  silent: "not known to be clean: no client has spoken since the launch",
  "unproven-client": "not known to be clean: it is not proven that its client has spoken",
  "unproven-event": "not known to be clean: something was told, and not proven",
};

/** What an instance is, why, and what comes next. */
export function explain(
  { subject, planning, plan, journal, command }: Explaining<DirtyTypes>,
): Explanation | null {
  const found = findIn(subject, planning);
  if (!found) return null;
  const { account, region, instance } = found;
  const { config, earlier, now } = planning;
  const entry = entryOf(earlier, account, subject);
  const status = statusOf(instance, entry, config.require);
  const ago = (at: string) => relativeText(new Date(at), now);
  const { row, clearance, tag } = entry;
  const { since, last, marks, hello } = row ?? {};
  const facts: Words[] = [
    ["status", STATUS[status]],
    ...since && status === "dirty"
      ? [["since", `${ago(since.at)}: ${since.event} (${since.source}, ${since.level})`] as const]
      : [],
    ...last
      ? [
        ["last", `${ago(last.at)}: ${last.event}; ${counted(marks ?? 0, "event")} in all`] as const,
      ]
      : [],
    ["tag", instance.mark ?? "none"],
    ...tag
      ? [["tag state", `${tag.state}${tag.detail === "" ? "" : `: ${tag.detail}`}`] as const]
      : [],
    [
      "client",
      hello
        ? `spoke ${ago(hello.at)} (${hello.level}, version ${hello.version})`
        : "has never spoken",
    ],
    ["launched", ago(instance.launched)],
    ...clearance ? [["cleared", `${ago(clearance.at)}: ${clearance.reason}`] as const] : [],
    ...journal.map((
      { intended_at, action, outcome },
    ): Words => [ago(intended_at), `${action} ${outcome}`]),
  ];
  const next = plan.changes.find(({ target }) => target.endsWith(`/${subject}`))?.reason ??
    plan.spared.find(({ target }) => target.endsWith(`/${subject}`))?.detail;
  return {
    text: [
      [{
        heading: [
          subject,
          [instance.name, account, region, instance.state].filter(Boolean).join("   "),
        ],
      }],
      [{ facts }],
      [next ?? ""],
      row ? [{ next: "To see who was there:", command: command("dirty show", subject) }] : [],
    ],
    json: {
      account,
      region,
      ...instance,
      status,
      ...row,
      clearance: clearance ?? null,
      tag_row: tag ?? null,
      next: next ?? null,
    },
  };
}
