import assert from "assert";
import { CreateTagsCommand } from "@aws-sdk/client-ec2";
import { auditNeeds } from "../../runners/audit/needs.ts";
import { declaredActions } from "../../runners/core/needs/needs.ts";
import { failWith } from "../aws/faults.ts";
import { type AuditWorld, auditWorld, CANARY, groupsOf } from "./audit_world.ts";
import { makeCanaries } from "./canary_world.ts";
import { type LadderWorld, ladderWorld, tally, violators } from "./ladder_world.ts";

/** Actions that everybody may call. */
const FREE = new Set(["sts:GetCallerIdentity"]);

/** What was called under each role, by the access keys that STS gave out. */
function calledActions(world: AuditWorld): Record<string, string[]> {
  const roles = Map.groupBy(
    world.aws.proxy.calls.filter(({ action, principal }) =>
      // What the test itself does is done by the account's root.
      !FREE.has(action) && !principal?.endsWith(`:${world.accounts[0]}:root`)
    ),
    ({ principal }) =>
      /assumed-role\/groundskeeper-audit-(\w+)\//.exec(principal ?? "")?.[1] ?? "home",
  );
  return Object.fromEntries(
    [...roles].map(([role, calls]) => [
      role,
      [...new Set(calls.map(({ action }) => action))].sort(),
    ]),
  );
}

/** Canaries, marks, an unmark, stops and terminations, with every kind of instance and owner. */
async function liveThrough(protection: "respect" | "lift"): Promise<LadderWorld> {
  const world = await ladderWorld({
    groups: [
      ...groupsOf(30, 2),
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
  world.setDay(14.2);
  // One termination fails, so that what was lifted for it is put back.
  world.aws.proxy.onCall(
    failWith({ action: "ec2:TerminateInstances" }, "UnauthorizedOperation", 1),
  );
  await world.apply();
  return world;
}

for (const protection of ["respect", "lift"] as const) {
  Deno.test(`each role calls what it declares, and nothing else, in runs that do all steps and ${protection} protections`, async () => {
    await using world = await liveThrough(protection);
    const called = calledActions(world);
    const { roles } = auditNeeds({ protection });
    const declared = (role: string) => [...declaredActions(roles[role]!)].sort();
    for (const role of ["observe", "apply", "canary"]) {
      assert.deepEqual(called[role], declared(role), role);
    }
    // The rest of what home declares is called where there is an organization, or somebody to tell.
    assert.deepEqual(called["home"], ["sts:AssumeRole"]);
    assert.deepEqual(Object.keys(called).sort(), Object.keys(roles).sort());
  });
}

Deno.test("plan, report, canary plan and explain never ask for a role that writes", async () => {
  await using world = await auditWorld({
    groups: groupsOf(3, 1),
    accounts: 1,
    audit: { canary: CANARY },
  });
  const [id] = world.seeded.instances(world.accounts[0]!, "us-east-1", "batch-0");
  for (const verb of ["plan", "report", "canary plan", `explain ${id}`]) {
    await world.run(`audit ${verb}`);
  }
  const asked = world.aws.proxy.calls.filter(({ action }) => action === "sts:AssumeRole")
    .map(({ parameters }) => parameters["RoleArn"]?.split("/").at(-1));
  assert.deepEqual([...new Set(asked)], ["groundskeeper-audit-observe"]);
});

Deno.test("every role session carries the run's id", async () => {
  await using world = await auditWorld({ groups: groupsOf(3, 1), accounts: 1 });
  const { run_id } = await world.json<{ run_id: string }>("audit apply --yes");
  for (const { parameters, action } of world.aws.proxy.calls) {
    if (action === "sts:AssumeRole") {
      assert.equal(parameters["RoleSessionName"], `groundskeeper-audit-${run_id}`);
    }
  }
});

Deno.test("the strict permission set of the service is enough", async () => {
  await using world = await auditWorld({
    groups: groupsOf(3, 1),
    accounts: 1,
    audit: { canary: CANARY },
  });
  const strict = {
    entry: "product",
    permissions: [
      "-P=audit",
      `--allow-write=${world.directory}/out,${world.directory}/groundskeeper.db`,
    ],
  } as const;
  for (const args of ["audit canary apply --yes", "audit apply --yes"]) {
    const { code, stdout, stderr } = await world.run(args, strict);
    assert.equal(code, 0, stdout + stderr);
    for (const line of stderr.trim().split("\n").filter(Boolean)) JSON.parse(line);
  }
});
