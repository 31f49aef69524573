import assert from "assert";
import type { RunDocument } from "../../runners/core/run/run_document.ts";
import { failWith } from "../aws/faults.ts";
import type { AuditWorld } from "../e2e/audit_world.ts";
import { jsonOf } from "../e2e/world.ts";
import { auditKillState } from "./audit_kill_state.ts";
import type { KillSubject, KillWorld } from "./kill_generator.ts";
import type { KillStore, MakeKillStore } from "./kill_store.ts";
import { ladderWorld } from "./ladder_kill_world.ts";

/**
 * The undo of a run that has stopped two instances, and has lifted the protection of a third that it
 * could neither terminate nor protect again.
 */
export const undoKillSubject = (makeStore: MakeKillStore): KillSubject => ({
  job: "audit",
  makeWorld: () => makeWorld(makeStore()),
});

// CloudTrail may be asked twice a second.
const env = { GROUNDSKEEPER_TEST_RATE_FACTOR: "1000" };

async function makeWorld(store: KillStore): Promise<KillWorld> {
  const world = await ladderWorld(store);
  const runId = await takenRun(world);
  return {
    proxy: world.aws.proxy,
    apply: (more) => world.run(`audit apply --yes --undo-run ${runId}`, { ...more, env }),
    state: () => auditKillState(world, store),
    assertWhole: async () => {
      const { instances, journal, lifts, spent } = await auditKillState(world, store);
      assert.deepEqual(
        ["due-a", "due-b", "over-protected"].map((name) => {
          const { state, isProtected } = instances[`us-east-1/${name}`]!;
          return [state, isProtected?.termination];
        }),
        [["running", false], ["running", false], ["stopped", true]],
      );
      assert.deepEqual(lifts, []);
      assert.deepEqual(
        journal.filter(({ deed }) => deed === "start" || deed === "restore")
          .map(({ deed, target, outcome }) => `${deed} ${target} ${outcome}`),
        [
          "start us-east-1/due-a done",
          "start us-east-1/due-b done",
          "restore us-east-1/over-protected done",
          "restore us-east-1/spared done",
        ],
      );
      assert.equal(spent["ec2:StartInstances"], 2);
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

/** Makes the run that is to be undone. @returns its ID */
async function takenRun(world: AuditWorld): Promise<string> {
  const { aws: { proxy }, accounts: [account = ""], seeded } = world;
  const [id = ""] = seeded.instances(account, "us-east-1", "over-protected");
  const lifted = { InstanceId: id, "DisableApiTermination.Value": "true" };
  const faults = [
    failWith({ action: "ec2:TerminateInstances" }, "UnauthorizedOperation"),
    failWith(
      { action: "ec2:ModifyInstanceAttribute", parameters: lifted },
      "UnauthorizedOperation",
    ),
  ].map((fault) => proxy.onCall(fault));
  const { run_id }: RunDocument = jsonOf(
    "audit apply",
    await world.run("audit apply --yes --json", { env }),
  );
  for (const end of faults) end();
  proxy.clearCalls();
  return run_id;
}
