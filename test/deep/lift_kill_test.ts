import assert from "assert";
import { CreateTagsCommand, EC2Client } from "@aws-sdk/client-ec2";
import type { Hook } from "../aws/faults.ts";
import { clientConfig } from "../aws/seed.ts";
import type { AuditWorld } from "../e2e/audit_world.ts";
import { auditKillState } from "./audit_kill_state.ts";
import { STORES } from "./kill_store.ts";
import { ladderWorld } from "./ladder_kill_world.ts";

const REGION = "us-east-1";
const NAME = "us-east-1/over-protected";

/** Where the run dies between the lift and the termination. */
const DEATHS = [
  { action: "ec2:ModifyInstanceAttribute", kind: "lose-answer", hook: "afterEffect" },
  { action: "ec2:TerminateInstances", kind: "drop", hook: "beforeForward" },
] as const;

const CASES = STORES.flatMap(([where, makeStore]) =>
  DEATHS.map((death) => ({ ...death, where, makeStore }))
);

for (const { action, kind, hook, where, makeStore } of CASES) {
  Deno.test(`with its store in ${where}, a protection that a run has lifted before it died at ${action} is put back where the owner has fixed the tags since`, async () => {
    const store = makeStore();
    await using world = await ladderWorld(store);
    const child = Promise.withResolvers<Deno.ChildProcess>();
    const kill: Hook = async () => (await child.promise).kill("SIGKILL");
    let dead = false;
    world.aws.proxy.onCall((call) => {
      // Not the restoring of another instance's protection.
      const meant = call.action === action &&
        call.parameters["DisableApiTermination.Value"] !== "true";
      if (dead || !meant) return undefined;
      dead = true;
      return { kind, [hook]: kill };
    });
    assert.equal((await world.run("audit apply --yes", { onSpawn: child.resolve })).code, 137);
    const between = await auditKillState(world, store);
    assert.equal(between.instances[NAME]?.isProtected?.termination, false);
    assert.deepEqual(between.lifts.filter((name) => name === NAME), [NAME]);

    await fixTags(world);
    // The protection is put back first; the run after it removes the mark.
    assert.equal((await world.run("audit apply --yes")).code, 0);
    assert.equal((await world.run("audit apply --yes")).code, 0);
    const { instances, lifts, journal, open, unfinished } = await auditKillState(world, store);
    assert.deepEqual([lifts, open, unfinished], [[], 0, []]);
    assert.deepEqual(instances[NAME], {
      state: "stopped",
      tags: { Name: "over-protected", owner: "alice", project: "shop" },
      isProtected: { termination: true, stop: false },
    });
    assert.deepEqual(
      journal.filter(({ target }) => target === NAME)
        .map(({ deed, outcome }) => `${deed} ${outcome}`),
      ["restore done", "terminate failed", "unmark done"],
    );
  });
}

async function fixTags({ aws, accounts: [account = ""], seeded }: AuditWorld): Promise<void> {
  const ec2 = new EC2Client(clientConfig(aws.endpoint, account, REGION));
  const [id = ""] = seeded.instances(account, REGION, "over-protected");
  await ec2.send(
    new CreateTagsCommand({ Resources: [id], Tags: [{ Key: "owner", Value: "alice" }] }),
  );
  ec2.destroy();
}
