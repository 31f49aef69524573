import assert from "assert";
import { callsBeside, partOf } from "./beside.ts";

const result = (contender: string, cpuMs: number, calls: number) => ({
  contender,
  cpuMs,
  calls,
  wallMs: 0,
  peakMib: 0,
});

Deno.test("a part of another's figure is held against the part that is allowed", () => {
  const other = result("other", 4000, 20);
  assert.deepEqual(partOf(other, result("ours", 1000, 0), "CPU", "cpuMs", 0.25), {
    text: "CPU 0.25 of that of other; wanted: at most 0.25",
    reached: true,
  });
  assert.equal(partOf(other, result("ours", 1001, 0), "CPU", "cpuMs", 0.25).reached, false);
});

Deno.test("calls may be the other's and what each reason adds", () => {
  const other = result("other", 0, 20);
  const onTop = [{ calls: 10, reason: "proofs" }, { calls: 1, reason: "for the caller" }];
  assert.deepEqual(callsBeside(other, result("ours", 0, 31), onTop), {
    text: "31 calls; wanted: at most 31 = 20 of other + 10 proofs + 1 for the caller",
    reached: true,
  });
  assert.equal(callsBeside(other, result("ours", 0, 32), onTop).reached, false);
});
