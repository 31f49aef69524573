import assert from "assert";
import { UsageError } from "../../../runners/core/errors.ts";
import { Fleet } from "./fleet.ts";
import { anInstance, configOf, DEV } from "./world.ts";

Deno.test("a plan from the future is refused, or it would work for years", async () => {
  await using world = await Fleet.open();
  const config = configOf({ required: [{ key: "owner" }], enforce: { accounts: [DEV] } });
  world.east = [anInstance(1, { created: "2025-01-01T00:00:00.000Z" })];
  const path = `${world.folder}/audit-plan.json`;
  await world.pass(24 * 365);
  await world.plan(config, { options: { outDirectory: world.folder } });
  await world.pass(-24 * 365);
  await assert.rejects(
    world.apply(config, { options: { planFile: path } }),
    (error) => error instanceof UsageError && error.message.includes("still to come"),
  );
});
