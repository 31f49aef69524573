import assert from "assert";
import { InterruptedError } from "../../../runners/core/errors.ts";
import { atOnce, eachInStep, inTurns, type Steps } from "../../../runners/core/steps.ts";
import { ManualClock } from "./manual_clock.ts";

const square = (number: number) => number ** 2;

Deno.test("a calculation in steps comes to the same at once and in turns", async () => {
  const steps = () => eachInStep([1, 2, 3], square);
  assert.deepEqual(atOnce(steps()), [1, 4, 9]);
  const { signal } = new AbortController();
  assert.deepEqual(await inTurns(steps(), { clock: new ManualClock(), signal }), [1, 4, 9]);
});

Deno.test("each item is a step", () => {
  assert.equal(Array.from(eachInStep([1, 2, 3], square)).length, 3);
});

/** Steps of which each takes a second; a signal comes with the first. */
function* slow(clock: ManualClock, stop: AbortController, made: number[]): Steps<number> {
  setTimeout(() => stop.abort(new InterruptedError()), 0);
  for (let step = 0; step < 1000; step++) {
    made.push(step);
    void clock.advance(1000);
    yield;
  }
  return 7;
}

Deno.test("a signal that comes during a calculation ends it before its end", async () => {
  const clock = new ManualClock();
  const stop = new AbortController();
  const made: number[] = [];
  await assert.rejects(
    inTurns(slow(clock, stop, made), { clock, signal: stop.signal }),
    InterruptedError,
  );
  assert.ok(made.length < 1000, `${made.length} steps were made`);
});

Deno.test("a signal that comes during the last step is heard before the result is used", async () => {
  const stop = new AbortController();
  const steps = function* (): Steps<number> {
    setTimeout(() => stop.abort(new InterruptedError()), 0);
    yield;
    return 7;
  };
  const running = { clock: new ManualClock(), signal: stop.signal };
  await assert.rejects(inTurns(steps(), running), InterruptedError);
});
