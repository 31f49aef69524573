import assert from "assert";
import type { Call } from "../aws/call_log.ts";
import { isWrite } from "../aws/is_write.ts";
import { tableStore } from "../e2e/store_table.ts";
import type { World } from "../e2e/world.ts";
import { isAllowed } from "../policies/evaluate.ts";
import { eachPermission, eachStatement, unused } from "../policies/permissions.ts";
import { runAll } from "./live.ts";
import { SCENES } from "./scene.ts";
import { seenRoles } from "./seen.ts";

/** What roles were asked for, by the parameter of the request. */
const asked = ({ aws }: World, parameter: "RoleArn" | "RoleSessionName") => [
  ...new Set(
    aws.proxy.calls.filter(({ action }: Call) => action === "sts:AssumeRole")
      .map(({ parameters }) => parameters[parameter]?.split("/").at(-1)),
  ),
];

for (const [job, { lives, small, reads, service }] of SCENES) {
  for (const { store, title, live } of lives) {
    Deno.test({
      name:
        `the policies of ${job} allow all that it calls, and nothing else, ${title}, with a ${store}`,
      // The SDK's sockets outlive what the scene itself sends for a moment.
      sanitizeOps: false,
      sanitizeResources: false,
      fn: async () => {
        await using world = await live(store === "table" ? tableStore() : undefined);
        for (const { key, policy, seen } of await seenRoles(world, job)) {
          assert.deepEqual(seen.filter((one) => !isAllowed(policy, one)), [], key);
          // How the store writes rows is seen over all kinds of run, which is what "home" does.
          const each = key.startsWith("home-") ? eachStatement : eachPermission;
          assert.deepEqual(unused(each(policy), seen), [], key);
        }
      },
    });
  }

  Deno.test(`no verb of ${job} but those that apply asks for a role that writes, or writes in an account`, async () => {
    await using world = await small();
    await runAll(world, reads(world));
    assert.deepEqual(asked(world, "RoleArn"), [`groundskeeper-${job}-observe`]);
    assert.deepEqual(world.aws.proxy.calls.filter(isWrite), []);
  });

  Deno.test(`every role session of ${job} carries the run's id`, async () => {
    await using world = await small();
    const { run_id } = await world.json<{ run_id: string }>(`${job} apply --yes`);
    assert.deepEqual(asked(world, "RoleSessionName"), [`groundskeeper-${job}-${run_id}`]);
  });

  for (const store of [undefined, tableStore()]) {
    const where = store ? "table" : "file";
    Deno.test(`the strict permission set of the service ${job} is enough for a ${where}`, async () => {
      await using world = await service.world(store);
      const { directory } = world;
      const written = [`${directory}/out`, ...(store ? [] : [`${directory}/groundskeeper.db`])];
      await runAll(world, service.runs(world), {
        entry: "product",
        permissions: [`-P=${job}`, `--allow-write=${written.join()}`],
      });
    });
  }
}
