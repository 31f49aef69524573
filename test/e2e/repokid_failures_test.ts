/** What Repokid gets wrong, with the complete program: `../failures/repokid.ts` lists all of it. */

import { DeleteRolePolicyCommand, IAMClient } from "@aws-sdk/client-iam";
import assert from "assert";
import type { PlanDocument } from "../../runners/core/plan/document.ts";
import type { RunDocument } from "../../runners/core/run/run_document.ts";
import { isWrite } from "../aws/is_write.ts";
import { clientConfig } from "../aws/seed.ts";
import { allowing, type SeedRole } from "../aws/seed_roles.ts";
import { halfUsed, type RepoWorld, repoWorld } from "./repo_world.ts";

const sid = (Sid: string, ...Action: readonly string[]) => ({
  Version: "2012-10-17",
  Statement: [{ Sid, Effect: "Allow", Action, Resource: "*" }],
});

/** The actions that a role's inline policies name, by policy. */
async function actions(world: RepoWorld, role: string, account = 0) {
  return Object.fromEntries(
    Object.entries(await world.policies(role, account)).map(([name, text]) => [
      name,
      [JSON.parse(text).Statement].flat().flatMap(({ Action }) => Action),
    ]),
  );
}

const writes = (world: RepoWorld) =>
  world.aws.proxy.calls.filter((call) => call.service === "iam" && isWrite(call));

Deno.test("a restore leaves what it has put, and takes away what came since", async () => {
  await using world = await repoWorld({ roles: [halfUsed("app")] });
  const before = await world.policies("app");
  await world.run("repo apply --yes");
  assert.deepEqual(await actions(world, "app"), { main: ["s3:*"], more: ["s3:Get*"] });
  await world.put("app", "by-hand", allowing("sns:Publish"));
  const restored = await world.json<RunDocument>(
    `repo apply --yes --restore 1 --role ${world.accounts[0]}/app`,
  );
  assert.deepEqual(restored.changes.map(({ outcome }) => outcome), ["done"]);
  assert.deepEqual(await world.policies("app"), before);
  // Before the only deletion, all puts were made.
  const calls = writes(world).map(({ action }) => action);
  assert.deepEqual(calls.slice(-3), [
    "iam:PutRolePolicy",
    "iam:PutRolePolicy",
    "iam:DeleteRolePolicy",
  ]);
});

Deno.test("what was edited or deleted by hand since the last scan is not written over and does not come back", async () => {
  await using world = await repoWorld({ roles: [halfUsed("edited"), halfUsed("emptied")] });
  await world.run("repo refresh");
  await world.put("edited", "main", allowing("s3:*", "ec2:*", "dynamodb:GetItem"));
  const iam = new IAMClient(clientConfig(world.aws.endpoint, world.accounts[0]!));
  for (const PolicyName of ["main", "more"]) {
    await iam.send(new DeleteRolePolicyCommand({ RoleName: "emptied", PolicyName }));
  }
  iam.destroy();
  world.aws.proxy.clearCalls();
  assert.equal((await world.run("repo apply --yes")).code, 0);
  assert.deepEqual(await actions(world, "edited"), {
    main: ["s3:*", "dynamodb:GetItem"],
    more: ["s3:Get*"],
  });
  assert.deepEqual(await world.policies("emptied"), {});
  assert.deepEqual(
    writes(world).filter(({ parameters }) => parameters["RoleName"] === "emptied"),
    [],
  );
});

Deno.test("a role of the same name in another account is never taken for the one that was named", async () => {
  await using world = await repoWorld({ accounts: 2, roles: [halfUsed("app")] });
  const [here, there] = world.accounts as [string, string];
  const before = await world.policies("app", 1);
  await world.run(`repo refresh --account ${here}`);
  // The store knows one role of this name, and it is not this one.
  const restore = await world.json<RunDocument>(
    `repo apply --yes --restore 1 --role ${there}/app`,
  );
  assert.deepEqual(restore.changes, []);
  await world.run(`repo apply --yes --role ${here}/app`);
  assert.deepEqual(await world.policies("app", 1), before);
  assert.deepEqual(await actions(world, "app"), { main: ["s3:*"], more: ["s3:Get*"] });
});

Deno.test("what is found in any case can be removed in any case, and what was removed is told from what was done", async () => {
  const roles: SeedRole[] = [
    halfUsed("app", { inline: { main: allowing("s3:PutObject*", "s3:GetObject") } }),
    halfUsed("kept", { inline: { main: allowing("s3:PutObjectAcl", "s3:GetObject") } }),
    halfUsed("other", { inline: { main: allowing("s3:GetObject") } }),
  ];
  await using world = await repoWorld({
    roles,
    repo: { filters: ["blocklist"], filterConfig: { blocklist: { all: ["KEPT"] } } },
  });
  await world.run("repo refresh");
  const found = await world.run("repo find S3:PUTOBJECTACL --json");
  await Deno.writeTextFile(`${world.directory}/roles.json`, found.stdout);
  const remove = "--yes --remove S3:putobjectACL --role-file roles.json";
  const run = await world.json<RunDocument>(`repo apply ${remove}`);
  assert.deepEqual(run.changes.map(({ target, outcome }) => [target, outcome]), [
    [world.arn("app"), "done"],
  ]);
  assert.deepEqual((run.changes[0]!.after as { removed: string[] }).removed, ["s3:PutObjectAcl"]);
  const { main: app = [] } = await actions(world, "app");
  assert.ok(app.includes("s3:PutObject") && app.includes("s3:GetObject"), app.join());
  assert.ok(!app.some((pattern: string) => pattern === "s3:PutObject*"), app.join());
  // A filter holds it, unless one says otherwise.
  assert.deepEqual(await actions(world, "kept"), { main: ["s3:PutObjectAcl", "s3:GetObject"] });
  await world.json(`repo apply ${remove} --override-filters`);
  assert.deepEqual(await actions(world, "kept"), { main: ["s3:GetObject"] });
});

Deno.test("what only a NOREPO statement allows is never removable, planned or scheduled", async () => {
  await using world = await repoWorld({
    roles: [halfUsed("app", { inline: { main: sid("NOREPOQueue", "sqs:*", "s3:Get*") } })],
  });
  const plan = await world.json<PlanDocument>("repo plan");
  assert.deepEqual(plan.changes, []);
  const [entry] = plan["roles"] as unknown as { removable: number; permissions: number }[];
  assert.equal(entry!.removable, 0);
  assert.ok(entry!.permissions > 20);
  assert.match((await world.run("repo schedule")).stdout, /^Scheduled nothing|^Nothing/m);
});

Deno.test("a hook that throws after a write loses nothing of it, and the next role is changed too", async () => {
  await using world = await repoWorld({
    roles: [halfUsed("a"), halfUsed("b")],
    repo: { hooks: ["./throws.ts"] },
  });
  await Deno.writeTextFile(
    `${world.directory}/throws.ts`,
    'export const hooks = [{ hook: "AFTER_REPO", priority: 1, call: () => { throw new Error("no"); } }];',
  );
  const run = await world.json<RunDocument>("repo apply --yes");
  assert.deepEqual(run.changes.map(({ outcome }) => outcome), ["done", "done"]);
  const versions = await world.run(`repo versions ${world.accounts[0]}/a`);
  assert.match(versions.stdout, /^ +2 +Repo .*now$/m);
});

Deno.test("a role keeps its path, and apply makes every call that its policy allows and no other", async () => {
  await using world = await repoWorld({
    roles: [halfUsed("app", { path: "/team/web/" }), halfUsed("idle", { uses: {} })],
  });
  const run = await world.json<RunDocument>("repo apply --yes");
  assert.deepEqual(
    run.changes.map(({ target }) => target).filter((target) => target.endsWith("/app")),
    [`arn:aws:iam::${world.accounts[0]}:role/team/web/app`],
  );
  const printed = JSON.parse((await world.run("permissions repo --role apply")).stdout);
  const allowed = printed.Statement.filter(({ Effect }: { Effect: string }) => Effect === "Allow")
    .flatMap(({ Action }: { Action: string[] }) => Action);
  const called = world.aws.proxy.calls
    .filter(({ principal }) => principal?.includes("groundskeeper-repo-apply"))
    .map(({ action }) => action).filter((action) => action.startsWith("iam:"));
  assert.deepEqual([...new Set(called)].sort(), allowed.sort());
});
