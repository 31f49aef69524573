import { compareText } from "../plan/canonical.ts";
import type { JournalEntry } from "../journal/entry.ts";
import type { Place } from "../plan/change.ts";
import type { ReadStore } from "../store/store.ts";

/** What a job will do, if nobody does anything: as far as the store and the settings say it. */
export type Upcoming = Place & {
  /** RFC 3339, in UTC. */
  readonly at: string;
  /** As IAM writes it. */
  readonly action: string;
  /** An ARN. */
  readonly target: string;
  /** As people call the target; null: by its ID alone. */
  readonly name: string | null;
  /** What happens and why, a sentence without a period: "to be stopped: it has no owner". */
  readonly text: string;
  /** It cannot be undone. */
  readonly isFinal?: true;
};

/** Who is to be told of something, and by which evidence. */
export type StoredOwner = {
  readonly name: string;
  /** A code such as `tag` or `cloudtrail`. */
  readonly source: string;
};

/** A setting that ends by itself, or what a person has stored with an end. */
export type Ending = {
  /** RFC 3339, in UTC. */
  readonly at: string;
  /** The targets that it is about, where it names them; empty: it is not known which. */
  readonly targets: readonly string[];
  /** What ends, a sentence without a period. */
  readonly text: string;
};

/** What comes first, before what comes later: the order of all that is told of what comes. */
export function byTime(a: { readonly at: string }, b: { readonly at: string }): number {
  return compareText(a.at, b.at);
}

/** What is known of a job without asking AWS. */
export interface Stored<Config = unknown> {
  /** What happens between two instants; sorted by time. */
  upcoming(
    store: ReadStore,
    config: Config,
    from: Date,
    until: Date,
  ): Promise<readonly Upcoming[]>;
  /** The owners of targets, by ARN, as the runs have left them. */
  owners(
    store: ReadStore,
    targets: ReadonlySet<string>,
  ): Promise<ReadonlyMap<string, StoredOwner>>;
  /** What was done by a change, as people say it: "stopped"; null: nobody needs to be told. */
  doneBy(change: Pick<JournalEntry, "action" | "before" | "after">): string | null;
  /** What of the settings, or of what is stored, ends between two instants; sorted by time. */
  ending(store: ReadStore, config: Config, from: Date, until: Date): Promise<readonly Ending[]>;
}
