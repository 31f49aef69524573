import assert from "assert";
import {
  createLog,
  errorField,
  type LogLevel,
  type LogOptions,
} from "../../../../runners/core/log/log.ts";

function logged(
  options: Pick<LogOptions, "format" | "level"> & Partial<LogOptions>,
  say: (log: ReturnType<typeof createLog>) => void,
): string[] {
  const lines: string[] = [];
  say(createLog({
    write: (line) => lines.push(line),
    now: () => new Date("2026-11-20T12:00:00.000Z"),
    ...options,
  }));
  return lines;
}

const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

for (const [index, level] of LEVELS.entries()) {
  Deno.test(`at level ${level}, exactly the levels from it on are written`, () => {
    const lines = logged(
      { format: "text", level },
      (log) => LEVELS.forEach((one) => log[one](one)),
    );
    assert.deepEqual(lines, LEVELS.slice(index).map((one) => `${one}\n`));
  });
}

Deno.test("a JSON line holds time, level, event and its fields", () => {
  const lines = logged({ format: "json", level: "info" }, (log) => {
    log.warn("change failed", { account: "111111111111", error: { code: "x" }, left: undefined });
  });
  assert.deepEqual(lines, [
    '{"time":"2026-11-20T12:00:00.000Z","level":"warn","event":"change failed",' +
    '"account":"111111111111","error":{"code":"x"}}\n',
  ]);
});

Deno.test("whatever a field holds, a JSON line stays one line", () => {
  const lines = logged(
    { format: "json", level: "info" },
    (log) => log.info("two\nlines", { name: 'a\r\n"b"\u2028' }),
  );
  assert.equal(lines.join("").split("\n").length, 2);
  assert.equal(JSON.parse(lines[0]!).name, 'a\r\n"b"\u2028');
});

Deno.test("a line for people says the event, the place and what was wrong, no other field", () => {
  const lines = logged({ format: "text", level: "info" }, (log) => {
    log.error("cannot read", {
      account: "111111111111",
      region: "us-east-1",
      change_id: "abc",
      error: { code: "throttled", message: "Rate exceeded" },
    });
    log.info("started", { account: "111111111111" });
    log.info("plain");
  });
  assert.deepEqual(lines, [
    "cannot read   111111111111 us-east-1   Rate exceeded\n",
    "started   111111111111\n",
    "plain\n",
  ]);
});

Deno.test("an error field tells the names and messages of the error and of all its causes", () => {
  const error = new TypeError("outer", {
    cause: new RangeError("middle", { cause: "inner" }),
  });
  assert.deepEqual(errorField(error), {
    name: "TypeError",
    message: "outer",
    cause: {
      name: "RangeError",
      message: "middle",
      cause: { name: "Error", message: "inner" },
    },
  });
});

Deno.test("what a terminal would obey stands in a line for people as an escape", () => {
  const nasty = "\u001b]0;title\u0007\u202e";
  const lines = logged({ format: "text", level: "info" }, (log) => {
    log.warn(`hook ${nasty}`, { region: nasty, error: { message: `denied\n${nasty}` } });
  });
  const shown = "\\u001b]0;title\\u0007\\u202e";
  assert.deepEqual(lines, [`hook ${shown}   ${shown}   denied\\u000a${shown}\n`]);
});

Deno.test("an error field of what is no error has its text", () => {
  assert.deepEqual(errorField(7), { name: "Error", message: "7" });
});
