import assert from "assert";
import { CreateTagsCommand } from "@aws-sdk/client-ec2";
import { auditNeeds } from "../../runners/audit/needs.ts";
import { failWith } from "../aws/faults.ts";
import { auditWorld, CANARY, groupsOf } from "../e2e/audit_world.ts";
import { makeCanaries } from "../e2e/canary_world.ts";
import { type LadderWorld, ladderWorld, tally, violators } from "../e2e/ladder_world.ts";
import { checkRoles, install, runAll, runRefused } from "./live.ts";
import { configOf } from "../runners/audit/world.ts";
import type { JobScene } from "./scene.ts";

/** Canaries, marks, an unmark, stops and terminations, with every kind of instance and owner. */
async function liveThrough(
  protection: "respect" | "lift",
  store?: Record<string, unknown>,
): Promise<LadderWorld> {
  const world = await ladderWorld({
    ...(store ? { store } : {}),
    proxy: { notesTags: true, services: { ministack: store !== undefined } },
    isHome: true,
    groups: [
      ...groupsOf(20, 2),
      violators("guarded", 1, { protected: "termination" }),
      // Of these nobody knows the owner: the trail is asked, the group, and the stack.
      violators("unknown", 1, { tags: { Name: "unknown" } }),
      violators("fleet", 1, { tags: { Name: "fleet" }, autoScalingGroup: "fleet" }),
      violators("stack", 1, {
        tags: { Name: "stack", "aws:cloudformation:stack-name": "stack" },
      }),
    ],
    audit: {
      canary: CANARY,
      protection,
      required: [{ key: "owner", value: { principal: { users: true } } }, { key: "project" }],
    },
    organization: { regions: "enabled" },
  });
  await install(world, { enforce: { accounts: [world.account], quarantine: "0m" } });
  world.aws.proxy.setRegions({ enabled: ["us-east-1"], notOptedIn: [] });
  // CloudFormation's word for a stack that does not exist, which moto lacks.
  world.aws.proxy.onCall(failWith({ service: "cloudformation" }, "ValidationError"));
  await world.run("audit canary plan");
  await makeCanaries(world);
  await world.apply();
  const Tags = [{ Key: "owner", Value: "alice" }, { Key: "project", Value: "shop" }];
  await world.byHand((client) =>
    client.send(new CreateTagsCommand({ Resources: [...world.ids("batch-0")], Tags }))
  );
  world.setDay(3.1);
  const stopped = await world.apply();
  assert.deepEqual(tally(stopped.run), {
    "ec2:DeleteTags done": 1,
    "ec2:StopInstances done": 4,
  });
  const undo = `--undo-run ${stopped.run.run_id}`;
  await runAll(world, [`audit plan ${undo}`, `audit report ${undo}`]);
  const undone = await world.apply(undo);
  assert.deepEqual(tally(undone.run), { "ec2:StartInstances done": 4 });
  // What was started again is stopped again, and its time begins anew.
  assert.deepEqual(tally((await world.apply()).run), { "ec2:StopInstances done": 4 });
  world.setDay(14.2);
  // One termination fails, so that what was lifted for it is put back.
  world.aws.proxy.onCall(
    failWith({ action: "ec2:TerminateInstances" }, "UnauthorizedOperation", 1),
  );
  await world.apply();
  await runAll(world, ["audit plan", "audit report", "audit history"]);
  await runRefused(world, [
    "audit plan",
    "audit report",
    "audit apply --yes",
    "audit canary apply --yes",
  ]);
  await checkRoles(world, "audit");
  return world;
}

export const scene: JobScene = {
  needs: auditNeeds(configOf({ required: [{ key: "owner" }], protection: "lift" })),
  lives: (["respect", "lift"] as const).map((protection) => ({
    title: `in runs that do all steps and ${protection} protections`,
    store: protection === "lift" ? "table" : "file",
    live: (store) => liveThrough(protection, store),
  })),
  small: () => auditWorld({ groups: groupsOf(3, 1) }),
  reads: ({ accounts }) => [
    "audit plan",
    "audit report",
    "audit canary plan",
    `audit explain ${accounts[0]}/us-east-1`,
  ],
  service: {
    world: (store) =>
      auditWorld({
        groups: groupsOf(3, 1),
        audit: { canary: CANARY },
        ...(store ? { store, proxy: { services: { ministack: true } } } : {}),
      }),
    runs: () => ["audit canary apply --yes", "audit apply --yes"],
  },
};
