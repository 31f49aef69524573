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

Deno.test("a run is undone by one command, byte for byte, though it has used its limits up", async () => {
  const roles = halfUsedRoles(10);
  const names = roles.map(({ name }) => name);
  await using world = await repoWorld({
    roles: [
      ...roles.slice(0, 8),
      // Texts as people write them come back as IAM kept them.
      halfUsed("app-8", {
        inline: { main: JSON.stringify(allowing("s3:*", "ec2:*"), null, 4) },
      }),
      halfUsed("app-9", { inline: { gone: allowing("sqs:*"), main: allowing("s3:Get*") } }),
    ],
    repo: {
      limits: {
        perRun: { roles: 10 },
        perAccount: { roles: 10 },
        rollingDay: { roles: 10 },
        restore: { roles: 1 },
      },
    },
  });
  const before = await policiesOf(world, names);
  const removal = await world.json<RunDocument>("repo apply --yes");
  assert.equal(removal.changes.filter(({ outcome }) => outcome === "done").length, 10);
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
  assert.match(stdout, /restored 10 of 10 roles/);
  assert.deepEqual(await policiesOf(world, names), before);

  const { stdout: history } = await world.run("repo history");
  assert.match(history.replaceAll(/\s+/g, " "), new RegExp(`undoes run ${removal.run_id}`));

  const writes = iamWrites(world).length;
  const again = await world.run(`repo apply --yes --restore-run ${removal.run_id}`);
  assert.equal(again.code, 0);
  assert.match(again.stdout, /As before that run already: 10 roles\./);
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
  assert.match(
    stdout.replaceAll(/\s+/g, " "),
    new RegExp(
      "edited \\S+ its policies have been changed since that run; it had version 1 before\\. To " +
        "restore that version: groundskeeper repo apply --restore 1 --role \\d+/edited ",
    ),
  );
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

Deno.test("a run is taken back after single actions were given back, unless somebody else wrote between", async () => {
  await using world = await repoWorld({ roles: halfUsedRoles(2) });
  const before = await policiesOf(world, ["app-0", "app-1"]);
  const { run_id } = await world.json<RunDocument>("repo apply --yes");
  await world.put("app-1", "theirs", allowing("sts:AssumeRole"));
  await world.run("repo refresh");
  for (const [name, action] of [["app-0", "sqs:SendMessage"], ["app-1", "sqs:SendMessage"]]) {
    const role = world.arn(name!);
    const { code, said } = await world.run(`repo apply --yes --give-back ${action} --role ${role}`);
    assert.equal(code, 0, said);
  }
  const plan = await world.json<Restore>(`repo plan --restore-run ${run_id}`);
  assert.deepEqual([planned(plan), spared(plan)], [["app-0"], { "app-1": ["changed-since-run"] }]);
  assert.match(
    plan.spared[0]!.detail,
    /also by the restore of run .* --restore 1 --role \d+\/app-1$/,
  );
  await world.run(`repo apply --yes --restore-run ${run_id}`);
  assert.deepEqual(await world.policies("app-0"), before["app-0"]);
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

Deno.test("shares of one restore have one budget, of which two at once never take more", async () => {
  await using world = await repoWorld({ accounts: 2, roles: halfUsedRoles(2) });
  const { run_id } = await world.json<RunDocument>("repo apply --yes");
  world.configure({ limits: { perRun: { roles: 3 }, restore: { roles: 0 } } });
  const writes = iamWrites(world).length;
  const ran = await Promise.all(
    world.accounts.map((id) =>
      world.run(`repo apply --yes --restore-run ${run_id} --account ${id}`)
    ),
  );
  assert.deepEqual(ran.map(({ code }) => code).sort(), [0, 4]);
  assert.equal(iamWrites(world).length, writes + 4);
  // The other share is refused for a day, and one role of it has room.
  const account = world.accounts[ran.findIndex(({ code }) => code === 4)]!;
  const one = `repo apply --yes --restore-run ${run_id} --role ${account}/app-1`;
  assert.equal((await world.run(one)).code, 0);
  assert.equal((await world.run(`repo apply --yes --restore-run ${run_id}`)).code, 4);
});

Deno.test("the restores of two runs share no budget, so that a trial of one role stops neither", async () => {
  await using world = await repoWorld({ roles: halfUsedRoles(4) });
  const limits = { perRun: { roles: 2 }, rollingDay: { roles: 2 }, restore: { roles: 0 } };
  const names = ["app-0", "app-1", "app-2", "app-3"];
  const before = await policiesOf(world, names);
  const removed = async (some: readonly string[]) => {
    const roles = some.map((name) => `--role ${world.arn(name)}`).join(" ");
    return (await world.json<RunDocument>(`repo apply --yes ${roles}`)).run_id;
  };
  const first = await removed(names.slice(0, 2));
  const second = await removed(names.slice(2));
  world.configure({ limits });
  for (const words of [`${first} --role ${world.arn("app-0")}`, first, second]) {
    const { code, stdout } = await world.run(`repo apply --yes --restore-run ${words}`);
    assert.equal(code, 0, stdout);
  }
  assert.deepEqual(await policiesOf(world, names), before);
});

Deno.test("a restore of which others have taken the room is not told to narrow itself", async () => {
  await using world = await repoWorld({ roles: halfUsedRoles(4) });
  const { run_id } = await world.json<RunDocument>("repo apply --yes");
  world.configure({ limits: { perRun: { roles: 2 }, restore: { roles: 5 } } });
  const part = `--role ${world.arn("app-0")}`;
  assert.equal((await world.run(`repo apply --yes --restore-run ${run_id} ${part}`)).code, 0);
  const { code, stdout } = await world.run(`repo apply --yes --restore-run ${run_id}`);
  assert.equal(code, 4);
  assert.match(
    stdout,
    /To restore it, raise repo\.limits\.perRun\.roles in the configuration file, or wait: parts of/,
  );
  assert.doesNotMatch(stdout, /[Nn]arrow/);
});

Deno.test("0 allows no restore of a run, as it allows no removal", async () => {
  await using world = await repoWorld({ roles: halfUsedRoles(1) });
  const { run_id } = await world.json<RunDocument>("repo apply --yes");
  world.configure({ limits: { perRun: { roles: 0 }, restore: { roles: 5 } } });
  const { code, stdout } = await world.run(`repo plan --restore-run ${run_id}`);
  assert.equal(code, 4);
  assert.match(
    stdout,
    /0 allows none: raise repo\.limits\.perRun\.roles in the configuration file/,
  );
});

Deno.test("managed policies, the deny policy and stamps: what comes back is what the run took", async () => {
  await using world = await repoWorld({
    roles: [halfUsed("app", { attached: ["own"] }), halfUsed("web")],
    managed: { own: allowing("s3:Get*", "sqs:*") },
    managedAgeDays: 200,
    repo: { managedPolicies: "apply", stamp: "tag" },
  });
  const arn = `arn:aws:iam::${world.accounts[0]}:policy/own`;
  const inForce = () =>
    world.byHand(async (iam) => {
      const { GetPolicyCommand } = await import("@aws-sdk/client-iam");
      return (await iam.send(new GetPolicyCommand({ PolicyArn: arn }))).Policy?.DefaultVersionId;
    });
  const tagsOf = () =>
    world.byHand(async (iam) => {
      const { ListRoleTagsCommand } = await import("@aws-sdk/client-iam");
      return (await iam.send(new ListRoleTagsCommand({ RoleName: "app" }))).Tags;
    });
  const before = await policiesOf(world, ["app", "web"]);

  const removal = await world.json<RunDocument>("repo apply --yes");
  assert.deepEqual(outcomes(removal), { app: "done", own: "done", web: "done" });
  assert.equal(await inForce(), "v2");
  const stamps = await tagsOf();
  assert.equal(stamps?.length, 1);

  // Since then nobody may write managed policies.
  world.configure({ managedPolicies: "report" });
  const less = await world.json<Restore>(`repo plan --restore-run ${removal.run_id}`);
  assert.deepEqual([planned(less), spared(less)], [["app", "web"], {
    own: ["managed-policies-report"],
  }]);
  world.configure({ managedPolicies: "apply", stamp: "tag" });
  const { stdout } = await world.run(`repo plan --restore-run ${removal.run_id}`);
  assert.match(stdout, /: 2 roles and 1 managed policy in 1 account/);
  const back = await world.json<RunDocument>(`repo apply --yes --restore-run ${removal.run_id}`);
  assert.deepEqual(outcomes(back), { app: "done", own: "done", web: "done" });
  assert.equal(await inForce(), "v1");
  assert.deepEqual(await policiesOf(world, ["app", "web"]), before);
  assert.deepEqual(await tagsOf(), stamps);

  const denial = await world.json<RunDocument>("repo apply --yes --remove s3:Get* --deny");
  assert.ok("groundskeeper-deny" in await world.policies("web"));
  await world.json<RunDocument>(`repo apply --yes --restore-run ${denial.run_id}`);
  assert.deepEqual(await policiesOf(world, ["app", "web"]), before);
});

Deno.test("a role that the run could not change is told, and is nothing to be restored", async () => {
  await using world = await repoWorld({ roles: halfUsedRoles(2) });
  const restore = world.aws.proxy.onCall(({ action, parameters }) =>
    action === "iam:PutRolePolicy" && parameters["RoleName"] === "app-1"
      ? { kind: "error", code: "AccessDenied", status: 403 }
      : undefined
  );
  const { run_id } = await world.json<RunDocument>("repo apply --yes");
  restore();
  const { code, stdout } = await world.run(`repo apply --yes --restore-run ${run_id}`);
  assert.equal(code, 0, stdout);
  assert.match(stdout, /restored 1 of 1 role/);
  assert.match(stdout.replaceAll(/\s+/g, " "), /app-1 account-0 its outcome in that run is failed/);
});

Deno.test("a role that a restore of a run could not write is told to try that again, not to undo it", async () => {
  await using world = await repoWorld({ roles: halfUsedRoles(2) });
  const { run_id } = await world.json<RunDocument>("repo apply --yes");
  world.aws.proxy.onCall(({ action, parameters }) =>
    action === "iam:PutRolePolicy" && parameters["RoleName"] === "app-1"
      ? { kind: "error", code: "AccessDenied", status: 403 }
      : undefined
  );
  const { code, stdout } = await world.run(`repo apply --yes --restore-run ${run_id}`);
  assert.equal(code, 3, stdout);
  assert.match(stdout, /Not done +1 failed/);
  assert.doesNotMatch(stdout, /--restore \d|To make sure that it is as it was before/);
  assert.match(
    stdout,
    new RegExp(`To try the rest again:\\n +groundskeeper repo apply --restore-run ${run_id}\\n`),
  );
});

Deno.test("a run that cannot be taken back is exit code 2, with what to type", async () => {
  await using world = await repoWorld({ accounts: 2, roles: halfUsedRoles(1) });
  const report = await world.json<RunDocument>("repo report");
  const { run_id } = await world.json<RunDocument>("repo apply --yes");
  const [account, other] = world.accounts;
  const restored = await world.json<RunDocument>(
    `repo apply --yes --restore-run ${run_id} --account ${account}`,
  );
  const found = await world.json<{ before: unknown }[]>(`changes --run ${restored.run_id}`);
  assert.equal(found.length, 1);
  const { stdout } = await world.run(`changes --run ${restored.run_id}`);
  assert.doesNotMatch(stdout, /--restore-run/);

  const since = /changes --since \d{4}-\d{2}-\d{2}/;
  const see = (id: string) => new RegExp(`groundskeeper changes --run ${id}`);
  const refused: readonly (readonly [string, RegExp, RegExp])[] = [
    [report.run_id, /has no change of run/, since],
    ["01JD4S8D00Q5WZ3V6Y7X8K9M2N", /it is unknown, or of another job/, since],
    [run_id.slice(0, 25), /is not the ID of a run/, /changes --since YYYY-MM-DD/],
    [restored.run_id, /is a restore itself/, see(restored.run_id)],
    [`${run_id} --role ${account}/nobody`, /did not change \d{12}\/nobody/, see(run_id)],
  ];
  for (const verb of ["plan", "report", "apply --yes"]) {
    for (const [words, says, help] of refused) {
      const { code, said } = await world.run(`repo ${verb} --restore-run ${words}`);
      assert.equal(code, 2, `${words}: ${said}`);
      assert.match(said, says);
      assert.match(said, help);
    }
  }
  world.configure({}, { accounts: [{ id: other, name: "other" }] });
  const half = await world.json<Restore>(`repo plan --restore-run ${run_id}`);
  assert.deepEqual(half.spared.map(({ reason }) => reason), ["account-not-read"]);
  assert.equal(half.changes.length, 1);
  world.configure({}, { accounts: [{ id: "999999999999", name: "new" }] });
  const none = await world.run(`repo plan --restore-run ${run_id}`);
  assert.deepEqual([none.code, /reads none of these accounts/.test(none.said)], [2, true]);
});

Deno.test("a single restore that a limit refuses names the command that restores its run", async () => {
  await using world = await repoWorld({ roles: halfUsedRoles(2) });
  const { run_id } = await world.json<RunDocument>("repo apply --yes");
  const single = `--restore 1 --role ${world.arn("app-0")}`;
  world.configure({ limits: { perRun: { roles: 9 }, restore: { roles: 0 } } });
  const { code, stdout } = await world.run(`repo apply --yes ${single}`);
  assert.equal(code, 4);
  assert.match(stdout, new RegExp(`groundskeeper repo plan --restore-run ${run_id}\\n`));
  const { removed_by } = await world.json<{ removed_by: string }>(`repo plan ${single}`);
  assert.equal(removed_by, run_id);
  // The removals of the day have used up the limit of a run, which is no matter of a restore.
  world.configure({ limits: { perRun: { roles: 2 }, rollingDay: { roles: 2 } } });
  assert.equal((await world.run(`repo apply --yes ${single}`)).code, 0);
});

Deno.test("a snapshot shows what a restore of a run would do, and is never applied", async () => {
  await using world = await repoWorld({ roles: halfUsedRoles(2) });
  const { run_id } = await world.json<RunDocument>("repo apply --yes");
  await world.run("repo plan --save-snapshot seen");
  const plan = await world.json<Restore>(`repo plan --restore-run ${run_id} --snapshot seen`);
  assert.deepEqual([plan.hypothetical, planned(plan)], [true, ["app-0", "app-1"]]);
  await world.run("repo refresh");
  const stored = await world.json<Restore>(`repo plan --restore-run ${run_id} --from-store`);
  assert.deepEqual(planned(stored), ["app-0", "app-1"]);
  const applied = await world.run(`repo apply --yes --restore-run ${run_id} --snapshot seen`);
  assert.equal(applied.code, 2);
});
