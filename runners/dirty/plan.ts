import * as z from "zod";
import { instanceArn } from "../core/aws/arn.ts";
import type { Planning } from "../core/job.ts";
import { changeOfKind, makeChange, type Place, type Spared } from "../core/plan/change.ts";
import { coverageOfRead } from "../core/plan/coverage.ts";
import type { JobPlan } from "../core/plan/document.ts";
import { compareText } from "../core/plan/canonical.ts";
import type { DirtyConfig } from "./config.ts";
import type { ObservedInstance } from "./instances.ts";
import type { Hello, Mark } from "./ledger.ts";
import { markValue } from "./mark.ts";
import type { ObservedAccount } from "./observe.ts";
import {
  type ClientCoverage,
  clientCoverage,
  type Entry,
  entryOf,
  isMarked,
  isThere,
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
  readonly Part: ObservedAccount;
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
  readonly status: Status | null;
  readonly marks: number;
  readonly since: Mark | null;
  readonly last: Mark | null;
  readonly tag: string | null;
  readonly hello: Hello | null;
};

export type DirtyOwn = {
  readonly accounts: readonly { readonly account: string; readonly name: string }[];
  readonly clients: readonly ClientCoverage[];
  readonly instances: readonly Finding[];
};

/** Which tags are missing on dirty instances, or the one that a person has removed. Reads nothing. */
export function plan(planning: Planning<DirtyTypes>): JobPlan<DirtyTypes> {
  const { observed, earlier, config } = planning;
  const judged: Judged[] = [];
  const clients: ClientCoverage[] = [];
  const places = [];
  for (const account of observed) {
    for (const { region, failure, instances } of account.regions) {
      const place = { account: account.id, region };
      places.push({ ...place, failure, count: instances.length });
      if (failure) continue;
      const there = instances.filter(isThere);
      clients.push(clientCoverage(place, there, earlier, config.require));
      for (const one of there) judged.push(judge(planning, { ...place, ...account }, one));
    }
    judged.push(...unread(account, earlier));
  }
  return {
    ...coverageOfRead(places),
    changes: judged.flatMap(({ change = [] }) => change),
    spared: judged.flatMap(({ spared = [] }) => spared),
    ownWrites: [],
    breakers: [],
    own: {
      accounts: [...observed].map(({ id, name }) => ({ account: id, name: name ?? id })),
      clients,
      instances: judged.flatMap(({ finding = [] }) => finding)
        .sort((a, b) => compareText(a.account, b.account) || compareText(a.id, b.id)),
    },
  };
}

type Judged = {
  readonly finding?: Finding;
  readonly change?: DirtyChange;
  readonly spared?: Spared;
};

function judge(
  planning: Planning<DirtyTypes>,
  { account, region, partition }: Place & { readonly partition: string },
  instance: ObservedInstance,
): Judged {
  const { config, earlier, now } = planning;
  const entry = entryOf(earlier, account, instance.id);
  const status = statusOf(instance, entry, config.require);
  if (status !== "dirty" && instance.mark === null) return {};
  const target = instanceArn(partition, region, account, instance.id);
  const place = { account, region, target, lock: target };
  const finding = findingOf({ account, region }, instance.id, entry, { ...instance, status });
  if (config.clear) return { finding, ...clearing(config, place, instance, entry) };
  if (status !== "dirty") return { finding, spared: { ...place, ...unexplained(entry, instance) } };
  return { finding, ...tagging(config, place, instance, entry, now) };
}

type Target = Place & { readonly target: string; readonly lock: string };

function countedBy({ row }: Entry, { mark }: ObservedInstance) {
  return { mark, marks: row?.marks ?? 0, doubts: row?.doubts ?? 0 };
}

function clearing(
  { tag, clear }: DirtySettings,
  place: Target,
  instance: ObservedInstance,
  entry: Entry,
): Judged {
  if (tag === null || clear?.id !== instance.id) return {};
  return {
    change: makeChange("dirty", {
      kind: "clear" as const,
      action: "ec2:DeleteTags",
      ...place,
      reason: clear.reason,
      before: countedBy(entry, instance),
      after: { key: tag, value: null },
    }, {}),
  };
}

/** The tag that is missing, or is not the ledger's. */
function tagging(
  { tag }: DirtySettings,
  place: Target,
  instance: ObservedInstance,
  entry: Entry,
  now: Date,
): Judged {
  const known = entry.tag?.state === "removed" ? undefined : entry.tag;
  const value = known?.value ?? instance.mark ?? markValue(now, entry.row?.since?.source ?? "");
  if (tag === null || instance.mark === value) return {};
  return {
    change: makeChange("dirty", {
      kind: "tag" as const,
      action: "ec2:CreateTags",
      ...place,
      reason: instance.mark === null
        ? "It is dirty and has no tag"
        : "It is dirty, and its tag is not the one that the ledger has",
      before: countedBy(entry, instance),
      after: { key: tag, value },
    }, {}),
  };
}

/** Why an instance has the tag though it is not dirty. Nothing but a clearance removes it. */
function unexplained(
  { clearance }: Entry,
  { mark }: ObservedInstance,
): Pick<Spared, "reason" | "detail"> {
  return clearance !== undefined && clearance.value === mark
    ? { reason: "tag-left", detail: "It was cleared, and its tag is still there: clear it again" }
    : {
      reason: "tag-unexplained",
      detail: "It has the tag, and the ledger has no event of it: verify records one",
    };
}

function findingOf(
  place: Place,
  id: string,
  { row }: Entry,
  seen: Pick<Finding, "name" | "group" | "state" | "status"> & { readonly mark: string | null },
): Finding {
  const { name, group, state, status, mark } = seen;
  const { marks = 0, since = null, last = null, hello = null } = row ?? {};
  return { ...place, id, name, group, state, status, marks, since, last, tag: mark, hello };
}

/** The dirty instances of Regions that were not read: they are dirty all the same. */
function unread({ id: account, regions }: ObservedAccount, ledger: Ledger): Judged[] {
  const failed = new Set(regions.filter(({ failure }) => failure).map(({ region }) => region));
  const unseen = { name: null, group: null, state: null, status: null, mark: null };
  return [...ledger.get(account) ?? []]
    .filter(([, entry]) => isMarked(entry))
    .filter(([, { row }]) => failed.has("global") || failed.has(row!.region))
    .map(([id, entry]) => ({
      finding: findingOf({ account, region: entry.row!.region }, id, entry, unseen),
    }));
}
