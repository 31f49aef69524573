import assert from "assert";
import { halfUsed, repoWorld } from "./repo_world.ts";

const MONTH_MS = 30 * 86_400_000;

/** With a clock that is behind, what is new today would be stored as a month old. */
for (const verb of ["refresh", "schedule"]) {
  for (const [ahead, what] of [[-MONTH_MS, "behind"], [MONTH_MS, "ahead of"]] as const) {
    Deno.test(`a clock that is ${what} AWS's writes nothing down by repo ${verb}`, async () => {
      await using world = await repoWorld({ roles: [halfUsed("app")] });
      const env = { GROUNDSKEEPER_TEST_CLOCK_AHEAD_MS: String(ahead) };
      const { code, said } = await world.run(`repo ${verb}`, { env });
      assert.equal(code, 1, said);
      assert.match(said, /clock is .* (behind|ahead of) AWS's.*Nothing was changed/);
      const { stdout } = await world.run("repo roles --json");
      assert.match(JSON.parse(stdout).error.code, /^(no-store|nothing-stored)$/);
    });
  }
}

Deno.test("what was granted today stays, though a machine whose clock is behind has looked first", async () => {
  await using world = await repoWorld({
    roles: [halfUsed("app")],
    repo: { trustFirstScan: false },
  });
  const env = { GROUNDSKEEPER_TEST_CLOCK_AHEAD_MS: String(-MONTH_MS) };
  for (const verb of ["refresh", "schedule", "report"]) await world.run(`repo ${verb}`, { env });
  const { changes } = await world.json<{ changes: unknown[] }>("repo plan");
  assert.deepEqual(changes, []);
});
