import { counted } from "../../core/cli/words.ts";
import * as z from "zod";
import { MAX_CLOCK_SKEW_MS } from "../../core/clock.ts";
import { durationMs } from "../../core/duration.ts";
import { instantInRow } from "../../core/store/row_kind.ts";
import type { AuditConfig } from "../config.ts";
import { placeRows } from "../place_rows.ts";
import { ruleHash } from "./mark.ts";
import { seenSchema } from "./seen.ts";

/** What earlier runs saw of an instance that broke the rules. */
const sightingSchema = z.object({
  /** When it was first seen breaking these rules, past its grace. */
  first_seen: instantInRow,
  last_seen: instantInRow,
  /** How many runs have seen it so. */
  count: z.int(),
  rule_hash: z.string(),
  /** How many of these runs were far enough apart, and when the last of those was. */
  spaced: z.object({ count: z.int(), at: instantInRow }).exactOptional(),
  /** What the last of them saw of it; absent in rows of 0.3 and before. */
  seen: seenSchema.exactOptional(),
});
export type Sighting = Readonly<z.infer<typeof sightingSchema>>;

/** The sightings, by instance; forgotten when the instance keeps the rules or is gone. */
export const SIGHTINGS = placeRows<Sighting>("audit/sighting", sightingSchema);

/** The sighting after this run, which sees the instance too; for other rules it is the first. */
export function sightedAgain(
  earlier: Sighting | undefined,
  config: AuditConfig,
  now: Date,
): Sighting & Required<Pick<Sighting, "spaced">> {
  const at = now.toISOString();
  const rule_hash = ruleHash(config);
  if (earlier?.rule_hash !== rule_hash || isToCome(earlier, now)) {
    return { first_seen: at, last_seen: at, count: 1, rule_hash, spaced: { count: 1, at } };
  }
  // A row of 0.1.0 says only when it was seen last: that counts as one.
  const { count, at: lastAt } = earlier.spaced ?? { count: 1, at: earlier.last_seen };
  const apart = now.getTime() - Date.parse(lastAt) >= durationMs(config.looks.spacing);
  return {
    ...earlier,
    last_seen: at,
    count: earlier.count + 1,
    spaced: apart ? { count: count + 1, at } : { count, at: lastAt },
  };
}

/** Whether a wrong clock wrote it: two clocks that are right differ by less. */
function isToCome({ last_seen }: Sighting, now: Date): boolean {
  return Date.parse(last_seen) - now.getTime() > 2 * MAX_CLOCK_SKEW_MS;
}

/** The earliest instant of a run that sees it often enough, for a stop or a termination. */
export function onceSeenOftenEnough({ spaced, last_seen }: Sighting, config: AuditConfig): Date {
  const { count, at } = spaced ?? { count: 1, at: last_seen };
  const missing = config.looks.count - count;
  // One that is not seen too seldom is judged with the next sighting, whenever that is.
  return new Date(missing <= 0 ? 0 : Date.parse(at) + missing * durationMs(config.looks.spacing));
}

/** Why it was not seen often enough yet, with this run; undefined where it was. */
export function tooFewSightings(
  earlier: Sighting | undefined,
  config: AuditConfig,
  now: Date,
): string | undefined {
  const seen = sightedAgain(earlier, config, now).spaced.count;
  const { count, spacing } = config.looks;
  return seen < count
    ? `seen ${seen} of ${counted(count, "time")}, at least ${spacing} apart, as audit.looks asks`
    : undefined;
}
