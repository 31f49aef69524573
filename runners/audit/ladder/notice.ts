import { DAY_MS } from "../../core/limits/limits.ts";
import type { Enforced, Level } from "../levels.ts";
import { markedAtMs, type MarkRow, regionIdOf } from "./mark.ts";
import type { AuditPlanning } from "../planning.ts";

/**
 * After so long without a look, nobody knows what became of a region's instances: marks that were
 * set before are no notice any more. Longer than a month, for those who run it once in a month.
 */
const FORGOTTEN_AFTER_MS = 60 * DAY_MS;

const NOBODY_KNOWS = new Date(0).toISOString();

/** How long a region was enforced after one more look; absent where it is not. */
export function enforcedAfter(
  level: Level | undefined,
  on: boolean,
  now: Date,
): { readonly enforced?: Enforced } {
  if (!on) return {};
  const until = now.toISOString();
  // What 0.1.0 has marked is as old as it says; it wrote no levels.
  const since = level ? unbroken(level, now)?.since ?? until : NOBODY_KNOWS;
  return { enforced: { since, until } };
}

function unbroken({ enforced }: Level, now: Date): Enforced | undefined {
  // What is still to come was written by a clock that was wrong.
  const counts = enforced && Date.parse(enforced.since) <= now.getTime() &&
    now.getTime() - Date.parse(enforced.until) <= FORGOTTEN_AFTER_MS;
  return counts ? enforced : undefined;
}

/**
 * The planning with those marks told apart that are no notice. One that is was set since when the
 * region is enforced and looked at, and since when the instance breaks the rules. Time in which
 * nobody enforced is none, and neither is a mark of an earlier offence, also where a run that was
 * killed has left its row.
 */
export function withNotices(planning: AuditPlanning): AuditPlanning {
  const { config, earlier: { marks, levels, looks }, now } = planning;
  const isNotice = (rowId: string, mark: MarkRow): boolean => {
    const setMs = markedAtMs(mark, config);
    const look = looks.get(rowId);
    if (look && setMs < Date.parse(look.first_seen)) return false;
    const level = levels.get(regionIdOf(rowId));
    if (!level) return true;
    const enforced = unbroken(level, now);
    return enforced !== undefined && setMs >= Date.parse(enforced.since);
  };
  const noticed = [...marks].map(([rowId, mark]): [string, MarkRow] => {
    // What is gone stays as it is, so that its absence is explained.
    const counts = mark.terminated_at !== undefined || isNotice(rowId, mark);
    return [rowId, counts ? mark : { ...mark, is_no_notice: true }];
  });
  return { ...planning, earlier: { ...planning.earlier, marks: new Map(noticed) } };
}
