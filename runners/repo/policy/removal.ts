import type { ActionSet } from "../catalogue/action_set.ts";
import type { Universe } from "../catalogue/universe.ts";
import type { Cuts } from "./cover.ts";
import type { PatternEntry, PolicyDocument } from "./document.ts";

/** What becomes of a pattern for all actions: a list of what stays, or all but what goes. */
export type Wildcard = "list" | "exclude";

/** What is to be removed, and how. */
export type Removal = {
  readonly universe: Universe;
  readonly removed: ActionSet;
  /** Names outside of the universe that a person asked to remove, in lower case. */
  readonly removedLiterals: ReadonlySet<string>;
  /** Patterns of which everything is to go, known or not: what a person named, unused services. */
  readonly meant: readonly string[];
  /** Whether a person named what goes, so that nothing else may go that can be kept. */
  readonly byName: boolean;
  readonly wildcard: Wildcard;
  /** Services that only the evidence knows, in lower case. */
  readonly uncatalogued: readonly string[];
  readonly cuts: Cuts;
  /** How many characters a role's policies may have. */
  readonly room: number;
};

/** What a statement's actions become. */
export type NewActions = {
  readonly element: "Action" | "NotAction";
  /** For each pattern of before, what stands in its place; nothing, where it goes. */
  readonly inPlaceOf: readonly (readonly NewPattern[])[];
  /** Whether a list now stands where all actions were granted. */
  readonly listsAll: boolean;
};

/** A pattern that was there before, with its place, or a new one. */
export type NewPattern = PatternEntry | { readonly pattern: string };

/** "same": not a letter changes. "gone": nothing is left of it. */
export type Outcome = "same" | "gone" | NewActions;

/** What is to be taken out of a role's inline policies. */
export type RewriteRequest = {
  readonly universe: Universe;
  readonly removed: ActionSet;
  /**
   * Names that a person asked to remove and that are not in the universe: an entry that says just
   * this, in any case, is dropped. To take one out of patterns too, make it part of the universe.
   */
  readonly removedLiterals?: readonly string[];
  /**
   * Patterns of which everything is to go, also what no catalogue knows. Where a pattern loses more
   * that is unknown than these say, a note tells it.
   */
  readonly meant?: readonly string[];
  /**
   * Whether a person named what goes. Then what stays of a pattern is written as wide as it can be,
   * and what is excluded as narrow, so that as little as possible goes that nobody knows.
   */
  readonly byName?: boolean;
  /** What becomes of Action "*". */
  readonly wildcard: Wildcard;
  /** The services that the evidence speaks of. Those that nobody else knows are kept in lists. */
  readonly evidenceServices: ReadonlySet<string>;
  /** How many characters the policies may have together. */
  readonly quota?: number;
};

/** What a policy has become. */
export type Written = {
  readonly document: PolicyDocument;
  /** What became of each statement, before any were merged. */
  readonly own: readonly Outcome[];
  readonly outcomes: readonly Outcome[];
  readonly text: string | null;
};
