import assert from "assert";
import { createLog } from "../../../../runners/core/log/log.ts";
import { callEventHooks } from "../../../../runners/repo/hooks/tell_hooks.ts";
import { hooksOf } from "../../../../runners/repo/hooks/hook.ts";

const INPUT = { account_number: "111111111111", roles: [], errors: ["one"] };

async function announce(
  calls: readonly ((input: { seen?: string[] }) => unknown)[],
  signal = new AbortController().signal,
): Promise<string[]> {
  const lines: string[] = [];
  const log = createLog({
    write: (line) => lines.push(JSON.parse(line).error.message),
    now: () => new Date(0),
    format: "json",
    level: "warn",
  });
  const hooks = hooksOf([{
    name: "ours",
    path: "./ours.ts",
    exports: {
      hooks: calls.map((call, at) => ({ hook: "AFTER_REPO_ROLES", priority: at, call })),
    },
    permissions: [],
  }]);
  await callEventHooks(hooks, "AFTER_REPO_ROLES", INPUT, { log, signal });
  return lines;
}

Deno.test("a hook that fails is logged, and the next one is handed what it was", async () => {
  const seen: unknown[] = [];
  const lines = await announce([
    () => {
      throw new Error("first");
    },
    () => Promise.reject(new Error("second")),
    () => null,
    (input) => seen.push(input) && input,
  ]);
  assert.deepEqual(lines, [
    "first",
    "second",
    "it answered nothing where it must answer what it was handed",
  ]);
  assert.deepEqual(seen, [INPUT]);
});

Deno.test("each hook is handed what the one before has answered, and what is told stays as it is", async () => {
  const seen: unknown[] = [];
  await announce([
    async (input) => await Promise.resolve(Object.assign(input, { seen: ["a"] })),
    (input) => seen.push(input.seen) && input,
  ]);
  assert.deepEqual(seen, [["a"]]);
  assert.equal("seen" in INPUT, false);
});

Deno.test("a signal cuts the waiting for a hook, and no other is called", async () => {
  const cutting = new AbortController();
  let called = 0;
  const lines = await announce([
    () => {
      queueMicrotask(() => cutting.abort());
      return new Promise(() => {});
    },
    () => called++,
  ], cutting.signal);
  assert.deepEqual(lines, ["the run was cut while it was waited for"]);
  assert.equal(called, 0);
});
