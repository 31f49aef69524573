import assert from "assert";
import { systemClock } from "../../../runners/core/clock.ts";

const MINUTE = 60_000;

Deno.test("a signal that was fired before cuts the system clock's wait with its reason", async () => {
  const reason = new Error("stop");
  await assert.rejects(systemClock.wait(MINUTE, AbortSignal.abort(reason)), reason);
});

Deno.test("a signal that fires meanwhile cuts the wait, and no timer is left", async () => {
  const stop = new AbortController();
  const waiting = systemClock.wait(MINUTE, stop.signal);
  const reason = new Error("stop");
  stop.abort(reason);
  await assert.rejects(waiting, reason);
});

Deno.test("a wait that nobody cuts ends, and a later signal finds nothing to cut", async () => {
  const stop = new AbortController();
  await systemClock.wait(0, stop.signal);
  await systemClock.wait(0);
  stop.abort(new Error("too late"));
});

Deno.test("the monotonic clock never runs backwards, and now is the present", () => {
  const before = Date.now();
  const first = systemClock.monotonicMs();
  const now = systemClock.now().getTime();
  assert.ok(systemClock.monotonicMs() >= first);
  assert.ok(before <= now && now <= Date.now());
});
