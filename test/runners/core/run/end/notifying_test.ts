import assert from "assert";
import { InterruptedError, StoreError, UsageError } from "../../../../../runners/core/errors.ts";
import type { JsonObject } from "../../../../../runners/core/json.ts";
import { createLog } from "../../../../../runners/core/log/log.ts";
import type { Notifier, RunNotice } from "../../../../../runners/core/report/notifier.ts";
import { notifying } from "../../../../../runners/core/run/end/notifying.ts";
import type { VerbResult } from "../../../../../runners/core/run/verb_result.ts";
import { extractMetrics } from "../../log/embedded_metric_format.ts";
import { everybody, ManualClock } from "../../manual_clock.ts";
import { type Came, endedWith } from "./endings.ts";
import { contextOf } from "../run_context.ts";
import { type ScriptedTypes, World } from "../scripted_job.ts";

const PARTLY: Came = { outcomes: ["done", "failed"] };

/** A run with a log that is kept and a notifier that remembers, before others that are given. */
function scene(...others: Notifier[]) {
  const lines: string[] = [];
  const told: RunNotice[] = [];
  const clock = new ManualClock();
  const stop = new AbortController();
  const memory: Notifier = {
    name: "memory",
    send: (notice) => Promise.resolve(void told.push(notice)),
  };
  const context = contextOf({
    world: new World({}),
    path: "",
    clock,
    part: {
      notifiers: () => [...others, memory],
      signal: stop.signal,
      log: createLog({
        write: (line) => void lines.push(line),
        now: () => clock.now(),
        format: "json",
        level: "info",
      }),
    },
  });
  const metrics = () =>
    Object.fromEntries(extractMetrics(lines[0]!).map(({ name, value }) => [name, value]));
  return { context, lines, told, clock, stop, metrics };
}

function ends(came: Came): () => Promise<VerbResult<ScriptedTypes>> {
  return () => Promise.resolve(endedWith(came).result!);
}

/** A notifier that never answers, and never listens to the signal. */
const DEAF: Notifier = { name: "the deaf one", send: () => new Promise(() => {}) };

Deno.test("a run that was done is logged with its figures, and nobody is told", async () => {
  const { context, told, metrics } = scene();
  const { exitCode } = await notifying(context, "report", ends({ outcomes: ["done"] }));
  assert.equal(exitCode, 0);
  assert.deepEqual(told, []);
  assert.deepEqual(metrics(), {
    RegionsPlanned: 1,
    RegionsProven: 1,
    RegionsUnproven: 0,
    Examined: 20,
    ChangesPlanned: 1,
    ChangesDone: 1,
    ChangesFailed: 0,
    ChangesUnknown: 0,
    Refused: 0,
    Failed: 0,
    DurationMs: 0,
  });
});

Deno.test("a run that was done in part tells everybody, with its figures and its time", async () => {
  const { context, told, metrics, clock, lines } = scene();
  const { exitCode } = await notifying(context, "apply", async () => {
    await clock.advance(1_500);
    return endedWith(PARTLY).result!;
  });
  assert.equal(exitCode, 3);
  assert.deepEqual(told.map(({ kind, verb, run_id }) => [kind, verb, run_id]), [
    ["partly", "apply", "run-1"],
  ]);
  assert.equal(told[0]!.slot, "2026-11-20T12:00:00.000Z");
  const { ChangesDone, ChangesFailed, DurationMs } = metrics();
  assert.deepEqual([ChangesDone, ChangesFailed, DurationMs], [1, 1, 1_500]);
  const { job, verb, run_id, exit_code } = JSON.parse(lines[0]!);
  assert.deepEqual([job, verb, run_id, exit_code], ["scripted", "apply", "run-1", 3]);
});

Deno.test("the job's own figures are metrics where it says so", async () => {
  const { context, metrics } = scene();
  const job = {
    ...context.job,
    summary: () => ({ violating: 7, other: 8 }),
    metrics: ({ violating }: JsonObject) => ({ Violating: Number(violating) }),
  };
  await notifying({ ...context, job }, "report", ends({}));
  assert.equal(metrics()["Violating"], 7);
});

for (const thrown of [new StoreError("The store is gone"), new RangeError("far")]) {
  Deno.test(`a run that ends by a ${thrown.name} is told, logged as failed, and thrown on`, async () => {
    const { context, told, metrics } = scene();
    const run = notifying(context, "report", () => Promise.reject(thrown));
    await assert.rejects(run, (error) => error === thrown);
    assert.deepEqual(told.map(({ kind, exit_code }) => [kind, exit_code]), [["failed", 1]]);
    assert.deepEqual(metrics(), { Refused: 0, Failed: 1, DurationMs: 0 });
  });
}

Deno.test("a wrong command line is no run: nothing is told and nothing is logged of it", async () => {
  const { context, told, lines } = scene();
  const run = notifying(context, "apply", () => Promise.reject(new UsageError("say --yes")));
  await assert.rejects(run, UsageError);
  assert.deepEqual([told, lines], [[], []]);
});

Deno.test("a notifier that fails is logged, keeps no other from its notice, and changes no result", async () => {
  const failing: Notifier = {
    name: "the webhook in GROUNDSKEEPER_HOOK",
    send: () => Promise.reject(new Error("it answered with status 500")),
  };
  const { context, told, lines } = scene(failing);
  const { exitCode } = await notifying(context, "apply", ends(PARTLY));
  assert.equal(exitCode, 3);
  assert.equal(told.length, 1);
  const { level, event, error } = JSON.parse(lines[1]!);
  assert.deepEqual([level, event, error.message], [
    "error",
    "The notification could not be sent to the webhook in GROUNDSKEEPER_HOOK",
    "it answered with status 500",
  ]);
});

Deno.test("a notifier that does not answer is given up after ten seconds", async () => {
  const { context, told, lines, clock } = scene(DEAF);
  const run = notifying(context, "apply", ends(PARTLY));
  await everybody();
  assert.deepEqual([told.length, clock.waitingMs], [1, [10_000]]);
  await clock.advance(10_000);
  assert.equal((await run).exitCode, 3);
  assert.match(lines[1]!, /to the deaf one.*there was no answer within 10 seconds/);
});

Deno.test("after a signal there are three seconds, so that the run ends in time", async () => {
  const { context, told, lines, clock, stop } = scene(DEAF);
  stop.abort(new InterruptedError());
  const run = notifying(context, "apply", () => Promise.reject(new InterruptedError()));
  const ended = assert.rejects(run, InterruptedError);
  await everybody();
  assert.deepEqual([told[0]?.error?.code, clock.waitingMs], ["interrupted", [3_000]]);
  await clock.advance(3_000);
  await ended;
  assert.match(lines[1]!, /there was no answer within 3 seconds/);
});

Deno.test("a signal that comes while a notice is sent ends the waiting", async () => {
  const { context, lines, clock, stop } = scene(DEAF);
  const run = notifying(context, "apply", ends(PARTLY));
  await everybody();
  stop.abort(new InterruptedError());
  assert.equal((await run).exitCode, 3);
  assert.deepEqual(clock.waitingMs, []);
  assert.match(lines[1]!, /to the deaf one.*Interrupted by a signal/);
});
