import assert from "assert";
import { UsageError } from "../../../runners/core/errors.ts";
import { Fleet } from "./fleet.ts";
import { anInstance, configOf, DEV } from "./world.ts";

Deno.test("a plan from the future is refused, or it would work for years", async () => {
  const world = new Fleet();
  const config = configOf({ required: [{ key: "owner" }], enforce: { accounts: [DEV] } });
  world.east = [anInstance(1, { created: "2025-01-01T00:00:00.000Z" })];
  const outDirectory = await Deno.makeTempDir({ prefix: "groundskeeper-plan-" });
  try {
    await world.pass(24 * 365);
    await world.plan(config, { options: { outDirectory } });
    await world.pass(-24 * 365);
    await assert.rejects(
      world.apply(config, { options: { planFile: `${outDirectory}/audit-plan.json` } }),
      (error) => error instanceof UsageError && error.message.includes("still to come"),
    );
  } finally {
    await Deno.remove(outDirectory, { recursive: true });
  }
});
