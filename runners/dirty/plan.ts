import { accountLabel } from "../core/aws/session.ts";
import * as z from "zod";
import type { Planning } from "../core/job.ts";
import { type PlainPart, plainPlan } from "../core/plain_job.ts";
import { changeOfKind, makeChange, type Place, type Spared } from "../core/plan/change.ts";
import type { JobPlan } from "../core/plan/document.ts";
import { compareText } from "../core/plan/canonical.ts";
import type { DirtyConfig } from "./config.ts";
import { isThere, type ObservedInstance } from "./instances.ts";
import type { InstanceRow } from "./ledger.ts";
import { markValue } from "../core/contract/mark.ts";
import {
  type ClientCoverage,
  clientCoverage,
  type Entry,
  entryOf,
  isMarked,
  type Ledger,
  type Status,
  statusOf,
} from "./standing.ts";

/** What a run works by: the configuration, and what a person asks of this run. */
export type DirtySettings = DirtyConfig & {
  /** Remove the tag of this instance; null: write the tags that are missing. */
  readonly clear: { readonly id: string; readonly reason: string } | null;
};

/** The types of the job, for what core does for all jobs. */
export type DirtyTypes = {
  readonly Config: DirtySettings;
  readonly Part: PlainPart<ObservedInstance>;
  readonly Earlier: Ledger;
  readonly Change: DirtyChange;
  readonly Own: DirtyOwn;
};

/** The tag that the write relies on, and how much the ledger had counted. */
const before = z.object({ mark: z.string().nullable(), marks: z.int(), doubts: z.int() });

export const changeSchema = z.discriminatedUnion("kind", [
  changeOfKind("tag", before, z.object({ key: z.string(), value: z.string() })),
  changeOfKind("clear", before, z.object({ key: z.string(), value: z.null() })),
]);
export type DirtyChange = Readonly<z.infer<typeof changeSchema>>;

/** An instance that is dirty or has the tag, and what the ledger has of it. */
export type Finding = Place & {
  readonly id: string;
  readonly name: string | null;
  readonly group: string | null;
  /** As EC2 says; null: its Region was not read. */
  readonly state: string | null;
  readonly status: Status;
  readonly mark: string | null;
  readonly ledger: InstanceRow | null;
};

export type DirtyOwn = {
  readonly accounts: readonly { readonly account: string; readonly name: string }[];
  readonly clients: readonly ClientCoverage[];
  readonly instances: readonly Finding[];
};

/** Which tags are missing on dirty instances, or the one that a person has removed. Reads nothing. */
export function plan(planning: Planning<DirtyTypes>): JobPlan<DirtyTypes> {
  const { observed, earlier, config } = planning;
  const instances: Finding[] = [];
  const planned = plainPlan<ObservedInstance, DirtyChange, DirtySettings>(
    observed,
    ({ at, thing }) => {
      const entry = entryOf(earlier, at.account, thing.id);
      const status = statusOf(thing, entry, config.require);
      if (!isThere(thing) || status !== "dirty" && thing.mark === null) return {};
      const { arn: _target, profile: _role, launched: _at, ...seen } = thing;
      const { account, region } = at;
      instances.push({ account, region, ...seen, status, ledger: entry.row ?? null });
      return judge(planning, at, thing, entry, status);
    },
  );
  const clients: ClientCoverage[] = [];
  for (const part of observed) {
    for (const { region, failure, things } of part.regions) {
      const place = { account: part.id, region };
      if (!failure) clients.push(clientCoverage(place, things, earlier, config.require));
    }
    instances.push(...unread(part, earlier));
  }
  instances.sort((a, b) => compareText(a.account, b.account) || compareText(a.id, b.id));
  const accounts = [...observed].map((one) => ({ account: one.id, name: accountLabel(one) }));
  return { ...planned, own: { accounts, clients, instances } };
}

type At = Place & { readonly target: string };
type Judged = {
  readonly change?: DirtyChange;
  readonly spared?: Pick<Spared, "reason" | "detail">;
};

function judge(
  { config: { tag, clear } }: Planning<DirtyTypes>,
  at: At,
  { id, mark }: ObservedInstance,
  { row, clearance, tag: known }: Entry,
  status: Status,
): Judged {
  const before = { mark, marks: row?.marks ?? 0, doubts: row?.doubts ?? 0 };
  const made = { ...at, lock: at.target, before };
  if (clear) {
    if (tag === null || clear.id !== id) return {};
    const change = { kind: "clear" as const, action: "ec2:DeleteTags", reason: clear.reason };
    return {
      change: makeChange("dirty", { ...change, ...made, after: { key: tag, value: null } }, {}),
    };
  }
  const since = row?.since;
  if (status !== "dirty" || !since) {
    return { spared: clearance?.value === mark ? TAG_LEFT : TAG_UNEXPLAINED };
  }
  const isOurs = known !== undefined && known.state !== "removed";
  const value = isOurs ? known.value : mark ?? markValue(new Date(since.at), since.source);
  if (tag === null || mark === value) return {};
  const reason = mark === null
    ? "It is dirty and has no tag"
    : "It is dirty, and its tag is not the one that the ledger has";
  const change = { kind: "tag" as const, action: "ec2:CreateTags", reason };
  return { change: makeChange("dirty", { ...change, ...made, after: { key: tag, value } }, {}) };
}

/** An instance has the tag and is not dirty. Nothing but a clearance removes a tag. */
const TAG_LEFT = {
  reason: "tag-left",
  detail: "It was cleared, and its tag is still there: clear it again",
};
const TAG_UNEXPLAINED = {
  reason: "tag-unexplained",
  detail: "It has the tag, and the ledger has no event that marks it: verify records one",
};

/** The dirty instances of Regions that were not read: they are dirty all the same. */
function unread({ id: account, regions }: DirtyTypes["Part"], ledger: Ledger): Finding[] {
  const failed = new Set(regions.filter(({ failure }) => failure).map(({ region }) => region));
  const unseen = { name: null, group: null, state: null, status: "dirty", mark: null } as const;
  return [...ledger.get(account) ?? []].flatMap(([id, entry]): Finding[] => {
    const { row = null } = entry;
    if (!row || !isMarked(entry) || !failed.has("global") && !failed.has(row.region)) return [];
    return [{ account, region: row.region, id, ...unseen, ledger: row }];
  });
}
