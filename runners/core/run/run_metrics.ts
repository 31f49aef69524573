import type { JsonObject } from "../json.ts";
import type { Metrics } from "../log/metrics.ts";
import type { Ending } from "./ending.ts";
import { countOutcomes } from "./run_document.ts";

/**
 * The figures of a run that has ended. One that ended by an error knows no others than that.
 *
 * @param summary the job's own figures, of which `violating` is one where the job has it
 */
export function metricsOf(
  { result, fault }: Ending,
  summary: JsonObject,
  durationMs: number,
): Metrics {
  const always = { Failed: fault ? 1 : 0, DurationMs: Math.round(durationMs) };
  if (!result?.run) return { ...always, Refused: 0 };
  const { coverage, totals, changes, refused } = result.plan;
  const { done, failed, unknown } = countOutcomes(result.run);
  const violating = summary["violating"];
  return {
    ...always,
    RegionsPlanned: coverage.planned,
    RegionsProven: coverage.proven,
    RegionsUnproven: coverage.unproven.length,
    Examined: totals.examined,
    ...(typeof violating === "number" ? { Violating: violating } : {}),
    ChangesPlanned: changes.length,
    ChangesDone: done,
    ChangesFailed: failed,
    ChangesUnknown: unknown,
    Refused: refused ? 1 : 0,
  };
}
