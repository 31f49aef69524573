import assert from "assert";
import { groupedWarnings } from "../../../../runners/core/log/grouped_warnings.ts";
import type { LogFields } from "../../../../runners/core/log/log.ts";

function scene() {
  const lines: [event: string, fields: LogFields | undefined][] = [];
  const line = (event: string, fields?: LogFields) => void lines.push([event, fields]);
  return { lines, ...groupedWarnings({ debug: line, info: line, warn: line, error: line }) };
}

const denied = (number: number) => (
  {
    account: `account-${number}`,
    region: "us-east-1",
    reason: "access-denied",
    detail: `no ${number}`,
  }
);

Deno.test("what forty places say for one reason is one line, which counts them and names some", () => {
  const { log, lines, flush } = scene();
  for (let number = 1; number <= 40; number++) log.warn("not known", denied(number));
  assert.deepEqual(lines, []);
  flush();
  assert.deepEqual(lines, [[
    "not known in 40 account-regions (access-denied): account-1 us-east-1, account-2 us-east-1, " +
    "account-3 us-east-1, and 37 more",
    { reason: "access-denied", detail: "no 1", count: 40 },
  ]]);
  flush();
  assert.equal(lines.length, 1);
});

Deno.test("what one place says is its line as it was, and reasons and events are not mixed", () => {
  const { log, lines, flush } = scene();
  const throttled = { ...denied(2), reason: "throttled" };
  log.warn("not known", denied(1));
  log.warn("not known", throttled);
  log.warn("something else", denied(1));
  flush();
  assert.deepEqual(lines, [
    ["not known", denied(1)],
    ["not known", throttled],
    ["something else", denied(1)],
  ]);
});

Deno.test("what has no reason, and what is no warning, is written at once", () => {
  const { log, lines } = scene();
  log.warn("the clock is wrong");
  log.error("it failed", { reason: "access-denied" });
  assert.deepEqual(lines.map(([event]) => event), ["the clock is wrong", "it failed"]);
});
