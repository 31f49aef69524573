import assert from "assert";
import { DatabaseSync } from "node:sqlite";
import type { PlanDocument } from "../../runners/core/plan/document.ts";
import type { RunDocument } from "../../runners/core/run/run_document.ts";
import { failWith } from "../aws/faults.ts";
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

const TWICE = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ec2:*",` +
  `"Action":"s3:*","Resource":"*"}]}`;

Deno.test("what cannot be understood or believed is left alone with its reason, and the rest goes on", async () => {
  await using world = await repoWorld({
    roles: [
      halfUsed("app"),
      halfUsed("contradicts", { uses: { ec2: 200 }, lastUsed: 1 }),
      halfUsed("failed"),
      halfUsed("malformed", { inline: { main: TWICE, more: allowing("sqs:*") } }),
      halfUsed("silent"),
      halfUsed("torn"),
    ],
  });
  const [account] = world.accounts as [string];
  const { lastAccessed } = world.aws.proxy;
  const failure = { code: "ServiceFailure", message: "try again" };
  lastAccessed.behave({ account, role: "failed" }, { failure });
  lastAccessed.behave({ account, role: "silent" }, { services: ["s3"] });
  lastAccessed.behave({ account, role: "torn" }, { page: 1 });
  world.aws.proxy.rewrite({
    appliesTo: ({ action }) => action === "iam:GetServiceLastAccessedDetails",
    rewrite: (body) => body.replaceAll(/<Marker>.*?<\/Marker>/g, ""),
  });
  const run = await world.run("repo apply --yes --json");
  const document = JSON.parse(run.stdout) as PlanDocument & RunDocument;
  assert.deepEqual([run.code, outcomes(document)], [0, { app: "done", silent: "done" }]);
  assert.deepEqual(spared(document), {
    contradicts: ["evidence-contradicts"],
    failed: ["evidence-missing"],
    malformed: ["malformed-policy"],
    torn: ["evidence-missing"],
  });
  // Of a service that the report does not list nothing is known; of ec2 it said when.
  const { more } = await world.policies("silent");
  assert.deepEqual(JSON.parse(more!).Statement[0].Action, ["sqs:SendMessage", "s3:Get*"]);
  assert.deepEqual(
    [...new Set(iamWrites(world).map(({ parameters }) => parameters["RoleName"]))].sort(),
    ["app", "silent"],
  );
  // Even by name nothing is removed from a policy that cannot be understood.
  const named = await world.json<PlanDocument>("repo plan --remove ec2:*");
  assert.ok(!planned(named).includes("malformed"));
});

Deno.test("a version that was tampered with never comes back", async () => {
  await using world = await repoWorld({ roles: [halfUsed("app"), halfUsed("web")] });
  await world.run("repo apply --yes");
  const role = (name: string) => `--role ${world.accounts[0]}/${name}`;
  forge(world, '"s3:Get*"', '"iam:*"');
  for (const name of ["app", "web"]) {
    const { code, stdout } = await world.run(`repo apply --yes --json --restore 1 ${role(name)}`);
    const document = JSON.parse(stdout) as PlanDocument;
    assert.deepEqual([code, spared(document)], [3, { [name]: ["version-damaged"] }]);
  }
  const versions = await world.run(`repo versions ${world.arn("app")}`);
  assert.match(versions.stdout, /1 +Scan .* damaged: it is not what was read from AWS/);
  assert.deepEqual(JSON.parse((await world.policies("app"))["more"]!).Statement[0].Action, [
    "s3:Get*",
  ]);
});

/** Changes what the store holds of policies, as somebody with the file does. */
function forge({ directory }: RepoWorld, from: string, to: string): void {
  using database = new DatabaseSync(`${directory}/groundskeeper.db`);
  const escaped = (text: string) => JSON.stringify(text).slice(1, -1);
  const { changes } = database.prepare(
    "update kept_rows set value = replace(value, ?, ?) where kind like 'repo/policies#%'",
  ).run(escaped(from), escaped(to));
  assert.ok(changes > 0);
}

Deno.test("without credentials, with typing errors and with an account that denies, it is said and nothing is touched", async () => {
  await using world = await repoWorld({ accounts: 2, roles: [halfUsed("app")] });
  const none = {
    AWS_ACCESS_KEY_ID: "",
    AWS_SECRET_ACCESS_KEY: "",
    AWS_EC2_METADATA_DISABLED: "true",
  };
  for (const verb of ["plan", "refresh", "schedule"]) {
    const { code, said } = await world.run(`repo ${verb}`, { env: none });
    assert.deepEqual(
      [code, /Cannot find AWS credentials/.test(said)],
      [1, true],
      `${verb}: ${said}`,
    );
  }
  for (
    const [args, says] of [
      ["repo refersh", /refresh/],
      ["repo plan --restor 1", /--restore/],
      ["repo role app", /it does not say the account/],
    ] as const
  ) {
    const { code, said } = await world.run(args);
    assert.deepEqual([code, says.test(said)], [2, true], said);
  }
  world.configure({ minimunAge: "90d" });
  const typo = await world.run("repo apply --yes");
  assert.equal(typo.code, 2);
  assert.match(typo.said, /repo\.minimunAge is not a setting\. Did you mean repo\.minimumAge\?/);
  world.configure({});

  const [, denied] = world.accounts as [string, string];
  await world.run("repo refresh");
  const allow = world.aws.proxy.onCall(failWith({
    action: "iam:GetAccountAuthorizationDetails",
    account: denied,
  }, "AccessDenied"));
  const refreshed = await world.run("repo refresh");
  assert.equal(refreshed.code, 3);
  assert.match(refreshed.stdout, /1 of 2 accounts[^]*Not refreshed[^]*account-1 +AccessDenied/);
  const scheduled = await world.run("repo schedule");
  assert.deepEqual([scheduled.code, /not read +account-1/.test(scheduled.stdout)], [3, true]);
  const run = await world.run("repo apply --yes --json");
  assert.deepEqual([run.code, JSON.parse(run.stdout).changes.length], [3, 1]);
  allow();
  // No role of the account that could not be read counts as deleted.
  const { roles } = await world.json<{ roles: { active: boolean }[] }>("repo roles --inactive");
  assert.deepEqual(roles.map(({ active }) => active), [true, true]);
});

Deno.test("a signal cuts refresh: it is said, and none of the roles is taken for gone", async () => {
  await using world = await repoWorld({ roles: halfUsedRoles(2) });
  await world.run("repo refresh");
  const child = Promise.withResolvers<Deno.ChildProcess>();
  let told = false;
  const end = world.aws.proxy.onCall(async ({ action }) => {
    if (action !== "iam:GetServiceLastAccessedDetails") return undefined;
    // Once: the program may have ended when the second role is asked about.
    if (!told) {
      told = true;
      (await child.promise).kill("SIGTERM");
    }
    return { kind: "hang" };
  });
  const { code, stdout, said } = await world.run("repo refresh", { onSpawn: child.resolve });
  assert.deepEqual([code, stdout], [3, ""], said);
  assert.match(said, /Interrupted by a signal/);
  end();
  const { roles } = await world.json<{ roles: { active: boolean }[] }>("repo roles --inactive");
  assert.deepEqual(roles.map(({ active }) => active), [true, true]);
});

Deno.test("a signal lets the role in flight be finished, and the next run does the rest", async () => {
  await using world = await repoWorld({ roles: halfUsedRoles(3) });
  const child = Promise.withResolvers<Deno.ChildProcess>();
  let writes = 0;
  world.aws.proxy.onCall(async ({ action }) => {
    if (action === "iam:PutRolePolicy" && ++writes === 1) (await child.promise).kill("SIGTERM");
    return undefined;
  });
  const { code, stdout } = await world.run("repo apply --yes --json", {
    // The deadline of a write in flight is a wait, too.
    env: { GROUNDSKEEPER_TEST_WAIT_DIVISOR: "1" },
    onSpawn: child.resolve,
  });
  assert.equal(code, 3);
  assert.deepEqual(Object.values(outcomes(JSON.parse(stdout))).sort(), [
    "done",
    "skipped",
    "skipped",
  ]);
  assert.equal(writes, 2);
  assert.equal((await world.run("repo apply --yes")).code, 0);
  const journal = await world.json<{ outcome: string }[]>("changes");
  assert.deepEqual(journal.map(({ outcome }) => outcome), ["done", "done", "done"]);
  assert.deepEqual((await world.json<PlanDocument>("repo plan")).changes, []);
});
