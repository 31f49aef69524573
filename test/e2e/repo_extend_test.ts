import assert from "assert";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import type { PlanDocument } from "../../runners/core/plan/document.ts";
import type { RunDocument } from "../../runners/core/run/run_document.ts";
import { clientConfig } from "../aws/seed.ts";
import { halfUsed, iamWrites, outcomes, planned, repoWorld, spared } from "./repo_world.ts";

const KEEP_TAG = new URL("../../examples/repo/keep_tag.ts", import.meta.url).pathname;
const STACK = { "aws:cloudformation:stack-name": "web" };

/** A process of its own: the hooks write where it stands, and torn modules are read again. */
const OWN = { entry: "test" } as const;

const HOOKS = `
const told = (what) => Deno.writeTextFileSync("told.jsonl", JSON.stringify(what) + "\\n", { append: true });
export const hooks = [
  { hook: "DURING_REPOABLE_CALCULATION", priority: 1, call: (input) => {
    if (input.role_name === "throws") throw new Error("no evidence today");
    const sqs = input.potentially_repoable_permissions["sqs:sendmessage"];
    if (input.role_name === "hooked" && sqs) sqs.repoable = false;
    return input;
  } },
  { hook: "BEFORE_REPO_ROLES", priority: 1, call: (input) => { told(["before", input]); return input; } },
  { hook: "AFTER_REPO", priority: 1, call: (input) => { told(["after", input.role.role_name ?? input.role, input.errors]); return input; } },
];
`;

Deno.test("filters, hooks and what code manages hold roles back, each with its reason, and hooks are told of what was done", async () => {
  await using world = await repoWorld({
    roles: [
      halfUsed("app"),
      halfUsed("blocked"),
      halfUsed("Blessed"),
      halfUsed("by-code", { tags: STACK }),
      halfUsed("hooked"),
      halfUsed("not-wanted"),
      halfUsed("tagged", { tags: { "hands-off": "yes" } }),
      halfUsed("throws"),
      halfUsed("used-by-lambda", {
        trust: JSON.stringify({
          Version: "2012-10-17",
          Statement: [{
            Effect: "Allow",
            Principal: { Service: "lambda.amazonaws.com" },
            Action: "sts:AssumeRole",
          }],
        }),
      }),
      halfUsed("young", { ageDays: 100 }),
    ],
  });
  const bucket = `lists-${world.accounts[0]}`;
  const list = async (Body: string) => {
    const s3 = new S3Client({
      ...clientConfig(world.aws.endpoint, world.accounts[0]!),
      forcePathStyle: true,
    });
    await s3.send(new CreateBucketCommand({ Bucket: bucket }));
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: "blocklist.json", Body }));
    s3.destroy();
  };
  await list(JSON.stringify({ arns: [world.arn("blessed")], names: {} }));
  await Deno.writeTextFile(`${world.directory}/hooks.js`, HOOKS);
  world.configure({
    filters: ["age", "blocklist", "exclusive", "lambda", KEEP_TAG],
    filterConfig: {
      age: { minimum_age: 200 },
      blocklist: {
        all: ["BLOCKED"],
        blocklist_bucket: { bucket, key: "blocklist.json", account_number: world.accounts[0] },
      },
      exclusive: {
        all: ["app", "b*", "hook?d", "tagged", "throws", "young"],
        [world.accounts[0]!]: ["used-*"],
      },
      keep_tag: { tag: "hands-off" },
    },
    hooks: ["./hooks.js"],
  });

  const plan = await world.json<PlanDocument>("repo plan --out out");
  assert.deepEqual(planned(plan), ["app", "hooked"]);
  assert.deepEqual(spared(plan), {
    Blessed: ["blocklist"],
    blocked: ["blocklist"],
    "by-code": ["managed-by-code"],
    "not-wanted": ["exclusive"],
    tagged: ["keep-tag"],
    throws: ["hook-failed"],
    "used-by-lambda": ["lambda"],
    young: ["age"],
  });
  const diffs = [...Deno.readDirSync(`${world.directory}/out/${world.accounts[0]}`)]
    .map(({ name }) => name).sort();
  assert.deepEqual(diffs, ["app.diff", "by-code.diff", "hooked.diff"]);
  const diff = await Deno.readTextFile(
    `${world.directory}/out/${world.accounts[0]}/by-code.diff`,
  );
  assert.match(diff, /^-.*"ec2:\*"/m);
  const byCode = await world.run(`repo plan --role ${world.arn("by-code")}`);
  assert.match(byCode.stdout, /proposed to lose +827 of 1,007[^]*because +it is managed by code/);

  assert.deepEqual(outcomes(await world.json<RunDocument>("repo apply --yes", OWN)), {
    app: "done",
    hooked: "done",
  });
  assert.deepEqual(
    [...new Set(iamWrites(world).map(({ parameters }) => parameters["RoleName"]))].sort(),
    ["app", "hooked"],
  );
  const { more } = await world.policies("hooked");
  assert.deepEqual(JSON.parse(more!).Statement[0].Action, ["sqs:SendMessage", "s3:Get*"]);
  const told = (await Deno.readTextFile(`${world.directory}/told.jsonl`)).trim().split("\n")
    .map((line) => JSON.parse(line));
  assert.deepEqual(told.map(([what]) => what), ["before", "after", "after"]);
  assert.equal(told[0][1].account_number, world.accounts[0]);
  assert.equal(told[0][1].roles.length, 2);
  assert.deepEqual(told.slice(1).map(([, , errors]) => errors), [[], []]);

  // A filter that cannot be asked ends the run: no role is judged by fewer filters than are named.
  world.aws.proxy.clearCalls();
  await list("{");
  const torn = await world.run("repo plan --json", OWN);
  assert.deepEqual([torn.code, JSON.parse(torn.stdout).error.code], [1, "blocklist"]);
  for (
    const [repo, says] of [
      [
        { filters: ["agee"] },
        /repo\.filters\[0\] is "agee", which is no filter\. Did you mean "age"/,
      ],
      [{ filters: ["./none.ts"] }, /repo\.filters\[0\].*none\.ts/],
      [{ hooks: ["./none.ts"] }, /repo\.hooks\[0\].*none\.ts/],
    ] as const
  ) {
    world.configure(repo);
    const { code, said } = await world.run("repo apply --yes");
    assert.deepEqual([code, says.test(said)], [2, true], said);
  }
  assert.deepEqual(iamWrites(world), []);
});
