import type { ActionSet } from "../catalogue/action_set.ts";
import type { Universe } from "../catalogue/universe.ts";
import type { Cuts } from "./cover.ts";
import type { PatternEntry } from "./document.ts";

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
