import assert from "assert";
import { storeSchema } from "../../runners/core/config/organization.ts";
import { declaredActions } from "../../runners/core/needs/needs.ts";
import { MAKES_TABLE, withStore } from "../../runners/core/needs/store.ts";
import type { Call } from "../aws/call_log.ts";
import { isWrite } from "../aws/is_write.ts";
import { tableStore } from "../e2e/store_table.ts";
import type { World } from "../e2e/world.ts";
import { calledActions, runAll } from "./called.ts";
import { type Life, SCENES } from "./scene.ts";

/** What roles were asked for, by the parameter of the request. */
const asked = ({ aws }: World, parameter: "RoleArn" | "RoleSessionName") => [
  ...new Set(
    aws.proxy.calls.filter(({ action }: Call) => action === "sts:AssumeRole")
      .map(({ parameters }) => parameters[parameter]?.split("/").at(-1)),
  ),
];

/** A life with its store in a file, and in a table. */
function withStores(life: Life) {
  return [
    { ...life, store: undefined },
    { ...life, title: `${life.title}, with a table`, store: tableStore() },
  ];
}

/** Only on this machine is the table made by who writes: no role declares that. */
function withoutMaking(called: readonly string[]): string[] {
  const making = ["dynamodb:CreateTable", "dynamodb:UpdateTimeToLive"];
  assert.deepEqual(MAKES_TABLE.map(({ action }) => action), making);
  assert.deepEqual(making.filter((action) => !called.includes(action)), []);
  return called.filter((action) => !making.includes(action));
}

for (const [job, { lives, small, reads, service }] of SCENES) {
  for (const { store, title, needs, elsewhere, live } of lives.flatMap(withStores)) {
    const { roles } = withStore(needs, storeSchema.parse(store ?? {}));
    Deno.test({
      name: `each role of ${job} calls what it declares, and nothing else, ${title}`,
      // The SDK's sockets outlive what the scene itself sends for a moment.
      sanitizeOps: false,
      sanitizeResources: false,
      fn: async () => {
        await using world = await live(store);
        const called = calledActions(world, job);
        if (store) called["home"] = withoutMaking(called["home"]!);
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
