import assert from "assert";
import type { PlanDocument } from "../../runners/core/plan/document.ts";
import type { RunDocument } from "../../runners/core/run/run_document.ts";
import { allowing } from "../aws/seed_roles.ts";
import { halfUsed, iamWrites, outcomes, repoWorld, spared } from "./repo_world.ts";

const ORDERS = "arn:aws:sqs:us-east-1:111111111111:orders";

const app = halfUsed("app", {
  inline: {
    main: JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        { Sid: "Queue", Effect: "Allow", Action: ["sqs:*", "s3:Get*"], Resource: ORDERS },
        { Effect: "Allow", Action: "ec2:Describe*", Resource: "*" },
      ],
    }),
  },
});

Deno.test("what was removed comes back action by action, and what a person took only by its run", async () => {
  await using world = await repoWorld({ roles: [app] });
  const role = `${world.accounts[0]}/app`;
  const before = await world.policies("app");
  assert.equal((await world.run("repo apply --yes")).code, 0);
  const removed = await world.policies("app");

  const { code, stdout: text } = await world.run(
    `repo plan --give-back SQS:sendmessage --role ${role}`,
  );
  assert.equal(code, 0, text);
  assert.match(text, /gives back 1 permission as version 1 of [\d-]+ had it: sqs:SendMessage/);
  assert.match(text, /\+ +"Action": \[?"?sqs:SendMessage|sqs:SendMessage/);
  assert.match(text, /groundskeeper repo plan --role \S+ --give-back sqs:SendMessage --out out/);

  const run = await world.json<RunDocument>(
    `repo apply --yes --give-back sqs:SendMessage --role ${role}`,
  );
  assert.deepEqual(outcomes(run), { app: "done" });
  const given = await world.policies("app");
  assert.deepEqual(JSON.parse(given["main"]!).Statement, [
    ...JSON.parse(removed["main"]!).Statement,
    { Effect: "Allow", Action: ["sqs:SendMessage"], Resource: ORDERS },
  ]);

  // A second time there is nothing to do.
  const writes = iamWrites(world).length;
  const again = await world.run(`repo apply --yes --give-back sqs:SendMessage --role ${role}`);
  assert.equal(again.code, 0, again.said);
  assert.match(again.stdout, /sqs:SendMessage is granted already: nothing to do/);
  assert.equal(iamWrites(world).length, writes);

  // A person takes it away: evidence does not give it back.
  const taken = await world.json<RunDocument>(
    `repo apply --yes --remove sqs:SendMessage --role ${role}`,
  );
  const held = await world.run(`repo apply --yes --give-back sqs:SendMessage --role ${role}`);
  assert.equal(held.code, 3, held.said);
  assert.match(held.stdout, /Cannot give back\n\s+because\s+sqs:SendMessage: a person decided/);
  const command = new RegExp(`groundskeeper (repo apply .*--removed-by ${taken.run_id})`);
  const told = held.stdout.replaceAll(/\s+/g, " ");
  assert.match(told, command);
  const back = await world.json<RunDocument>(`${command.exec(told)![1]} --yes`);
  assert.deepEqual(outcomes(back), { app: "done" });
  assert.deepEqual(await world.policies("app"), given);

  // A plan file makes the same change once, and a restore is still possible.
  const { stdout } = await world.run(`repo explain ${role}`);
  assert.match(stdout, /1 permission given back: done/);
  await world.json<RunDocument>(`repo apply --yes --restore 1 --role ${role}`);
  assert.deepEqual(await world.policies("app"), before);
});

Deno.test("a give-back is bound by limits.restore", async () => {
  await using world = await repoWorld({
    roles: [app],
    repo: { limits: { restore: { roles: 0 } } },
  });
  const role = `${world.accounts[0]}/app`;
  assert.equal((await world.run("repo apply --yes")).code, 0);
  const { code, stdout } = await world.run(`repo apply --yes --give-back sqs:* --role ${role}`);
  assert.equal(code, 4, stdout);
  assert.match(stdout, /restore 1 role; repo\.limits\.restore\.roles allows 0/);
  assert.match(stdout, /0 allows none: raise repo\.limits\.restore\.roles in the configuration/);
  assert.doesNotMatch(stdout, /--restore-run|RUN_ID/);
});

Deno.test("a give-back that finds no room is told to wait, and never to take back the complete run", async () => {
  await using world = await repoWorld({
    roles: [app],
    repo: { limits: { restore: { roles: 1 } } },
  });
  const giveBack = `--role ${world.accounts[0]}/app --give-back`;
  assert.equal((await world.run("repo apply --yes")).code, 0);
  assert.equal((await world.run(`repo apply --yes ${giveBack} sqs:SendMessage`)).code, 0);
  const { code, stdout } = await world.run(`repo apply --yes ${giveBack} sqs:GetQueueUrl`);
  assert.equal(code, 4, stdout);
  assert.match(
    stdout.replaceAll(/\s+/g, " "),
    /raise repo\.limits\.restore\.roles in the configuration file, or wait: restores of the last 24/,
  );
  assert.doesNotMatch(stdout, /--restore-run|RUN_ID/);
});

Deno.test("--give-back takes what --deny denied out of that policy, and a Deny of somebody else holds", async () => {
  await using world = await repoWorld({ roles: [app] });
  const role = `${world.accounts[0]}/app`;
  await world.run("repo refresh");
  const before = await world.policies("app");
  const { run_id } = await world.json<RunDocument>(
    `repo apply --yes --remove sqs:SendMessage sqs:PurgeQueue --deny --role ${role}`,
  );
  const asked = `--give-back sqs:SendMessage --role ${role} --removed-by ${run_id}`;
  await world.put("app", "guard", {
    Version: "2012-10-17",
    Statement: [{ Effect: "Deny", Action: ["sqs:S*"], Resource: ["*"] }],
  });
  const plan = await world.json<PlanDocument>(`repo plan ${asked}`);
  assert.deepEqual([plan.changes.length, spared(plan)], [0, { app: ["explicit-deny"] }]);
  await world.put("app", "guard", {
    Version: "2012-10-17",
    Statement: [{ Effect: "Deny", Action: ["kms:S*"], Resource: ["*"] }],
  });
  assert.deepEqual(outcomes(await world.json<RunDocument>(`repo apply --yes ${asked}`)), {
    app: "done",
  });
  const { guard: _guard, "groundskeeper-deny": deny, ...others } = await world.policies("app");
  assert.deepEqual(others, before);
  assert.deepEqual(JSON.parse(deny!).Statement[0].Action, ["sqs:PurgeQueue"]);
});

Deno.test("what was taken from a managed policy comes back by the restore that is told", async () => {
  await using world = await repoWorld({
    roles: [halfUsed("app", { attached: ["own"] })],
    managed: { own: allowing("s3:List*", "sns:*") },
    managedAgeDays: 400,
    repo: { managedPolicies: "apply" },
  });
  const asked = `--give-back sns:Publish --role ${world.accounts[0]}/app`;
  assert.equal((await world.run("repo apply --yes")).code, 0);
  const held = await world.run(`repo plan ${asked}`);
  assert.equal(held.code, 3, held.said);
  assert.match(held.stdout, /sns:Publish: run \w+ took it from the managed policy/);
  const [, command] = /groundskeeper (repo apply --restore v1 --policy \S+)/.exec(held.stdout)!;
  assert.equal((await world.run(`${command} --yes`)).code, 0);
  const again = await world.run(`repo plan ${asked}`);
  assert.equal(again.code, 0, again.said);
  assert.match(again.stdout, /sns:Publish is granted already/);
});

Deno.test("one command is for one role, and for one thing", async () => {
  await using world = await repoWorld({ roles: [app, halfUsed("web")] });
  const account = world.accounts[0];
  for (
    const args of [
      "--give-back sqs:*",
      `--give-back sqs:* --role ${account}/app --role ${account}/web`,
      `--give-back sqs:* --role ${account}/app --scheduled`,
      `--give-back sqs:* --role ${account}/app --restore 1`,
      `--give-back sqs:* --role ${account}/app --remove s3:*`,
      `--give-back sqs --role ${account}/app`,
      `--removed-by 01JD0000000000000000000000 --role ${account}/app`,
    ]
  ) {
    const { code, said } = await world.run(`repo apply --yes ${args}`);
    assert.equal(code, 2, said);
  }
});
