import pLimit from "p-limit";
import { instanceArn, instanceIdOf, parseArn, partitionOfRegion } from "../core/aws/arn.ts";
import { mayHaveEffect } from "../core/journal/entry.ts";
import { journalOfTarget } from "../core/journal/journal.ts";
import {
  byTime,
  type Ending,
  type Stored,
  type StoredOwner,
  type Upcoming,
} from "../core/report/stored.ts";
import type { ReadStore } from "../core/store/store.ts";
import {
  type AuditConfig,
  enforcesAnything,
  type Exemption,
  type StepName,
  takesIn,
} from "./config.ts";
import { endOf } from "./exemptions.ts";
import { ACTIONS, kindOf } from "./ladder/audit_change.ts";
import { ladderPosition, laterSteps, marksNow } from "./ladder/ladder.ts";
import { instanceRowId, type MarkRow, MARKS, promisedBy, regionIdOf } from "./ladder/mark.ts";
import type { Seen } from "./ladder/seen.ts";
import { onceSeenOftenEnough, type Sighting, SIGHTINGS } from "./ladder/sightings.ts";
import { enforcedWithoutGap, LEVELS } from "./levels.ts";
import { LAST_OWNERS } from "./owners/owners.ts";
import { ACCOUNTS } from "./planning.ts";
import { doneText } from "./present/action_words.ts";
import { testText } from "./passing_tag.ts";
import { tagOf } from "./tags.ts";

/** How many instances are asked for in the journal at once: a store may be far away. */
const AT_ONCE = 20;

/** What is known of the audit without asking AWS. */
export const stored: Stored<AuditConfig> = {
  async upcoming(store, config, from, until) {
    if (!enforcesAnything(config.enforce)) return [];
    const accounts = (await ACCOUNTS.read(store)).keys().filter((id) => mayBeEnforced(id, config))
      .toArray();
    const [sightings, rows, levels] = await Promise.all([
      SIGHTINGS.read(store, accounts),
      MARKS.read(store, accounts),
      LEVELS.read(store, accounts),
    ]);
    const marks = marksNow({ sightings, marks: rows, levels }, config, from);
    const enforced = [...sightings].filter(([rowId]) => {
      const level = levels.get(regionIdOf(rowId));
      return level !== undefined && enforcedWithoutGap(level, from) !== undefined;
    });
    const steps = await pLimit(AT_ONCE).map(enforced, async ([rowId, sighting]) => {
      const seen = await sinceThen(store, rowId, sighting, marks.get(rowId), config);
      return seen ? stepsOf(rowId, { ...sighting, seen }, marks.get(rowId), config, from) : [];
    });
    return steps.flat().filter(({ at }) => Date.parse(at) <= until.getTime()).sort(byTime);
  },

  async owners(store, targets) {
    const accounts = new Set([...targets].map((arn) => parseArn(arn).account));
    const rows = await LAST_OWNERS.read(store, accounts);
    return new Map([...targets].flatMap((arn): [string, StoredOwner][] => {
      const { account, region } = parseArn(arn);
      const owner = rows.get(instanceRowId(account, region, instanceIdOf(arn)))?.owner;
      return owner ? [[arn, { name: owner.name, source: owner.source }]] : [];
    }));
  },

  doneBy(change) {
    const kind = kindOf(change);
    switch (kind) {
      case "restore":
        return "protection restored";
      // The audit's own instances have no owner who would wonder.
      case "stamp":
      case "create-canary":
      case "stop-canary":
        return null;
      default:
        return doneText(kind);
    }
  },

  async ending(store, config, from, until) {
    const ending = config.exempt.map((exemption) => ({ exemption, at: endOf(exemption) }))
      .filter(({ at }) => from <= at && at <= until);
    const named = ending.some(({ exemption: { match } }) => "instanceId" in match)
      ? await targetsById(store)
      : new Map<string, string>();
    return ending.map(({ exemption: { match, reason }, at }): Ending & { readonly at: string } => ({
      at: at.toISOString(),
      targets: "instanceId" in match && named.has(match.instanceId)
        ? [named.get(match.instanceId)!]
        : [],
      text: `the exemption of ${matchText(match)} ends: ${reason}`,
    })).sort(byTime);
  },
};

function matchText(match: Exemption["match"]): string {
  if ("instanceId" in match) return match.instanceId;
  if ("imageId" in match) return `instances of ${match.imageId}`;
  if ("account" in match) return `account ${match.account}`;
  return `instances where ${testText(match.tag)}`;
}

/** Whether the settings may enforce an account. In which units it is, only a run knows. */
function mayBeEnforced(id: string, { enforce: { accounts, units } }: AuditConfig): boolean {
  return takesIn(accounts, id) || units.length > 0;
}

/** The steps that come for an instance, if it is as the last run saw it and nobody does anything. */
function stepsOf(
  rowId: string,
  sighting: Sighting & { readonly seen: Seen },
  mark: MarkRow | undefined,
  config: AuditConfig,
  from: Date,
): Upcoming[] {
  const { seen, seen: { state, tags } } = sighting;
  const { stage, next } = ladderPosition({ tags, state, mark, sighting }, config, from);
  if (next === null || next.step === "stop" && seen.cannot_stop !== undefined) return [];
  const dueMs = Math.max(
    next.due.getTime(),
    from.getTime(),
    next.step === "mark" ? 0 : onceSeenOftenEnough(sighting, config).getTime(),
  );
  const first = { step: next.step, at: new Date(dueMs) };
  const promised = stage === "violating" ? undefined : promisedBy(mark!.value, config);
  const later = laterSteps(first.step, first.at, promised, config)
    // The ladder ends at a stop that cannot be made.
    .filter(() => seen.cannot_stop === undefined);
  const [account, region] = rowId.split("/") as [string, string];
  return [first, ...later].map(({ step, at }): Upcoming => ({
    at: at.toISOString(),
    account,
    region,
    action: ACTIONS[step],
    target: targetOf(rowId),
    name: seen.name,
    text: textOf(step, seen),
    ...(step === "terminate" ? { isFinal: true } : {}),
  }));
}

/**
 * An instance as the last run saw it, with what that run or an undo has done to it afterwards; undefined
 * where the ladder does not go on for it.
 */
async function sinceThen(
  store: ReadStore,
  rowId: string,
  { seen, last_seen }: Sighting,
  mark: MarkRow | undefined,
  config: AuditConfig,
): Promise<Seen | undefined> {
  if (!seen?.goes_on || mark?.terminated_at !== undefined) return undefined;
  const { state, tags } = seen;
  const isSince = (at: string | undefined) =>
    at !== undefined && Date.parse(at) >= Date.parse(last_seen);
  const isMarked = mark !== undefined && isSince(mark.marked_at);
  const isStopped = isSince(mark?.told_to_stop_at) || isSince(mark?.stopped_at);
  // Only one that a run has stopped can be started by an undo, which leaves no row but the journal's.
  const isStarted = mark?.stopped_at !== undefined &&
    (await journalOfTarget(store, "audit", { account: accountOf(rowId), target: targetOf(rowId) }))
      .some((entry) =>
        kindOf(entry) === "start" && mayHaveEffect(entry) && isSince(entry.intended_at)
      );
  return {
    ...seen,
    state: isStarted ? "running" : isStopped ? "stopped" : state,
    tags: isMarked && tagOf(tags, config.mark) !== mark.value
      ? { ...tags, [config.mark]: mark.value }
      : tags,
  };
}

function textOf(step: StepName, { why }: Seen): string {
  const said = `to be ${doneText(step)}${step === "terminate" ? ", which cannot be undone" : ""}`;
  return why === "" ? said : `${said}: ${why}`;
}

/** The ARNs of the instances that broke the rules, exempt ones too, by their IDs. */
async function targetsById(store: ReadStore): Promise<Map<string, string>> {
  const rows = await LAST_OWNERS.read(store, (await ACCOUNTS.read(store)).keys());
  return new Map(
    [...rows.keys()].map(targetOf).map((target) => [instanceIdOf(target), target]),
  );
}

/** The ARN of the instance of a row. */
function targetOf(rowId: string): string {
  const [account, region, id] = rowId.split("/") as [string, string, string];
  return instanceArn(partitionOfRegion(region), region, account, id);
}

function accountOf(rowId: string): string {
  return rowId.slice(0, rowId.indexOf("/"));
}
