import assert from "assert";
import { measure, median } from "./measure.ts";

const ignore = Deno.build.os !== "linux";

function python(code: string, exitCodes: readonly number[] = [0]) {
  return { command: ["python3", "-c", code], cwd: Deno.cwd(), env: {}, exitCodes };
}

// Three processes share 100 MiB; one of them outlives the parent that started it.
const FORKS = `
import os, time
shared = b"x" * (100 << 20)
for first in (True, False):
    if os.fork() == 0:
        if first and os.fork() > 0:
            os._exit(0)
        while time.process_time() < 0.4:
            pass
        os._exit(0)
print(len(shared))
`;

Deno.test("memory that forked workers share counts once, and all their CPU time counts", {
  ignore,
}, async () => {
  const { stdout, cpuMs, peakMib } = await measure(python(FORKS));
  assert.equal(stdout.trim(), String(100 << 20));
  assert.ok(cpuMs >= 800, `${cpuMs} ms`);
  assert.ok(peakMib > 100 && peakMib < 180, `${peakMib} MiB`);
});

Deno.test("a run that failed is no measurement, and says what it said", { ignore }, async () => {
  await assert.rejects(measure(python(`import sys; sys.exit("no such bucket")`)), {
    message: /ended with 1: nothing was measured\. It said: no such bucket/,
  });
});

Deno.test("the median of an even number of values is the mean of the middle two", () => {
  assert.equal(median([5, 1, 3]), 3);
  assert.equal(median([4, 1, 2, 100]), 3);
});
