import { ActionSet, setBits } from "../catalogue/action_set.ts";
import type { Universe } from "../catalogue/universe.ts";
import type { Schedule } from "../planning.ts";

/** Whether an action is removed, and why. */
type Verdict =
  | { readonly verdict: "remove"; readonly reason: RemoveReason }
  | { readonly verdict: "keep"; readonly reason: KeepReason };

/** One verdict, which holds for many actions of a service. */
export type Ruling =
  & {
    /** What stands before the colon, in lower case. */
    readonly service: string;
    /** The last use that the evidence knows of, RFC 3339. */
    readonly lastUsed: string | null;
    /** When a protection ends, RFC 3339. */
    readonly until: string | null;
    /** Which action it accompanies. */
    readonly of: string | null;
  }
  & Verdict;

/** The actions that one ruling holds for. */
export type Group = {
  readonly ruling: Ruling;
  /** Their places in the universe, ascending; never empty. */
  readonly actions: readonly number[];
};

/** The decision on everything that a role's inline policies grant: each action is in one group. */
export type Decided = {
  readonly universe: Universe;
  /** In the order of their first actions. */
  readonly groups: readonly Group[];
  /** Names in the policies that match no known action, as the policies write them. */
  readonly unknown: readonly Decision[];
  readonly removed: ActionSet;
};

/** The set of actions at these places. */
export function setOfPlaces(universe: Universe, places: Iterable<number>): ActionSet {
  const words = new Uint32Array(Math.ceil(universe.size / 32));
  for (const index of places) words[index >>> 5]! |= 1 << (index & 31);
  return new ActionSet(universe, words);
}

/** From the first of some ascending places to after the last. */
export function spanOf(places: readonly number[]): [from: number, to: number] {
  return [places[0]!, places.at(-1)! + 1];
}

/** The actions whose ruling is such a one. */
export function setOfRulings(
  { universe, groups }: Pick<Decided, "universe" | "groups">,
  holds: (ruling: Ruling) => boolean,
): ActionSet {
  const words = new Uint32Array(Math.ceil(universe.size / 32));
  for (const { ruling, actions } of groups) {
    if (holds(ruling)) setBits(words, actions);
  }
  return new ActionSet(universe, words);
}

/** Gives some of the actions another ruling; the others keep theirs. */
export function withRulings(decided: Decided, other: ReadonlyMap<number, Ruling>): Decided {
  if (other.size === 0) return decided;
  const changed = setOfPlaces(decided.universe, other.keys());
  const groups = new Map<Ruling, readonly number[]>();
  const granted: number[] = [];
  for (const { ruling, actions } of decided.groups) {
    if (!changed.hasAnyBetween(...spanOf(actions))) {
      groups.set(ruling, actions);
      continue;
    }
    granted.push(...actions.filter((index) => changed.hasIndex(index)));
    const left = actions.filter((index) => !changed.hasIndex(index));
    if (left.length > 0) groups.set(ruling, left);
  }
  const words = decided.removed.words.slice();
  for (const [ruling, actions] of Map.groupBy(granted, (index) => other.get(index)!)) {
    const all = [...groups.get(ruling) ?? [], ...actions];
    groups.set(ruling, all.sort((a, b) => a - b));
    for (const index of actions) {
      if (ruling.verdict === "remove") words[index >>> 5]! |= 1 << (index & 31);
      else words[index >>> 5]! &= ~(1 << (index & 31));
    }
  }
  return {
    ...decided,
    groups: [...groups].map(([ruling, actions]) => ({ ruling, actions }))
      .sort((a, b) => a.actions[0]! - b.actions[0]!),
    removed: new ActionSet(decided.universe, words),
  };
}

/** Makes equal rulings one object, so that their actions are in one group. */
export class Interned {
  readonly #known = new Map<string, Ruling>();

  keep(
    { service, lastUsed }: { readonly service: string; readonly lastUsed: string | null },
    reason: KeepReason,
    until: string | null,
    of: string | null = null,
  ): Ruling {
    return this.#same({ service, lastUsed, until, of, verdict: "keep", reason });
  }

  request({ service, lastUsed }: { service: string; lastUsed: string | null }): Ruling {
    const ruling = { service, lastUsed, until: null, of: null } as const;
    return this.#same({ ...ruling, verdict: "remove", reason: "requested" });
  }

  #same(ruling: Ruling): Ruling {
    const { service, reason, lastUsed, until, of } = ruling;
    const key = `${service} ${reason} ${lastUsed} ${until} ${of}`;
    const known = this.#known.get(key) ?? ruling;
    this.#known.set(key, known);
    return known;
  }
}

/**
 * Keeps every removable action that was not scheduled. A scheduled action that is no longer
 * removable stays for the reason that it has now.
 *
 * @param actions what was frozen: names, not patterns, in any case
 */
export function narrowedToSchedule(
  decided: Decided,
  { actions }: Pick<Schedule, "actions">,
): Decided {
  const scheduled = decided.universe.union(actions.filter((one) => !/[*?]/.test(one)));
  const interned = new Interned();
  const other = new Map<number, Ruling>();
  for (const { ruling, actions } of decided.groups) {
    if (ruling.verdict === "keep") continue;
    for (const index of actions) {
      if (!scheduled.hasIndex(index)) {
        other.set(index, interned.keep(ruling, "not-scheduled", null));
      }
    }
  }
  return withRulings(decided, other);
}

/**
 * Keeps the companions of used actions across policies: `ec2:CreateTags` in one policy stays while
 * `ec2:RunInstances`, which another policy of the role grants, is used.
 *
 * @param own what is decided of the one
 * @param all what is decided of everything that the role is granted
 */
export function withCompanionsElsewhere(own: Decided, all: Decided): Decided {
  const other = new Map<number, Ruling>();
  for (const { ruling, actions } of all.groups) {
    if (ruling.reason !== "companion-of") continue;
    for (const index of actions) if (own.removed.hasIndex(index)) other.set(index, ruling);
  }
  return withRulings(own, other);
}

/** Names in the policies that the catalogue does not know and that are removed all the same. */
export function literalsOf({ unknown }: Pick<Decided, "unknown">): string[] {
  return unknown.filter(({ verdict }) => verdict === "remove").map(({ action }) => action);
}

/** Why an action is removed. */
export type RemoveReason =
  /** Its service was not used within the window. */
  | "service-unused"
  /** The action was not used within the window, and AWS has tracked it that long. */
  | "action-unused"
  /** A person named it with `--remove`. */
  | "requested"
  | `hook:${string}`;

/** Why an action stays. */
export type KeepReason =
  | "service-used"
  | "action-used"
  /** AWS does not say when this action was used. */
  | "action-untracked"
  /** AWS has listed it for a shorter time than the window. */
  | "tracked-too-recently"
  /** The report does not name its service. */
  | "service-not-in-report"
  /** IAM lists its service, and may not track it. */
  | "service-not-tracked"
  /** The catalogue does not know it. */
  | "unknown-action"
  /** `iam:PassRole` and the like: AWS never tracks it. */
  | "never-tracked"
  /** An action that is used needs it: tags on creation, data keys. */
  | "companion-of"
  /** First seen less than `protectNew` ago, or by a later scan less than `usageWindow` ago. */
  | "new-permission"
  /** A statement whose Sid begins with NOREPO grants it, and stays. */
  | "norepo-sid"
  /** `repo.pinned`. */
  | "pinned"
  /** With `--remove`: it was not named. */
  | "not-requested"
  /** With `--scheduled`: it could go, and was not among what was scheduled. */
  | "not-scheduled"
  | `hook:${string}`;

/** The verdict about one action of a role. */
export type Decision =
  & {
    /** As the catalogue writes it, else as the policy does: `s3:GetObject`. */
    readonly action: string;
    /** The last use that the evidence knows of, RFC 3339. */
    readonly lastUsed?: string;
    /** When a protection ends, RFC 3339. */
    readonly until?: string;
    /** Which action it accompanies. */
    readonly of?: string;
  }
  & Verdict;

/** Why nothing of a role is removed. */
export type Ineligible = {
  /** A stable kebab-case code. */
  readonly reason: string;
  /** The same for people. */
  readonly detail: string;
};
