import assert from "assert";
import { declaredActions } from "../../runners/core/needs/needs.ts";
import type { Call } from "../aws/call_log.ts";
import { isWrite } from "../aws/is_write.ts";
import type { World } from "../e2e/world.ts";
import { calledActions, runAll } from "./called.ts";
import { SCENES } from "./scene.ts";

/** What roles were asked for, by the parameter of the request. */
const asked = ({ aws }: World, parameter: "RoleArn" | "RoleSessionName") => [
  ...new Set(
    aws.proxy.calls.filter(({ action }: Call) => action === "sts:AssumeRole")
      .map(({ parameters }) => parameters[parameter]?.split("/").at(-1)),
  ),
];

for (const [job, { lives, small, reads, service }] of SCENES) {
  for (const { title, needs: { roles }, elsewhere, live } of lives) {
    Deno.test({
      name: `each role of ${job} calls what it declares, and nothing else, ${title}`,
      // The SDK's sockets outlive what the scene itself sends for a moment.
      sanitizeOps: false,
      sanitizeResources: false,
      fn: async () => {
        await using world = await live();
        const called = calledActions(world, job);
        const unused = new Set(Object.keys(elsewhere));
        assert.deepEqual(Object.keys(called).sort(), Object.keys(roles).sort());
        for (const [name, need] of Object.entries(roles)) {
          const declared = [...declaredActions(need)];
          assert.deepEqual(
            called[name],
            declared.filter((one) => !(one in elsewhere)).sort(),
            name,
          );
          for (const action of declared) unused.delete(action);
        }
        assert.deepEqual([...unused], [], "are declared no more");
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

  Deno.test(`the strict permission set of the service ${job} is enough`, async () => {
    await using world = await service.world();
    const { directory } = world;
    await runAll(world, service.runs(world), {
      entry: "product",
      permissions: [`-P=${job}`, `--allow-write=${directory}/out,${directory}/groundskeeper.db`],
    });
  });
}
