import assert from "assert";
import {
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  type IAMClient,
} from "@aws-sdk/client-iam";
import type { PlanDocument } from "../../runners/core/plan/document.ts";
import type { RunDocument } from "../../runners/core/run/run_document.ts";
import { isWrite } from "../aws/is_write.ts";
import { allowing, trustOf } from "../aws/seed_roles.ts";
import { inProcess } from "./in_process.ts";
import {
  halfUsed,
  halfUsedRoles,
  iamWrites,
  outcomes,
  planned,
  type RepoWorld,
  repoWorld,
} from "./repo_world.ts";

const EDITED = { main: allowing("s3:*", "ec2:*", "sns:Publish"), more: allowing("sqs:*") };

/** Does something when a run asks for the credentials that can write, before it reads again. */
function beforeWrites(world: RepoWorld, work: () => Promise<unknown>): void {
  let done = false;
  world.aws.proxy.onCall(async ({ action, parameters }) => {
    const begins = action === "sts:AssumeRole" && parameters["RoleArn"]?.includes("repo-apply");
    if (done || !begins) return undefined;
    done = true;
    await work();
    return undefined;
  });
}

async function deleteRole(iam: IAMClient, RoleName: string): Promise<void> {
  for (const PolicyName of ["main", "more"]) {
    await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
  }
  await iam.send(new DeleteRoleCommand({ RoleName }));
}

async function recreate(world: RepoWorld, RoleName: string): Promise<void> {
  await world.byHand(async (iam) => {
    await deleteRole(iam, RoleName);
    const AssumeRolePolicyDocument = JSON.stringify(trustOf("ec2.amazonaws.com"));
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  });
  const { main, more } = halfUsed(RoleName).inline!;
  await world.put(RoleName, "main", main!);
  await world.put(RoleName, "more", more!);
}

Deno.test("what changed since the plan looked is left as it is, and the others lose what they should", async () => {
  await using world = await repoWorld({ roles: halfUsedRoles(5) });
  let left: Record<string, string> = {};
  beforeWrites(world, async () => {
    await world.put("app-0", "main", EDITED.main);
    await world.byHand((iam) =>
      iam.send(new DeleteRolePolicyCommand({ RoleName: "app-1", PolicyName: "more" }))
    );
    await recreate(world, "app-2");
    await world.byHand((iam) => deleteRole(iam, "app-3"));
    left = { ...await world.policies("app-0"), ...await world.policies("app-2") };
  });
  const { code, stdout } = await world.run("repo apply --yes --json");
  const run = JSON.parse(stdout) as RunDocument;
  assert.equal(code, 3);
  assert.deepEqual(outcomes(run), {
    "app-0": "drifted",
    "app-1": "drifted",
    "app-2": "drifted",
    "app-3": "drifted",
    "app-4": "done",
  });
  assert.deepEqual(run.changes.map(({ error }) => error?.message), [
    "its inline policies have been changed since the plan was made",
    "its inline policies have been changed since the plan was made",
    "the role was deleted and made again",
    "the role is gone",
    undefined,
  ]);
  assert.deepEqual(
    [
      ...new Set(
        iamWrites(world).filter(({ principal }) => principal?.includes("repo-apply"))
          .map(({ parameters }) => parameters["RoleName"]),
      ),
    ],
    ["app-4"],
  );
  assert.deepEqual(
    { ...await world.policies("app-0"), ...await world.policies("app-2") },
    left,
  );
  assert.equal(JSON.parse(left["main"]!).Statement[0].Action.length, 2);

  // A version of the role before it is none of the role that has its name now.
  const restore = await world.run(`repo apply --yes --restore 1 --role ${world.accounts[0]}/app-2`);
  assert.equal(restore.code, 3);
  assert.match(restore.stdout, /Cannot restore version 1\n {4}because {3}the role was deleted and/);
  const rows = await world.run(`repo plan --restore 1 --role ${world.arn("app-3")}`);
  assert.equal(rows.code, 2);
  assert.match(rows.said, /Cannot find the role "\d{12}\/app-3": there is no such role/);
});

Deno.test("a plan file narrows to what was agreed to, each change works once, and hypothetical ones never", async () => {
  await using world = await repoWorld({ roles: halfUsedRoles(3) });
  await world.run("repo plan --out out");
  await world.put("app-0", "main", EDITED.main);
  const run = await world.run("repo apply --yes --plan out/repo-plan.json --json");
  assert.equal(run.code, 3, run.said);
  assert.deepEqual(outcomes(JSON.parse(run.stdout)), {
    "app-0": "drifted",
    "app-1": "done",
    "app-2": "done",
  });
  const again = await world.run("repo apply --yes --plan out/repo-plan.json --json");
  assert.equal(again.code, 3);
  assert.deepEqual(outcomes(JSON.parse(again.stdout)), {
    "app-0": "drifted",
    "app-1": "skipped",
    "app-2": "skipped",
  });

  world.aws.proxy.clearCalls();
  const stored = await world.json<PlanDocument>("repo plan --from-store --out stored");
  assert.deepEqual([stored.hypothetical, world.aws.proxy.calls.length], [true, 0]);
  assert.deepEqual(planned(stored), ["app-0"]);
  const refused = await world.run("repo apply --yes --plan stored/repo-plan.json");
  assert.equal(refused.code, 2);
  assert.match(refused.said, /hypothetical/);
  for (const option of ["--from-store", "--as-of 2030-01-01T00:00:00Z"]) {
    assert.equal((await world.run(`repo apply --yes ${option}`)).code, 2, option);
  }
  assert.deepEqual(world.aws.proxy.calls.filter(isWrite), []);
});

Deno.test("a plan file is applied role by role, account by account, and by the options it was made with", async () => {
  await using world = await repoWorld({
    roles: [...halfUsedRoles(3), halfUsed("app")],
    accounts: 2,
  });
  await inProcess(world, async (run) => {
    const plan = await run("repo plan --out out");
    assert.equal(plan.code, 0, plan.stderr);
    const apply = async (options: string) => {
      const { code, stdout, stderr } = await run(
        `repo apply --yes --json --plan out/repo-plan.json${options}`,
      );
      if (code === 2) return { code, said: stderr };
      const { changes } = JSON.parse(stdout) as RunDocument;
      const made = changes.filter(({ outcome }) => outcome === "done");
      const rest = changes.filter(({ outcome }) => outcome !== "done");
      return {
        code,
        made: made.map(({ account, target }) =>
          `${world.accounts.indexOf(account)} ${target.split("/")[1]}`
        ),
        rest: [...new Set(rest.map(({ outcome, error }) => `${outcome} ${error?.code}`))].sort(),
      };
    };
    const [first, second] = world.accounts;
    const outside = ["skipped not-asked"];
    const both = ["skipped already-made", "skipped not-asked"];
    await Deno.writeTextFile(`${world.directory}/roles.json`, JSON.stringify([world.arn("app-0")]));
    await Deno.writeTextFile(`${world.directory}/accounts.txt`, `${second}\n`);
    assert.deepEqual(await apply(` --role ${first}/app`), {
      code: 0,
      made: ["0 app"],
      rest: outside,
    });
    assert.deepEqual(await apply(" --role-file roles.json"), {
      code: 0,
      made: ["0 app-0"],
      rest: outside,
    });
    assert.deepEqual(await apply(` --account ${first}`), {
      code: 0,
      made: ["0 app-1", "0 app-2"],
      rest: both,
    });
    assert.deepEqual(await apply(" --accounts-file accounts.txt"), {
      code: 0,
      made: ["1 app", "1 app-0", "1 app-1", "1 app-2"],
      rest: outside,
    });
    for (const options of ["", ` --role ${first}/app`, ` --account ${second}`]) {
      const again = await apply(options);
      assert.equal(again.code, 2, options);
      assert.match(again.said!, /each change of a plan works once/);
    }
    const otherwise = await apply(" --remove s3:Get*");
    assert.equal(otherwise.code, 2);
    assert.match(otherwise.said!, /it was made without --remove 's3:Get\*'\. Plan with the same/);
    await run("repo plan --remove s3:Get* --out removing");
    const evidence = await run("repo apply --yes --plan removing/repo-plan.json");
    assert.equal(evidence.code, 2);
    assert.match(evidence.stderr, /it was made with --remove 's3:Get\*'\. Give the same options/);
  });
  const written = iamWrites(world).filter(({ action }) => action === "iam:PutRolePolicy");
  // Two policies of each role.
  assert.equal(written.length, 16);
});

Deno.test("limits refuse the whole run, removals and restores each, and narrowed runs share one budget", async () => {
  await using world = await repoWorld({
    roles: halfUsedRoles(4),
    repo: { limits: { perRun: { roles: 3 }, restore: { roles: 0 } } },
  });
  const refused = await world.run("repo apply --yes");
  assert.equal(refused.code, 4);
  assert.match(refused.stdout, /repo\.limits\.perRun\.roles allows 3/);
  assert.equal((await world.run("repo plan")).code, 4);
  assert.equal((await world.run("repo apply --yes --max-changes 2")).code, 4);
  const role = (name: string) => `--role ${world.accounts[0]}/${name}`;
  assert.equal((await world.run(`repo apply --yes --max-changes 0 ${role("app-0")}`)).code, 4);
  assert.deepEqual(iamWrites(world), []);

  for (const name of ["app-0", "app-1"]) {
    assert.equal((await world.run(`repo apply --yes ${role(name)}`)).code, 0);
  }
  const both = await world.run(`repo apply --yes ${role("app-2")} ${role("app-3")}`);
  assert.equal(both.code, 4);
  assert.match(
    both.stdout,
    /would change 2 roles.* 2 of (them|it) (is|are)? ?reserved|reserved|allows 3/,
  );
  const restore = await world.run(`repo apply --yes --restore 1 ${role("app-0")}`);
  assert.equal(restore.code, 4);
  assert.match(restore.stdout, /repo\.limits\.restore\.roles allows 0/);
  assert.deepEqual(
    [...new Set(iamWrites(world).map(({ parameters }) => parameters["RoleName"]))],
    ["app-0", "app-1"],
  );
});
