import type { ActionSet } from "../catalogue/action_set.ts";
import type { Universe } from "../catalogue/universe.ts";
import type { Cuts } from "./cover.ts";
import type { PatternEntry, PolicyDocument } from "./document.ts";

/** What replaces a pattern for all actions: a list of what stays, or all but what is removed. */
export type Wildcard = "list" | "exclude";

/** What is to be removed, and how. */
export type Removal = {
  readonly universe: Universe;
  readonly removed: ActionSet;
  /** Names outside of the universe that a person asked to remove, in lower case. */
  readonly removedLiterals: ReadonlySet<string>;
  /** Patterns to remove completely, known actions or not: what a person named, unused services. */
  readonly meant: readonly string[];
  /** Whether a person named what is removed: then everything else is kept that can be kept. */
  readonly byName: boolean;
  readonly wildcard: Wildcard;
  /** Services that only the evidence knows, in lower case. */
  readonly uncatalogued: readonly string[];
  readonly cuts: Cuts;
  /** How many characters a role's policies may have. */
  readonly room: number;
};

/** What replaces a statement's actions. */
export type NewActions = {
  readonly element: "Action" | "NotAction";
  /** For each earlier pattern, what replaces it; empty: it is removed. */
  readonly inPlaceOf: readonly (readonly NewPattern[])[];
  /** Whether a list replaces a pattern for all actions. */
  readonly listsAll: boolean;
};

/** A pattern that was there before, with its place, or a new one. */
export type NewPattern = PatternEntry | { readonly pattern: string };

/** "same": it keeps its text. "gone": nothing is left of it. */
export type Outcome = "same" | "gone" | NewActions;

/** What is to be taken out of a role's inline policies. */
export type RewriteRequest = {
  readonly universe: Universe;
  readonly removed: ActionSet;
  /**
   * Names that a person asked to remove and that are not in the universe: an entry that is such a
   * name, in any case, is dropped. To take one out of patterns, too, make it part of the universe.
   */
  readonly removedLiterals?: readonly string[];
  /**
   * Patterns to remove completely, also what no catalogue knows. If a pattern loses other unknown
   * actions, too, a note says so.
   */
  readonly meant?: readonly string[];
  /**
   * Whether a person named what is removed. Then the rest of a pattern is written as wide as
   * possible, and exclusions as narrow as possible, so that few unknown actions are removed.
   */
  readonly byName?: boolean;
  /** What replaces Action "*". */
  readonly wildcard: Wildcard;
  /** The services in the evidence. Lists keep those that the catalogue does not know. */
  readonly evidenceServices: ReadonlySet<string>;
  /** How many characters the policies may have together. */
  readonly quota?: number;
};

/** A rewritten policy. */
export type Written = {
  readonly document: PolicyDocument;
  /** What became of each statement, before any were merged. */
  readonly own: readonly Outcome[];
  readonly outcomes: readonly Outcome[];
  readonly text: string | null;
};
