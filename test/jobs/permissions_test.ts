import assert from "assert";
import type { Call } from "../aws/call_log.ts";
import { isWrite } from "../aws/is_write.ts";
import { tableStore } from "../e2e/store_table.ts";
import type { World } from "../e2e/world.ts";
import { isAllowed, type Policy, type PolicyRequest } from "../policies/evaluate.ts";
import { withoutOne } from "../policies/mutants.ts";
import { runAll } from "./live.ts";
import { type Life, SCENES } from "./scene.ts";
import { printedPolicies, seenIn } from "./seen.ts";

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

/** What a policy allows and nobody has asked for: without it, all requests are allowed as well. */
function unused(policy: Policy, requests: readonly PolicyRequest[]): string[] {
  return withoutOne(policy).filter(({ permission, policy }) =>
    permission.Effect === "Allow" &&
    requests.every((one) => one.action !== permission.Action || isAllowed(policy, one))
  ).map(({ what }) => what);
}

for (const [job, { lives, small, reads, service }] of SCENES) {
  for (const { store, title, live } of lives.flatMap(withStores)) {
    Deno.test({
      name: `the printed policies of ${job} allow all that it calls, and nothing else, ${title}`,
      // The SDK's sockets outlive what the scene itself sends for a moment.
      sanitizeOps: false,
      sanitizeResources: false,
      fn: async () => {
        await using world = await live(store);
        const printed = await printedPolicies(world, job);
        const seen = await seenIn(world, job, printed);
        assert.deepEqual(seen.filter((one) => !isAllowed(printed[one.role]!, one)), []);
        for (const [role, policy] of Object.entries(printed)) {
          const own = seen.filter((one) => one.role === role);
          assert.deepEqual(unused(policy, own), [], role);
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
