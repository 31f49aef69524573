import * as z from "zod";
import { instantInRow, rowKind } from "../core/store/row_kind.ts";
import { DAY_MS } from "../core/limits/limits.ts";

/** How a region looks. */
export type Figures = {
  /** Instances that are there, in whatever state but gone. */
  readonly listed: number;
  /** Those that the rules were applied to. */
  readonly examined: number;
  readonly violating: number;
};

/** Since when, and until when at least, a region was enforced without a gap; RFC 3339, UTC. */
export type Enforced = {
  readonly since: string;
  readonly until: string;
};

/** By how much it may look different from one look to the next: `audit.breakers`. */
type AllowedChange = {
  readonly populationDrop: number;
  readonly ratioJump: number;
};

/** How many instances a region had, and how many of them broke the rules, when it was believed. */
export type Level = Figures & {
  /** RFC 3339, UTC. */
  readonly at: string;
  /** Since when the region looks so different that a breaker trips; absent where it does not. */
  readonly doubted_since?: string;
  /** How it looked then. What looks worse than this is another doubt. */
  readonly doubted?: Figures;
  /** How long it has been enforced; absent where it was not at the last look. */
  readonly enforced?: Enforced;
};

const figures = { listed: z.int(), examined: z.int(), violating: z.int() };

const levels = rowKind<Level>(
  "audit/level",
  z.looseObject({
    ...figures,
    at: instantInRow,
    doubted_since: instantInRow.optional(),
    doubted: z.looseObject(figures).optional(),
    enforced: z.looseObject({ since: instantInRow, until: instantInRow }).optional(),
  }),
);

/** What a region must look like for this long before it is believed to have changed for good. */
const BELIEVED_AFTER_MS = DAY_MS;

/** The levels of all regions, by region. */
export const readLevels = levels.read;

/** The row of a region's level. */
export const levelWrite = levels.write;

/** Whether what is different has been so, and no worse, for long enough to be believed. */
export function isBelievedByNow(
  level: Level,
  seen: Figures,
  allowed: AllowedChange,
  now: Date,
): boolean {
  return isSameDoubt(level, seen, allowed, now) &&
    now.getTime() - Date.parse(level.doubted_since!) >= BELIEVED_AFTER_MS;
}

/** Whether the region looks as it did when it was doubted first, or better. */
function isSameDoubt(
  { doubted, doubted_since }: Level,
  seen: Figures,
  allowed: AllowedChange,
  now: Date,
): boolean {
  return doubted !== undefined && doubted_since !== undefined &&
    Date.parse(doubted_since) <= now.getTime() &&
    !exceeds(dropOf(seen.listed, doubted.listed), allowed.populationDrop) &&
    !exceeds(ratioOf(seen) - ratioOf(doubted), allowed.ratioJump);
}

/** The share of what was there that is not there any more. */
export function dropOf(listed: number, was: number): number {
  return was === 0 ? 0 : 1 - listed / was;
}

/** The share of what was examined that breaks the rules. */
export function ratioOf({ examined, violating }: Figures): number {
  return examined === 0 ? 0 : violating / examined;
}

/** A difference of fractions is off in its last digits: 1 - 14/20 is more than 0.3. */
export function exceeds(difference: number, allowed: number): boolean {
  return difference - allowed > 1e-9;
}

/** The level after one more look: the old one is kept while the new one is in doubt. */
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
