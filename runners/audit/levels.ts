import * as z from "zod";
import { instantInRow } from "../core/store/row_kind.ts";
import { DAY_MS } from "../core/duration.ts";
import type { AuditConfig } from "./config.ts";
import { placeRows } from "./place_rows.ts";

/** The figures of a region. */
const figures = z.object({
  /** Instances in any state but those of what is gone. */
  listed: z.int(),
  /** Those that the rules were applied to. */
  examined: z.int(),
  violating: z.int(),
  /** Those of the listed that a group or another service manages; absent in rows of 0.2 and before. */
  managed: z.int().exactOptional(),
});
export type Figures = Readonly<z.infer<typeof figures>>;

/** The figures of a region when it was believed last. */
const level = figures.extend({
  /** RFC 3339, UTC. */
  at: instantInRow,
  /** Since when its figures are so different that a breaker trips; absent where none does. */
  doubted_since: instantInRow.exactOptional(),
  /** The figures at that instant. Worse figures are another doubt. */
  doubted: figures.exactOptional(),
  /** For how long it was enforced without a gap; absent where the last run did not enforce it. */
  enforced: z.object({ since: instantInRow, until: instantInRow }).exactOptional(),
});
export type Level = Readonly<z.infer<typeof level>>;
type Enforced = NonNullable<Level["enforced"]>;

/**
 * The levels of all regions, by region. They are never over: a region without a level counts as one
 * that 0.1.0 has enforced all the time, so that no mark in it would be void.
 */
export const LEVELS = placeRows<Level>("audit/level", level);

/** By how much the figures may change from one run to the next: `audit.breakers`. */
type AllowedChange = Pick<AuditConfig["breakers"], "populationDrop" | "ratioJump">;

/** For how long the figures must be so before what they are of is believed to have changed for good. */
export const BELIEVED_AFTER_MS = DAY_MS;

/** Whether the figures have been different, and no worse, for long enough to be believed. */
export function isBelievedByNow(
  level: Level,
  seen: Figures,
  allowed: AllowedChange,
  now: Date,
): boolean {
  return isSameDoubt(level, seen, allowed, now) &&
    now.getTime() - Date.parse(level.doubted_since!) >= BELIEVED_AFTER_MS;
}

/** Whether the figures are as they were when the region was doubted first, or better. */
function isSameDoubt(
  { doubted, doubted_since }: Level,
  seen: Figures,
  allowed: AllowedChange,
  now: Date,
): boolean {
  if (doubted === undefined || doubted_since === undefined) return false;
  const lasting = lastingOf(doubted, seen);
  return Date.parse(doubted_since) <= now.getTime() &&
    !exceeds(dropOf(lasting.now, lasting.was), allowed.populationDrop) &&
    !exceeds(ratioOf(seen) - ratioOf(doubted), allowed.ratioJump);
}

/**
 * How many instances fewer groups and services have now: they take instances away by themselves, as
 * each night when a group scales in. Instances of groups that were replaced are none fewer.
 */
export function scaledIn(was: Figures, seen: Figures): number {
  return Math.max(0, (was.managed ?? 0) - (seen.managed ?? 0));
}

/**
 * The instances that nobody takes away by himself: all but those of groups. More instances of groups
 * than before count too, since the level may be from before their tags said so.
 */
export function lastingOf(
  level: Figures,
  seen: Figures,
): { readonly was: number; readonly now: number } {
  const { managed = 0 } = level;
  return {
    was: level.listed - managed,
    now: seen.listed - Math.min(managed, seen.managed ?? 0),
  };
}

/** The share of the instances that are not there any more. */
export function dropOf(listed: number, was: number): number {
  return was === 0 ? 0 : 1 - listed / was;
}

/** The share of what was examined that breaks the rules. */
export function ratioOf({ examined, violating }: Pick<Figures, "examined" | "violating">): number {
  return examined === 0 ? 0 : violating / examined;
}

/** A difference of fractions is off in its last digits: 1 - 14/20 is more than 0.3. */
export function exceeds(difference: number, allowed: number): boolean {
  return difference - allowed > 1e-9;
}

/** After so long without a run a region counts as not enforced; some run the audit once a month. */
const FORGOTTEN_AFTER_MS = 60 * DAY_MS;

const LONG_AGO = new Date(0).toISOString();

/** How long a region was enforced after this run; absent where it is not. */
export function enforcedAfter(
  level: Level | undefined,
  on: boolean,
  now: Date,
): { readonly enforced?: Enforced } {
  if (!on) return {};
  const until = now.toISOString();
  // What 0.1.0 has marked is as old as it says; it wrote no levels.
  const since = level ? enforcedWithoutGap(level, now)?.since ?? until : LONG_AGO;
  return { enforced: { since, until } };
}

/** The time for which a region was enforced, up to now; undefined where it was not. */
export function enforcedWithoutGap({ enforced }: Level, now: Date): Enforced | undefined {
  // What is still to come was written by a clock that was wrong.
  const counts = enforced && Date.parse(enforced.since) <= now.getTime() &&
    now.getTime() - Date.parse(enforced.until) <= FORGOTTEN_AFTER_MS;
  return counts ? enforced : undefined;
}

/** The level after this run: the old one is kept while the new figures are in doubt. */
export function nextLevel(
  earlier: Level | undefined,
  { seen, doubted, allowed }: {
    readonly seen: Figures;
    readonly doubted: boolean;
    readonly allowed: AllowedChange;
  },
  now: Date,
): Level {
  const at = now.toISOString();
  if (!earlier || !doubted) return { ...seen, at };
  const { enforced: _enforced, ...kept } = earlier;
  return isSameDoubt(earlier, seen, allowed, now)
    ? kept
    : { ...kept, doubted_since: at, doubted: seen };
}
