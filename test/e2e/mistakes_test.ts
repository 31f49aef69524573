import assert from "assert";
import type { PlanDocument } from "../../runners/core/plan/document.ts";
import type { RunDocument } from "../../runners/core/run/run_document.ts";
import {
  always,
  failWith,
  type FaultRule,
  once,
  regionNotEnabled,
  throttle,
} from "../aws/faults.ts";
import type { Rewrite } from "../aws/rewrites.ts";
import { emptyAnswer, hideTags } from "../aws/rewrites.ts";
import { type AuditWorld, auditWorld, groupsOf } from "./audit_world.ts";

/** What AWS does wrong in one region, or account, and how the plan speaks of it. */
interface RegionCase {
  readonly name: string;
  readonly fault?: (world: AuditWorld) => FaultRule;
  readonly rewrite?: (world: AuditWorld) => Rewrite;
  readonly page?: { readonly size: number; readonly repeatToken: boolean };
  readonly reason: string;
  readonly detail: RegExp;
}

const WEST = { region: "us-west-2" } as const;
const DESCRIBE = { ...WEST, action: "ec2:DescribeInstances" } as const;

const REGION_CASES: readonly RegionCase[] = [
  {
    name: "a region that is not enabled",
    fault: () => regionNotEnabled("us-west-2"),
    reason: "region-not-enabled",
    detail: /AuthFailure/,
  },
  {
    name: "a region where reading is denied",
    fault: () => failWith(DESCRIBE, "UnauthorizedOperation"),
    reason: "access-denied",
    detail: /UnauthorizedOperation/,
  },
  {
    name: "an empty answer with 200",
    rewrite: () => emptyAnswer(DESCRIBE),
    reason: "empty-answer",
    detail: /lists no instance, DescribeTags has tags of 12/,
  },
  {
    name: "instances without their tags",
    rewrite: () => hideTags(DESCRIBE),
    reason: "tag-sources-disagree",
    detail: /0 of 12 instances have tags, DescribeTags says 12 of the 12/,
  },
  {
    name: "a page token that repeats",
    page: { size: 5, repeatToken: true },
    reason: "incomplete-answer",
    detail: /same page token twice/,
  },
  {
    name: "a body that is cut and still well-formed in length",
    fault: () => always(DESCRIBE, { kind: "truncate", how: "short" }),
    reason: "incomplete-answer",
    detail: /./,
  },
  {
    name: "a body that ends before its length",
    fault: () => always(DESCRIBE, { kind: "truncate", how: "cut" }),
    reason: "incomplete-answer",
    detail: /aborted/,
  },
  {
    name: "an answer without a body",
    fault: () => always(DESCRIBE, { kind: "replace", status: 200, body: "" }),
    reason: "incomplete-answer",
    detail: /./,
  },
  {
    name: "no answer at all",
    fault: () => always(DESCRIBE, { kind: "hang" }),
    reason: "timeout",
    detail: /timed out|Timeout/i,
  },
  {
    name: "throttling that does not end",
    fault: () => throttle(DESCRIBE),
    reason: "throttled",
    detail: /RequestLimitExceeded/,
  },
  {
    name: "a network that refuses",
    fault: () => always(DESCRIBE, { kind: "drop" }),
    reason: "unreachable",
    detail: /socket|ECONNRESET/i,
  },
];

for (const { name, fault, rewrite, page, reason, detail } of REGION_CASES) {
  Deno.test(`${name} is no answer: the region is not proven and nothing is planned there`, async () => {
    await using world = await auditWorld({ groups: groupsOf(10, 2), accounts: 1 });
    const { proxy } = world.aws;
    if (fault) proxy.onCall(fault(world));
    if (rewrite) proxy.rewrite(rewrite(world));
    if (page) proxy.page({ match: DESCRIBE, ...page });
    const ran = await world.run("audit plan --json", {
      env: { GROUNDSKEEPER_TEST_ANSWER_MS: "400" },
    });
    assert.equal(ran.code, 3, ran.stderr);
    const { coverage, changes } = JSON.parse(ran.stdout) as PlanDocument;
    assert.deepEqual(
      coverage.unproven.map((place) => [place.account, place.region, place.reason]),
      [[world.accounts[0], "us-west-2", reason]],
    );
    assert.match(coverage.unproven[0]!.detail, detail);
    assert.deepEqual([coverage.planned, coverage.proven], [2, 1]);
    assert.deepEqual([...new Set(changes.map(({ region }) => region))], ["us-east-1"]);
  });
}

Deno.test("a role that cannot be assumed in one of three accounts is told, and the others are read", async () => {
  await using world = await auditWorld({ groups: groupsOf(4, 1), accounts: 3 });
  const closed = world.accounts[1]!;
  world.aws.proxy.onCall(always({
    action: "sts:AssumeRole",
    where: ({ parameters }) => parameters["RoleArn"]?.includes(closed) ?? false,
  }, { kind: "error", code: "AccessDenied", status: 403 }));
  const { code, stdout } = await world.run("audit plan");
  assert.equal(code, 3);
  const text = stdout.replaceAll(/\s+/g, " ");
  assert.match(text, /Coverage 4 of 6 account-regions proven/);
  assert.match(
    text,
    /Cannot assume role "arn:aws:iam::\d{12}:role\/groundskeeper-audit-observe" \(account account-1\): AccessDenied\. Deploy the member stack/,
  );
  assert.match(text, /1 of 3 accounts is affected/);
});

Deno.test("throttling that ends only slows a run down", async () => {
  await using world = await auditWorld({ groups: groupsOf(4, 1), accounts: 1 });
  world.aws.proxy.onCall(throttle({ service: "ec2" }, 5));
  world.aws.proxy.onCall(throttle({ service: "iam" }, 3));
  world.aws.proxy.onCall(throttle({ action: "sts:AssumeRole" }, 2));
  const { code, stdout } = await world.run("audit apply --yes");
  assert.equal(code, 0, stdout);
  assert.match(stdout, /2 of 2 marked/);
});

Deno.test("IAM users that cannot be listed make rules about them undecided, not broken", async () => {
  await using world = await auditWorld({
    groups: groupsOf(4, 1),
    accounts: 1,
    audit: { required: [{ key: "owner", value: { principal: { users: true } } }] },
  });
  world.aws.proxy.onCall(failWith({ action: "iam:ListUsers" }, "AccessDenied"));
  const ran = await world.run("audit plan --json");
  const plan = JSON.parse(ran.stdout) as PlanDocument;
  assert.equal(ran.code, 3);
  assert.deepEqual(plan.coverage.unproven.map(({ region, reason }) => [region, reason]), [
    ["global", "users-access-denied"],
  ]);
  const spared = Map.groupBy(plan.spared, ({ reason }) => reason);
  assert.equal(spared.get("principals-unread")?.length, 8);
  assert.equal(plan.changes.length, 2);
});

Deno.test("an instance that vanishes between plan and apply is drifted, and the rest is done", async () => {
  await using world = await auditWorld({ groups: groupsOf(4, 2), accounts: 1 });
  const [gone] = world.seeded.instances(world.accounts[0]!, "us-east-1", "batch-0");
  // The second look, seconds before the writes, no longer finds it.
  world.aws.proxy.rewrite({
    appliesTo: ({ action, principal, region }) =>
      action === "ec2:DescribeInstances" && region === "us-east-1" &&
      (principal?.includes("audit-apply") ?? false),
    rewrite: (body) => body.replace(gone!, "i-00000000000000000"),
  });
  const ran = await world.run("audit apply --yes --json");
  const run = JSON.parse(ran.stdout) as RunDocument;
  assert.equal(ran.code, 3);
  const outcomes = Object.fromEntries(
    run.changes.map(({ target, outcome }) => [target.split("/").at(-1), outcome]),
  );
  assert.equal(outcomes[gone!], "drifted");
  assert.deepEqual(Object.values(outcomes).sort(), ["done", "done", "done", "drifted"]);
});

Deno.test("an instance that vanishes under the write is failed, with what AWS said", async () => {
  await using world = await auditWorld({ groups: groupsOf(4, 1), accounts: 1 });
  world.aws.proxy.onCall(once({ action: "ec2:CreateTags" }, {
    kind: "error",
    code: "InvalidInstanceID.NotFound",
    message: "The instance ID does not exist",
  }));
  const ran = await world.run("audit apply --yes --json");
  assert.equal(ran.code, 3);
  const { changes } = JSON.parse(ran.stdout) as RunDocument;
  assert.deepEqual(changes.map(({ outcome }) => outcome).sort(), ["done", "failed"]);
  const failed = changes.find(({ outcome }) => outcome === "failed");
  assert.match(failed!.error!.message, /InvalidInstanceID\.NotFound/);
});

Deno.test("an instance with 50 tags is spared, and said so", async () => {
  const tags = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`tag-${index}`, "x"]));
  await using world = await auditWorld({
    groups: [{ name: "full", ageMinutes: 600, tags }],
    accounts: 1,
  });
  const plan = await world.json<PlanDocument>("audit plan");
  assert.deepEqual(plan.spared.map(({ reason }) => reason), ["tag-limit", "tag-limit"]);
});

Deno.test("a clock that is more than five minutes off applies nothing", async () => {
  await using world = await auditWorld({ groups: groupsOf(4, 1), accounts: 1 });
  world.aws.proxy.setClock(10 * 60_000);
  const { code, said } = await world.run("audit apply --yes");
  assert.equal(code, 1);
  assert.match(said, /clock is (9|10) minutes behind AWS's.*Nothing was changed/);
  assert.ok(world.aws.proxy.calls.every(({ action }) => action !== "ec2:CreateTags"));
});
