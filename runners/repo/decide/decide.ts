import { durationMs } from "../../core/duration.ts";
import { ActionSet, setBits } from "../catalogue/action_set.ts";
import { matchesPattern } from "../catalogue/glob.ts";
import type { Universe } from "../catalogue/universe.ts";
import type { RepoSettings } from "../config.ts";
import type { Evidence } from "../observed.ts";
import type { Granted } from "../policy/granted.ts";
import { companionsIn, keptByTrust } from "./companions.ts";
import {
  type Decided,
  type Decision,
  Interned,
  type KeepReason,
  type Ruling,
  setOfPlaces,
  setOfRulings,
  spanOf,
  withRulings,
} from "./decided.ts";
import { judgeService, spokenOf } from "./judge_service.ts";
import { NEVER_TRACKED, type Tracking } from "./tracking.ts";
import type { Protection } from "./new_permissions.ts";
import { byService, serviceTable } from "./service_table.ts";

/** What is decided about, and by what. */
type Deciding = {
  readonly granted: Granted;
  /** null: there is no complete evidence; then everything stays. */
  readonly evidence: Evidence | null;
  /** New permissions, and until when they stay. */
  readonly protections: readonly Protection[];
  /** `aws`, `aws-cn` or `aws-us-gov`: AWS has not begun to track at the same time everywhere. */
  readonly partition: string;
  /** The role's trust policy, as text: the services that it names may need permissions. */
  readonly trust?: string;
};

/** Decides about roles, one after another, in one universe. */
export interface Decider {
  decide(deciding: Deciding): Decided;
}

/**
 * Prepares decisions by one configuration at one instant. The first of these that holds says why an
 * action stays: the catalogue does not know it; a NOREPO statement grants it; AWS never tracks it;
 * it is pinned; it is new; the evidence does not name its service; its service was used (at action
 * level: it was used, or AWS does not say, or not for long enough); a used action needs it. With
 * `--remove` only NOREPO and pinned hold what is named.
 *
 * Uses within the window count from its first instant on; a date that cannot be read is a use.
 */
export function makeDecider(
  universe: Universe,
  config: RepoSettings,
  tracking: Tracking,
  now: Date,
): Decider {
  const facts = factsOf(universe, config, tracking, now);
  return {
    decide: (deciding) =>
      facts.asked === null ? byEvidence(facts, deciding) : byName(facts, facts.asked, deciding),
  };
}

type Facts = ReturnType<typeof factsOf>;

function factsOf(universe: Universe, config: RepoSettings, tracking: Tracking, now: Date) {
  const { pinned: pinnedPatterns, level, asked: { remove, deny } } = config;
  const pinned = universe.union(pinnedPatterns);
  const neverTracked = universe.union(NEVER_TRACKED);
  /** Actions that only the evidence knows. */
  const uncatalogued = universe.uncatalogued();
  return {
    universe,
    services: serviceTable(universe),
    pinned,
    pinnedPatterns,
    asked: remove,
    /** Whether what was named is to be denied, and stays in the policies. */
    deny,
    requested: universe.union(remove ?? []),
    neverTracked,
    uncatalogued,
    /** What stays whatever the evidence, but for NOREPO. */
    held: uncatalogued.union(neverTracked).union(pinned),
    level,
    companions: companionsIn(universe),
    tracking,
    /** The first instant of the window, milliseconds since 1970. */
    start: now.getTime() - durationMs(config.usageWindow),
    now: now.getTime(),
  };
}

function byEvidence(facts: Facts, deciding: Deciding): Decided {
  const { universe, services } = facts;
  const { granted, evidence } = deciding;
  const protectedUntil = untilByAction(deciding.protections, facts.now);
  const spoken = spokenOf(evidence);
  const at = { ...facts, partition: deciding.partition };
  const judge = (service: string) => judgeService(service, spoken.get(service), at);
  const interned = new Interned();
  const grouping = new Grouping(universe);
  for (const { service, actions } of byService(services, granted.actions)) {
    const judged = judge(service);
    if (judged.whole !== null && protectedUntil.size === 0 && !holdsAny(facts, granted, actions)) {
      grouping.putAll(actions, judged.whole);
      continue;
    }
    for (const index of actions) {
      const held = heldBy(facts, granted, index);
      const until = held === null ? protectedUntil.get(index) ?? null : null;
      const ruling = held !== null || until !== null
        ? interned.keep(judged, held ?? "new-permission", until)
        : judged.whole ?? judged.single(universe.lowerAt(index));
      grouping.put(index, ruling);
    }
  }
  const decided = grouping.decided(
    granted.unknown.map((action) => ({ action, verdict: "keep", reason: "unknown-action" })),
  );
  return withCompanions(facts, decided, deciding);
}

/** Whether any of a service's actions stays whatever the evidence says of its use. */
function holdsAny(
  { held }: Facts,
  { noRepo, unlisted }: Granted,
  actions: readonly number[],
): boolean {
  return [held, noRepo, unlisted].some((set) => set.hasAnyBetween(...spanOf(actions)));
}

/** Why an action stays whatever the evidence says of its use. */
function heldBy(facts: Facts, granted: Granted, index: number): KeepReason | null {
  const isUnknown = facts.uncatalogued.hasIndex(index) || granted.unlisted.hasIndex(index);
  if (!isUnknown && !facts.held.hasIndex(index) && !granted.noRepo.hasIndex(index)) return null;
  if (isUnknown) return "unknown-action";
  if (granted.noRepo.hasIndex(index)) return "norepo-sid";
  return facts.neverTracked.hasIndex(index) ? "never-tracked" : "pinned";
}

/** Keeps what stays with an action that is used, or that stays because its use is not known. */
function withCompanions(
  { universe, companions }: Facts,
  decided: Decided,
  { granted: { actions: granted }, trust = "" }: Deciding,
): Decided {
  if (decided.removed.isEmpty) return decided;
  const kept = companions.kept(decided.removed, [
    setOfRulings(decided, ({ reason }) => reason === "action-used" || reason === "service-used"),
    granted.minus(decided.removed),
  ]);
  const trusted = keptByTrust(decided.removed, trust);
  if (kept.size === 0 && trusted.size === 0) return decided;
  const interned = new Interned();
  const other = new Map<number, Ruling>();
  const stays = setOfPlaces(universe, [...kept.keys(), ...trusted.keys()]);
  for (const { ruling, actions } of decided.groups) {
    if (ruling.verdict === "keep" || !stays.hasAnyBetween(...spanOf(actions))) continue;
    for (const index of actions) {
      if (!stays.hasIndex(index)) continue;
      const companion = kept.get(index);
      const of = companion === undefined ? trusted.get(index)! : universe.actions[companion]!;
      other.set(index, interned.keep(ruling, "companion-of", null, of));
    }
  }
  return withRulings(decided, other);
}

/** Removes what a person has named, whatever the evidence. */
function byName(facts: Facts, asked: readonly string[], { granted }: Deciding): Decided {
  const { universe, services, deny } = facts;
  const interned = new Interned();
  const grouping = new Grouping(universe);
  // What is only denied can be taken out of the policies all the same.
  const allowed = deny ? granted.actions : granted.actions.union(granted.denied);
  for (const index of allowed.indices()) {
    const of = { service: services.of[index]!.service, lastUsed: null };
    const ruling = !facts.requested.hasIndex(index)
      ? interned.keep(of, "not-requested", null)
      : granted.noRepo.hasIndex(index)
      ? interned.keep(of, "norepo-sid", null)
      : facts.pinned.hasIndex(index)
      ? interned.keep(of, "pinned", null)
      : interned.request(of);
    grouping.put(index, ruling);
  }
  const unknown = granted.unknown.map((action): Decision => {
    const named = asked.some((pattern) => matchesPattern(pattern, action));
    // What a pattern that matches nothing would match is not known; only a name says what it is.
    if (!named || /[*?]/.test(action)) {
      return { action, verdict: "keep", reason: "unknown-action" };
    }
    return facts.pinnedPatterns.some((pattern) => matchesPattern(pattern, action))
      ? { action, verdict: "keep", reason: "pinned" }
      : { action, verdict: "remove", reason: "requested" };
  });
  return grouping.decided(unknown);
}

/** Until when each new action stays: of several protections the last to end. */
function untilByAction(
  protections: readonly Protection[],
  now: number,
): ReadonlyMap<number, string> {
  const until = new Map<number, string>();
  for (const { actions, until: end } of protections) {
    if (Date.parse(end) <= now) continue;
    for (const index of actions.indices()) {
      if (Date.parse(until.get(index) ?? "") >= Date.parse(end)) continue;
      until.set(index, end);
    }
  }
  return until;
}

/** Puts actions, each with its ruling, into groups. Rulings are told apart by identity. */
class Grouping {
  readonly #groups = new Map<Ruling, readonly number[]>();
  readonly #removed: Uint32Array;
  /** The group of the action before: neighbours mostly share their service's ruling. */
  #last: { readonly ruling: Ruling; readonly actions: number[] } | undefined;

  constructor(readonly universe: Universe) {
    this.#removed = new Uint32Array(Math.ceil(universe.size / 32));
  }

  /** @param index comes after all that were put before */
  put(index: number, ruling: Ruling): void {
    if (this.#last?.ruling !== ruling) this.#last = { ruling, actions: this.#ownOf(ruling) };
    this.#last.actions.push(index);
    if (ruling.verdict === "remove") this.#removed[index >>> 5]! |= 1 << (index & 31);
  }

  /**
   * The same for several at once, which is quicker.
   *
   * @param actions ascending; kept as they are, and not copied
   */
  putAll(actions: readonly number[], ruling: Ruling): void {
    if (this.#groups.has(ruling)) return actions.forEach((index) => this.put(index, ruling));
    this.#groups.set(ruling, actions);
    if (ruling.verdict === "remove") setBits(this.#removed, actions);
  }

  /** All that was put; nothing can be put any more. */
  decided(unknown: readonly Decision[]): Decided {
    return {
      universe: this.universe,
      groups: [...this.#groups].map(([ruling, actions]) => ({ ruling, actions })),
      unknown,
      removed: new ActionSet(this.universe, this.#removed),
    };
  }

  /** A group that may grow. */
  #ownOf(ruling: Ruling): number[] {
    const actions = [...this.#groups.get(ruling) ?? []];
    this.#groups.set(ruling, actions);
    return actions;
  }
}
