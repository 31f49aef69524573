import type { Ending } from "../../../../../runners/core/run/end/notice.ts";
import { faultOf } from "../../../../../runners/core/errors.ts";
import type { Outcome } from "../../../../../runners/core/journal/entry.ts";
import type { Refusal } from "../../../../../runners/core/limits/limits.ts";
import {
  coverageOf,
  type ReadRegion,
  type UnprovenRegion,
} from "../../../../../runners/core/plan/coverage.ts";
import { plannedOf } from "../../../../../runners/core/plan/document.ts";
import { withOutcomes } from "../../../../../runners/core/run/run_document.ts";
import { exitCodeOfVerb } from "../../../../../runners/core/run/verb_result.ts";
import { changeOf, type ScriptedTypes } from "../scripted_job.ts";

const NOW = new Date("2026-11-20T12:00:00.000Z");
const PLACE = { account: "111111111111", region: "us-east-1" };

/** What a run came to that is to be told of. */
export interface Came {
  readonly unproven?: readonly UnprovenRegion[];
  readonly read?: readonly ReadRegion[];
  readonly refused?: Refusal | null;
  /** One change each. */
  readonly outcomes?: readonly (Outcome | null)[];
  readonly recorded?: boolean;
}

/** The ending of a run that came to its end. */
export function endedWith(
  {
    unproven = [],
    read = [{ ...PLACE, proof: "read" }],
    refused = null,
    outcomes = [],
    recorded = true,
  }: Came,
): Ending<ScriptedTypes> {
  const changes = outcomes.map((_, index) =>
    changeOf(`${PLACE.account}/${PLACE.region}/thing-${index}`, "dirty", NOW)
  );
  const plan = plannedOf<ScriptedTypes>({
    job: "scripted",
    plan: {
      coverage: coverageOf(read, unproven),
      changes,
      ownWrites: [],
      breakers: [],
      spared: [],
      examined: [{ ...PLACE, count: 20 }],
      own: {},
    },
    observedHash: () => "sha256:00",
    configHash: "sha256:01",
    asOf: NOW,
    hypothetical: false,
    refused,
    limits: [],
    pending: [],
  });
  const at = NOW.toISOString();
  const ended = new Map(
    changes.map(({ id }, index) => [id, { outcome: outcomes[index]!, error: null, at: null }]),
  );
  const run = {
    run_id: "run-1",
    slot: at,
    started: at,
    finished: at,
    changes: withOutcomes<ScriptedTypes>(plan.changes, ended),
    ownWrites: [],
    settled: [],
  };
  const exitCode = exitCodeOfVerb(plan, run, recorded);
  return { result: { plan, run, exitCode, written: [], planFile: null }, fault: null };
}

/** The ending of a run that ended by an error. */
export function endedBy(thrown: unknown): Ending<ScriptedTypes> {
  return { result: null, fault: faultOf(thrown), thrown };
}
