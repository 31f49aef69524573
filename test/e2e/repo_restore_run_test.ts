import assert from "assert";
import type { PlanDocument } from "../../runners/core/plan/document.ts";
import type { RunDocument } from "../../runners/core/run/run_document.ts";
import type { RestoredRun } from "../../runners/repo/present/names.ts";
import { allowing } from "../aws/seed_roles.ts";
import {
  halfUsed,
  halfUsedRoles,
  iamWrites,
  outcomes,
  planned,
  type RepoWorld,
  repoWorld,
  spared,
} from "./repo_world.ts";

type Restore = PlanDocument & { readonly restore_run: RestoredRun };
type RestoreRun = RunDocument & { readonly restore_run: RestoredRun };

/** The inline policies of all roles that are named. */
async function policiesOf(world: RepoWorld, names: readonly string[]) {
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await world.policies(name)] as const)),
  );
}

Deno.test("a run that changed 50 roles is undone by one command, byte for byte, though it has used its limit up", async () => {
  const roles = halfUsedRoles(50);
  const names = roles.map(({ name }) => name);
  await using world = await repoWorld({
    roles: [
      ...roles.slice(0, 48),
      // Texts as people write them come back as IAM kept them.
      halfUsed("app-48", {
        inline: { main: JSON.stringify(allowing("s3:*", "ec2:*"), null, 4) },
      }),
      halfUsed("app-49", { inline: { gone: allowing("sqs:*"), main: allowing("s3:Get*") } }),
    ],
    repo: {
      limits: {
        perRun: { roles: 50 },
        perAccount: { roles: 50 },
        rollingDay: { roles: 50 },
        restore: { roles: 1 },
      },
    },
  });
  const before = await policiesOf(world, names);
  const removal = await world.json<RunDocument>("repo apply --yes");
  assert.equal(removal.changes.filter(({ outcome }) => outcome === "done").length, 50);
  const { stdout: shown } = await world.run(`changes --run ${removal.run_id}`);
  assert.match(
    shown,
    new RegExp(
      `To undo all of it:\\n +groundskeeper repo apply --restore-run ${removal.run_id}\\n`,
    ),
  );

  const plan = await world.json<Restore>(`repo plan --restore-run ${removal.run_id}`);
  assert.deepEqual(planned(plan), names.toSorted());
  assert.deepEqual([plan.spared, plan.refused], [[], null]);
  assert.deepEqual(plan.restore_run, {
    run_id: removal.run_id,
    changed: names.map((name) => world.arn(name)).sort(),
    restored_already: [],
  });
  assert.equal((plan["asked"] as { restoreRun: string }).restoreRun, removal.run_id);

  const { code, stdout } = await world.run(`repo apply --yes --restore-run ${removal.run_id}`);
  assert.equal(code, 0, stdout);
  assert.match(stdout, /restored 50 of 50 roles/);
  assert.deepEqual(await policiesOf(world, names), before);

  const writes = iamWrites(world).length;
  const again = await world.run(`repo apply --yes --restore-run ${removal.run_id}`);
  assert.equal(again.code, 0);
  assert.match(again.stdout, /As before that run already: 50 roles\./);
  assert.equal(iamWrites(world).length, writes);
});

Deno.test("what somebody has changed since a run is not given back by its restore, nor written over", async () => {
  await using world = await repoWorld({
    roles: ["plain", "edited", "back", "half", "added", "gone", "again"].map((name) =>
      halfUsed(name)
    ),
  });
  const names = ["plain", "edited", "back", "half", "added"];
  const before = await policiesOf(world, names);
  const { run_id } = await world.json<RunDocument>("repo apply --yes");
  const after = await policiesOf(world, names);
  await world.put("edited", "main", allowing("s3:GetObject"));
  for (const [name, text] of Object.entries(before["back"]!)) await world.put("back", name, text);
  await world.put("half", "main", before["half"]!["main"]!);
  await world.put("added", "theirs", allowing("sts:AssumeRole"));
  await world.byHand(async (iam) => {
    const { DeleteRoleCommand, DeleteRolePolicyCommand, CreateRoleCommand, PutRolePolicyCommand } =
      await import("@aws-sdk/client-iam");
    for (const RoleName of ["gone", "again"]) {
      for (const PolicyName of Object.keys(await world.policies(RoleName))) {
        await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
      }
      await iam.send(new DeleteRoleCommand({ RoleName }));
    }
    await iam.send(
      new CreateRoleCommand({
        RoleName: "again",
        AssumeRolePolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [] }),
      }),
    );
    for (const [PolicyName, PolicyDocument] of Object.entries(after["plain"]!)) {
      await iam.send(
        new PutRolePolicyCommand({ RoleName: "again", PolicyName, PolicyDocument }),
      );
    }
  });
  const edited = await policiesOf(world, ["edited", "added", "again"]);

  const result = await world.run(`repo apply --yes --restore-run ${run_id} --json`);
  assert.equal(result.code, 3, result.said);
  const run: RestoreRun = JSON.parse(result.stdout);
  assert.deepEqual(outcomes(run), { plain: "done", half: "done" });
  assert.deepEqual(spared(run as unknown as PlanDocument), {
    added: ["changed-since-run"],
    again: ["recreated"],
    edited: ["changed-since-run"],
    gone: ["role-gone"],
  });
  assert.deepEqual(run.restore_run.restored_already, [world.arn("back")]);
  assert.deepEqual(await policiesOf(world, ["edited", "added", "again"]), edited);
  for (const name of ["plain", "half", "back"]) {
    assert.deepEqual(await world.policies(name), before[name]);
  }
  const { stdout } = await world.run(`repo plan --restore-run ${run_id}`);
  assert.match(stdout, /edited +\S+ +its inline policies have been changed since that run/);
});

Deno.test("a later run stands in the way of restoring an earlier one, until it is taken back itself", async () => {
  await using world = await repoWorld({ roles: halfUsedRoles(2) });
  const before = await policiesOf(world, ["app-0", "app-1"]);
  const first = await world.json<RunDocument>("repo apply --yes");
  const second = await world.json<RunDocument>(
    `repo apply --yes --remove s3:Get* --role ${world.arn("app-0")}`,
  );
  const plan = await world.json<Restore>(`repo plan --restore-run ${first.run_id}`);
  assert.deepEqual(planned(plan), ["app-1"]);
  assert.deepEqual(spared(plan), { "app-0": ["changed-since-run"] });
  assert.match(plan.spared[0]!.detail, new RegExp(second.run_id));
  await world.json<RunDocument>(`repo apply --yes --restore-run ${second.run_id}`);
  await world.json<RunDocument>(`repo apply --yes --restore-run ${first.run_id}`);
  assert.deepEqual(await policiesOf(world, ["app-0", "app-1"]), before);

  // The same removal once more is another run's, even if it leaves the very same policies.
  const third = await world.json<RunDocument>("repo apply --yes --remove ec2:* sqs:*");
  const late = await world.json<Restore>(`repo plan --restore-run ${first.run_id}`);
  assert.deepEqual(planned(late), []);
  assert.match(late.spared[0]!.detail, new RegExp(third.run_id));
});

Deno.test("a restore of a run is bound by the limits of a run, which refuse all of it", async () => {
  await using world = await repoWorld({ roles: halfUsedRoles(3) });
  const { run_id } = await world.json<RunDocument>("repo apply --yes");
  const writes = iamWrites(world).length;
  world.configure({ limits: { perRun: { roles: 2 }, restore: { roles: 50 } } });
  const { code, stdout } = await world.run(`repo apply --yes --restore-run ${run_id}`);
  assert.equal(code, 4);
  assert.match(stdout, /would restore 3 roles; repo\.limits\.perRun\.roles allows 2/);
  assert.match(stdout, /Narrow the restore with --account or --role, or raise/);
  assert.equal(iamWrites(world).length, writes);
});
