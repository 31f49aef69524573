import assert from "assert";
import { GetPolicyCommand, GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { clientConfig } from "../aws/seed.ts";
import { allowing } from "../aws/seed_roles.ts";
import { isWrite } from "../aws/is_write.ts";
import { failWith } from "../aws/faults.ts";
import { declaredActions } from "../../runners/core/needs/needs.ts";
import type { RunDocument } from "../../runners/core/run/run_document.ts";
import { repoSchema } from "../../runners/repo/config.ts";
import { repoNeeds } from "../../runners/repo/needs.ts";
import { type RepoWorld, repoWorld, type RepoWorldOptions } from "./repo_world.ts";

const MANAGED = {
  own: allowing("s3:Get*", "ec2:*"),
  shared: allowing("s3:Get*", "sqs:*"),
};

/** A role with a policy of its own and one that another role has too. */
async function world(part: Partial<RepoWorldOptions> = {}): Promise<RepoWorld> {
  return await repoWorld({
    managed: MANAGED,
    roles: [
      {
        name: "app",
        inline: { main: allowing("s3:Put*", "sns:*"), gone: allowing("sqs:SendMessage") },
        attached: ["own", "shared"],
        uses: { s3: 3, ec2: 200 },
      },
      { name: "other", attached: ["shared"], uses: { sqs: 3 } },
    ],
    ...part,
    repo: { managedPolicies: "apply", ...part.repo },
  });
}

const policyArn = ({ accounts }: RepoWorld, name: string) =>
  `arn:aws:iam::${accounts[0]}:policy/${name}`;

async function asRoot<Got>(at: RepoWorld, work: (iam: IAMClient) => Promise<Got>): Promise<Got> {
  const iam = new IAMClient(clientConfig(at.aws.endpoint, at.accounts[0]!));
  try {
    return await work(iam);
  } finally {
    iam.destroy();
  }
}

const inForce = (at: RepoWorld, name: string) =>
  asRoot(at, async (iam) => {
    const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn: policyArn(at, name) }));
    return Policy?.DefaultVersionId;
  });

const roleNow = (at: RepoWorld) =>
  asRoot(at, async (iam) => (await iam.send(new GetRoleCommand({ RoleName: "app" }))).Role!);

/** What was called under the applying role: what it declares, and all of it. */
const calledToApply = ({ aws }: RepoWorld) =>
  [
    ...new Set(
      aws.proxy.calls.filter(({ principal }) => principal?.includes("/groundskeeper-repo-apply/"))
        .map(({ action }) => action),
    ),
  ].filter((action) => action !== "sts:GetCallerIdentity").sort();

const writes = ({ aws }: RepoWorld) =>
  aws.proxy.calls.filter((call) => call.service === "iam" && isWrite(call))
    .map(({ action }) => action.replace("iam:", ""));

Deno.test("a policy of one role is repoed with proof and stamp, and restored", async () => {
  await using at = await world({ repo: { checkNoNewAccess: true, stamp: "tag" } });
  const plan = await at.run("repo plan");
  assert.equal(plan.code, 0, plan.stderr);
  assert.match(plan.stdout, /managed policy own/);
  assert.match(plan.stdout, /Proof +2 policies to be checked .* about USD 0\.01/s);
  assert.deepEqual(writes(at).filter((action) => !action.startsWith("Generate")), []);

  const run = await at.json<RunDocument>("repo apply --yes");
  assert.deepEqual(
    run.changes.map(({ action, outcome }) => [action, outcome]).sort(),
    [["iam:CreatePolicyVersion", "done"], ["iam:PutRolePolicy", "done"]],
  );
  assert.deepEqual(run.upkeep.map(({ outcome, error }) => [outcome, error]), [["done", null]]);
  assert.equal(await inForce(at, "own"), "v2");
  assert.equal(await inForce(at, "shared"), "v1");
  const stamp = (await roleNow(at)).Tags?.find(({ Key }) => Key === "groundskeeper-repo");
  assert.match(stamp?.Value ?? "", /^gk1\/\d{4}-\d{2}-\d{2}\/\d{3,}$/);
  assert.deepEqual(writes(at).sort(), [
    "CreatePolicyVersion",
    "DeleteRolePolicy",
    "PutRolePolicy",
    "TagRole",
  ]);
  const checks = at.aws.proxy.calls.filter(({ action }) => action.endsWith(":CheckNoNewAccess"));
  assert.equal(checks.length, 2);

  const restore = await at.run(
    `repo apply --yes --restore v1 --policy ${policyArn(at, "own")}`,
  );
  assert.equal(restore.code, 0, restore.stdout + restore.stderr);
  assert.equal(await inForce(at, "own"), "v1");
  const needs = repoNeeds(repoSchema.parse({
    managedPolicies: "apply",
    checkNoNewAccess: true,
    stamp: "tag",
  }));
  assert.deepEqual(calledToApply(at), [...declaredActions(needs.roles["apply"]!)].sort());
});

/** Whether a call is about a policy that names a service. */
const isOf = (service: string, parameters: Readonly<Record<string, string>>) =>
  parameters["existingPolicyDocument"]?.includes(service) ?? false;

Deno.test("what Access Analyzer does not pass is not written, and its role not stamped", async () => {
  await using at = await world({ repo: { checkNoNewAccess: true, stamp: "description" } });
  at.aws.proxy.accessAnalyzer.answerWith(({ existing }) =>
    existing.includes("ec2:*") ? "FAIL" : undefined
  );
  at.aws.proxy.onCall(
    failWith(
      {
        action: "access-analyzer:CheckNoNewAccess",
        where: ({ parameters }) => isOf("sns:", parameters),
      },
      "AccessDeniedException",
    ),
  );
  const ran = await at.run("repo apply --yes --json");
  const run = JSON.parse(ran.stdout) as RunDocument;
  assert.equal(ran.code, 3);
  assert.deepEqual(run.changes.map(({ outcome, error }) => [outcome, error?.code]).sort(), [
    ["failed", "new-access"],
    ["failed", "no-proof"],
  ]);
  assert.deepEqual(run.upkeep.map(({ outcome }) => outcome), ["drifted"]);
  assert.deepEqual(writes(at), []);
});
