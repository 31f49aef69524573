import assert from "assert";
import { auditWorld, CANARY, groupsOf, REGIONS } from "../e2e/audit_world.ts";
import { auditKillState } from "./audit_kill_state.ts";
import type { KillSubject, KillWorld } from "./kill_generator.ts";
import type { KillStore, MakeKillStore } from "./kill_store.ts";

/** Makes the canaries of two regions. */
export const canaryKillSubject = (makeStore: MakeKillStore): KillSubject => ({
  job: "audit",
  makeWorld: () => makeWorld(makeStore()),
});

async function makeWorld(store: KillStore): Promise<KillWorld> {
  const world = await auditWorld({
    groups: groupsOf(1, 0),
    accounts: 1,
    ...store.options,
    audit: { canary: CANARY },
  });
  return {
    proxy: world.aws.proxy,
    apply: (more) => world.run("audit canary apply --yes", more),
    state: async () => {
      const { journal, ...state } = await auditKillState(world, store);
      // A run that finds a canary made and running stops it under an entry of its own.
      return { ...state, journal: journal.filter(({ deed }) => deed !== "stop-canary") };
    },
    assertWhole: async () => {
      const { canaries, instances, journal } = await auditKillState(world, store);
      const names = REGIONS.map((region) => `${region}/api-canary-${region}`);
      assert.deepEqual(Object.values(canaries).map(({ canary }) => canary), names);
      assert.deepEqual(names.map((name) => instances[name]?.state), ["stopped", "stopped"]);
      assert.deepEqual(journal.map(({ outcome }) => outcome), ["done", "done"]);
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}
