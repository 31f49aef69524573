import assert from "assert";
import { auditWorld, groupsOf } from "../e2e/audit_world.ts";
import { auditKillState } from "./audit_kill_state.ts";
import type { KillSubject, KillWorld } from "./kill_generator.ts";
import type { KillStore, MakeKillStore } from "./kill_store.ts";

/** Marks twelve instances in two regions. */
export const auditKillSubject = (makeStore: MakeKillStore): KillSubject => ({
  job: "audit",
  makeWorld: () => makeWorld(makeStore()),
});

async function makeWorld(store: KillStore): Promise<KillWorld> {
  const world = await auditWorld({
    groups: groupsOf(2, 6),
    accounts: 1,
    ...store.options,
    // A budget for exactly these twelve: one that is spent twice would refuse the second run.
    audit: {
      limits: {
        perRun: { count: 12, percent: 100 },
        perAccount: { count: 12 },
        rollingDay: { count: 12 },
      },
    },
  });
  return {
    proxy: world.aws.proxy,
    apply: (more) => world.run("audit apply --yes", more),
    state: () => auditKillState(world, store),
    assertWhole: async () => {
      const { journal, marks, spent } = await auditKillState(world, store);
      assert.deepEqual(journal.map(({ outcome }) => outcome), Array(12).fill("done"));
      assert.equal(marks.filter(({ agrees }) => agrees).length, 12);
      assert.deepEqual(spent, { "ec2:CreateTags": 12 });
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}
