import assert from "assert";
import { countsAs } from "../../../runners/repo/job.ts";
import { type ChangeOf, policiesAfter } from "../../../runners/repo/change/repo_change.ts";
import type { ObservedRole } from "../../../runners/repo/observed.ts";
import type { GivingBack, VersionSource } from "../../../runners/repo/planning.ts";
import { DENY_POLICY, denyText } from "../../../runners/repo/policy/deny_policy.ts";
import { policySize } from "../../../runners/repo/policy/size.ts";
import { FIXED, generated, propertyTest } from "../core/properties.ts";
import { anAccount, aRole } from "./decide/deciding.ts";
import { type Moment, runIdOf, type Texts } from "./give_back_life.ts";
import { GIVE_BACK, versionsOf } from "./give_back_properties.ts";
import { allowing, planned, planningOf, statements } from "./planning_world.ts";
import { partsOf } from "../../../runners/core/parts.ts";

propertyTest(
  GIVE_BACK.name,
  GIVE_BACK.right,
  (givesBack) => GIVE_BACK.holds(givesBack, { ...FIXED, numRuns: generated(400, 60) }),
  GIVE_BACK.mutants,
);

/** The moments of a role: its policies, and who made them; runs are numbered by their moment. */
function past(...said: readonly (readonly [policies: Texts, source?: VersionSource])[]): Moment[] {
  return said.map(([policies, source = "Scan"], at) => ({
    policies,
    source,
    run_id: source === "Scan" || source === "External" ? null : runIdOf(at),
  }));
}

/** Plans to give actions back to a role with a past, which has what was last. */
function givingBack(moments: readonly Moment[], asked: readonly string[], {
  removedBy = null,
  part = {},
  role: ofRole = {},
  managed = {},
}: {
  readonly removedBy?: string | null;
  readonly part?: Partial<GivingBack>;
  readonly role?: Partial<ObservedRole>;
  readonly managed?: Texts;
} = {}) {
  const inline = moments.at(-1)!.policies;
  const arns = Object.keys(managed).map((name) => `arn:aws:iam::111111111111:policy/${name}`);
  const role = aRole({ inline, attached: arns, ...ofRole });
  const planning = planningOf([role], {
    asked: { giveBack: asked, removedBy, roles: [{ account: "111111111111", name: role.name }] },
    earlier: {
      givingBack: {
        role_id: role.roleId,
        versions: versionsOf(moments).map((one) =>
          one.policies!["damaged"] === undefined ? one : { ...one, policies: null }
        ),
        managed: [],
        ...part,
      },
    },
  });
  const account = {
    ...anAccount([role]),
    managed: Object.fromEntries(arns.map((arn, at) => {
      const [name, document] = Object.entries(managed)[at]!;
      return [arn, {
        arn,
        name,
        version: "v1",
        versions: { v1: "2026-01-01T00:00:00.000Z" },
        attachments: 1,
        boundaries: 0,
        document,
      }];
    })),
  };
  const plan = planned({ ...planning, observed: partsOf([account]) });
  const [change] = plan.changes as ChangeOf<"inline">[];
  return {
    plan,
    change,
    after: change ? policiesAfter(change.after) : null,
    reasons: plan.spared.map(({ reason }) => reason),
    details: plan.spared.map(({ detail }) => detail).join("\n"),
    notes: plan.own.roles[0]!.notes.join("\n"),
  };
}

const QUEUE = "arn:aws:sqs:us-east-1:111111111111:orders";
const LOCAL = { Condition: { StringEquals: { "aws:RequestedRegion": "us-east-1" } } };
const before = statements(
  { Sid: "Queue", Action: ["sqs:*", "sns:Publish"], Resource: QUEUE, ...LOCAL },
  { Action: "s3:Get*", Resource: "*" },
);
const kept = statements({ Action: "s3:Get*", Resource: "*" });
const evidence = past([{ app: before }], [{ app: kept }, "Repo"]);

Deno.test("an action comes back alone, with its resource and condition, beside what is there", () => {
  const { change, after, reasons } = givingBack(evidence, ["sqs:SendMessage"]);
  assert.deepEqual(reasons, []);
  assert.deepEqual(JSON.parse(after!["app"]!), {
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Action: "s3:Get*", Resource: "*" },
      { Effect: "Allow", Action: ["sqs:SendMessage"], Resource: QUEUE, ...LOCAL },
    ],
  });
  const { gained, removed, version, kind } = change!.after;
  assert.deepEqual([gained, removed, version, kind], [["sqs:SendMessage"], [], null, "restore"]);
  assert.match(change!.reason, /^gives back 1 permission as version 1 of [\d-]+ had it: sqs:Send/);
  assert.equal(countsAs(change!), "restore", "it draws on limits.restore");
});

Deno.test("a pattern means those of its actions that were removed", () => {
  const { change } = givingBack(
    past(
      [{ app: allowing("sqs:SendMessage", "sqs:GetQueueUrl") }],
      [{ app: allowing("sqs:GetQueueUrl") }, "Repo"],
    ),
    ["sqs:*"],
  );
  assert.deepEqual(change!.after.gained, ["sqs:SendMessage"]);
  assert.match(JSON.stringify(change!.after.policies), /\[\\"sqs:SendMessage\\"\]/);
});

Deno.test("what the role has already is nothing to do, and no refusal", () => {
  const { change, reasons, notes } = givingBack(evidence, ["s3:GetObject"]);
  assert.deepEqual([change, reasons], [undefined, []]);
  assert.match(notes, /s3:GetObject is granted already: nothing to do/);
});

Deno.test("what a person took comes back only with the run that took it, and the complete command is told", () => {
  const named = past([{ app: before }], [{ app: kept }, "ManualPermissionRepo"]);
  const held = givingBack(named, ["sqs:SendMessage", "sns:Publish"]);
  assert.deepEqual([held.change, held.reasons], [undefined, ["removed-by-name"]]);
  assert.ok(
    held.details.endsWith(
      ": groundskeeper repo apply --give-back sns:Publish --give-back sqs:SendMessage " +
        `--role 111111111111/checkout-api --removed-by ${runIdOf(1)}`,
    ),
    held.details,
  );
  const other = givingBack(named, ["sns:Publish"], { removedBy: runIdOf(7) });
  assert.deepEqual([other.change, other.reasons], [undefined, ["removed-by-name"]]);
  const given = givingBack(named, ["sns:Publish"], { removedBy: runIdOf(1) });
  assert.deepEqual(given.change!.after.gained, ["sns:Publish"]);
  const byEvidence = givingBack(evidence, ["sns:Publish"], { removedBy: runIdOf(7) });
  assert.deepEqual(byEvidence.reasons, ["removed-by-another-run"]);
  assert.match(byEvidence.details, /--give-back sns:Publish --role 111111111111\/checkout-api$/);
});

Deno.test("the last removal of an action decides, not the first", () => {
  const [a, b] = [{ app: before }, { app: kept }];
  const reasonsOf = (...sources: readonly VersionSource[]) =>
    givingBack(
      past([a], ...sources.map((source, at) => [at % 2 === 0 ? b : a, source] as const)),
      ["sns:Publish"],
    ).reasons;
  assert.deepEqual(reasonsOf("ManualPermissionRepo", "External", "Repo"), []);
  assert.deepEqual(reasonsOf("Repo", "External", "ManualPermissionRepo"), ["removed-by-name"]);
  assert.deepEqual(reasonsOf("Repo", "External", "External"), ["removed-otherwise"]);
  assert.deepEqual(reasonsOf("Repo", "Restore", "Restore"), ["removed-otherwise"]);
});

Deno.test("what somebody took since the last run is not given back", () => {
  const { reasons, details } = givingBack(past([{ app: before }], [{ app: kept }, "External"]), [
    "sns:Publish",
  ], { part: { versions: versionsOf(past([{ app: before }])) } });
  assert.deepEqual(reasons, ["removed-otherwise"]);
  assert.match(
    details,
    /no stored version says who.*repo apply --restore 1 --role 111111111111\/checkout/,
  );
});

const DENIED = { Effect: "Deny", Action: "sqs:*", Resource: `${QUEUE}-secret` };
const withDeny = statements({ Action: "sqs:*", Resource: "*" }, DENIED);

Deno.test("a version that denied some requests comes back only while that Deny is there", () => {
  const there = givingBack(
    past([{ app: withDeny }], [{ app: statements(DENIED) }, "Repo"]),
    ["sqs:SendMessage"],
  );
  assert.deepEqual(there.change!.after.gained, ["sqs:SendMessage"]);
  assert.match(
    there.notes,
    /A Deny of "app" still holds for what comes back, for the requests that it names/,
  );
  const gone = givingBack(
    past([{ app: withDeny }], [{ app: statements(DENIED) }, "Repo"], [{}, "External"]),
    ["sqs:SendMessage"],
  );
  assert.deepEqual([gone.change, gone.reasons], [undefined, ["deny-is-gone"]]);
});

for (
  const [where, inline, managed] of [
    ["of the role", { guard: statements({ Effect: "Deny", Action: "sqs:*", Resource: "*" }) }, {}],
    ["of a managed policy", {}, {
      guard: statements({ Effect: "Deny", NotAction: "s3:*", Resource: ["*"] }),
    }],
  ] as readonly (readonly [string, Texts, Texts])[]
) {
  Deno.test(`an action that a policy ${where} denies everywhere is not given, and the policy is named`, () => {
    const { change, reasons, details } = givingBack(
      past([{ app: before }], [{ app: kept, ...inline }, "Repo"]),
      ["sqs:SendMessage"],
      { managed },
    );
    assert.deepEqual([change, reasons], [undefined, ["explicit-deny"]]);
    assert.match(details, /the policy "guard" denies it on all resources \(its statement 1\)/);
  });
}

const ALL_QUEUES = "arn:aws:sqs:*:*:*";
for (
  const [what, allowed, deny, isHeld] of [
    ["a Deny on all queues, of an Allow of one", QUEUE, { Resource: ALL_QUEUES }, true],
    ["a Deny on all queues, of an Allow of two", [QUEUE, `${QUEUE}-2`], {
      Resource: ["arn:aws:s3:::x", ALL_QUEUES],
    }, true],
    ["a Deny on one of two queues", [QUEUE, `${QUEUE}-2`], { Resource: QUEUE }, false],
    ["a Deny under a condition", QUEUE, { Resource: ALL_QUEUES, ...LOCAL }, false],
    ["a Deny on all but a queue", QUEUE, { NotResource: `${QUEUE}-2` }, false],
    ["a Deny on a name in another case", QUEUE, {
      Resource: QUEUE.replace("orders", "Orders"),
    }, false],
    ["a Deny with a variable", `${QUEUE}-\${aws:x}`, { Resource: `${QUEUE}-\${*}` }, false],
    // An action without resources is asked for "*".
    ["a Deny on all queues, of an Allow of everything", "*", { Resource: ALL_QUEUES }, false],
  ] as const
) {
  Deno.test(`${what} ${isHeld ? "leaves nothing to give back" : "may leave something"}`, () => {
    const allow = { Action: "sqs:SendMessage", Resource: allowed };
    const other = { Action: "s3:Get*", Resource: "*" };
    const { change, reasons, details, notes } = givingBack(
      past(
        [{ app: statements(allow, other) }],
        [{ app: statements(other) }, "Repo"],
        [{
          app: statements(other),
          guard: statements({ Effect: "Deny", Action: "sqs:*", ...deny }),
        }, "External"],
      ),
      ["sqs:SendMessage"],
    );
    assert.deepEqual([!change, reasons], [isHeld, isHeld ? ["explicit-deny"] : []]);
    assert.match(
      `${details}${notes}`,
      isHeld
        ? /"guard" denies it \(its statement 1\) on all resources for which version 1 allowed it/
        : /A Deny of "guard" still holds for what comes back/,
    );
  });
}

const denied = past(
  [{ app: before }],
  [
    { app: before, [DENY_POLICY]: denyText(["sns:Publish", "sqs:SendMessage"]) },
    "ManualPermissionRepo",
  ],
);

Deno.test("what --deny denied is taken out of that policy, which goes with its last action", () => {
  const held = givingBack(denied, ["sns:Publish"]);
  assert.deepEqual(held.reasons, ["removed-by-name"]);
  const one = givingBack(denied, ["sns:Publish"], { removedBy: runIdOf(1) });
  assert.deepEqual(one.after, { app: before, [DENY_POLICY]: denyText(["sqs:SendMessage"]) });
  assert.match(one.notes, /no longer denies 1 action: what policies of resources/);
  const all = givingBack(denied, ["sns:*", "sqs:*"], { removedBy: runIdOf(1) });
  assert.deepEqual(all.after, { app: before });
  assert.deepEqual(all.change!.after.gained, ["sns:Publish", "sqs:SendMessage"]);
});

const guarded = { app: kept, [DENY_POLICY]: denyText(["sns:Publish"]) };
const [takes, denies] = [runIdOf(1), runIdOf(2)];

/** Who removes the Allow, the moments after that, --removed-by, and why it stays removed. */
const DENIED_SINCE: readonly (readonly [
  what: string,
  first: VersionSource,
  then: readonly (readonly [Texts, VersionSource])[],
  removedBy: string | null,
  reasons: readonly string[],
])[] = [
  ["somebody by hand", "Repo", [[guarded, "External"]], null, ["explicit-deny"]],
  ["somebody by hand, whatever run is named", "Repo", [[guarded, "External"]], takes, [
    "explicit-deny",
  ]],
  ["a restore", "Repo", [[guarded, "Restore"]], null, ["explicit-deny"]],
  ["a run by name", "Repo", [[guarded, "ManualPermissionRepo"]], null, ["removed-by-name"]],
  ["another run by name than is named", "Repo", [[guarded, "ManualPermissionRepo"]], takes, [
    "removed-by-name",
  ]],
  ["the run by name that is named", "Repo", [[guarded, "ManualPermissionRepo"]], denies, []],
  [
    "somebody by hand, after the Deny of a run was deleted",
    "Repo",
    [
      [guarded, "ManualPermissionRepo"],
      [{ app: kept }, "External"],
      [guarded, "External"],
    ],
    denies,
    ["explicit-deny"],
  ],
  [
    "a run by name, and other policies were changed since",
    "Repo",
    [
      [guarded, "ManualPermissionRepo"],
      [{ ...guarded, more: kept }, "External"],
    ],
    denies,
    [],
  ],
  ["two runs by name", "ManualPermissionRepo", [[guarded, "ManualPermissionRepo"]], takes, [
    "removed-by-name",
  ]],
  [
    "two runs by name, the second one named",
    "ManualPermissionRepo",
    [
      [guarded, "ManualPermissionRepo"],
    ],
    denies,
    ["removed-by-name"],
  ],
];

for (const [what, first, then, removedBy, reasons] of DENIED_SINCE) {
  Deno.test(`an action that was removed and then denied by ${what}: ${reasons[0] ?? "given"}`, () => {
    const moments = past([{ app: before }], [{ app: kept }, first], ...then);
    const made = givingBack(moments, ["sns:Publish"], { removedBy });
    assert.deepEqual(made.reasons, reasons);
    assert.equal(made.after?.[DENY_POLICY], undefined);
    assert.equal(made.change === undefined, reasons.length > 0);
  });
}

Deno.test("a Deny that no version has yet is somebody's, and the reason names what to do", () => {
  const moments = past([{ app: before }], [{ app: kept }, "Repo"], [guarded, "External"]);
  const unseen = givingBack(moments, ["sns:Publish"], {
    part: { versions: versionsOf(moments.slice(0, 2)) },
  });
  assert.deepEqual([unseen.change, unseen.reasons], [undefined, ["explicit-deny"]]);
  assert.match(unseen.details, /"groundskeeper-deny" denies it .* no stored version says who/);
  const { details } = givingBack(moments, ["sns:Publish"]);
  assert.match(
    details,
    /since version 3 of [\d-]+, which is by somebody else\. Take it out of that/,
  );
});

Deno.test("a denied action does not come back wider than it was, because its Allow was widened since", () => {
  const { change, reasons, details } = givingBack(
    [
      ...denied,
      ...past([{ ...denied[1]!.policies, app: allowing("sns:*", "sqs:*") }, "External"]),
    ],
    ["sns:Publish"],
    { removedBy: runIdOf(1) },
  );
  assert.deepEqual([change, reasons], [undefined, ["allowed-otherwise"]]);
  assert.match(details, /"app" now allows it for other resources or conditions than version 1/);
});

Deno.test("a policy that was deleted comes back with what is given alone; one that has changed keeps its text", () => {
  const gone = givingBack(past([{ app: before }], [{}, "Repo"]), ["sns:Publish"]);
  assert.deepEqual(JSON.parse(gone.after!["app"]!).Statement, [
    { Effect: "Allow", Action: ["sns:Publish"], Resource: QUEUE, ...LOCAL },
  ]);
  const other = JSON.stringify(
    { Version: "2012-10-17", Statement: { Effect: "Allow", Action: "kms:Sign", Resource: "*" } },
    null,
    4,
  );
  const { after } = givingBack(
    past([{ app: before }], [{ app: kept }, "Repo"], [{ app: other, odd: kept }, "External"]),
    ["sns:Publish"],
  );
  assert.equal(after!["odd"], kept);
  assert.deepEqual(JSON.parse(after!["app"]!).Statement.length, 2);
  assert.ok(after!["app"]!.includes('{\n        "Effect": "Allow",\n        "Action": "kms:Sign"'));
});

Deno.test("a NotAction gives the asked action alone, a NotResource keeps its meaning, and numbers their digits", () => {
  const text = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":"iam:*",' +
    `"NotResource":"${QUEUE}","Condition":{"NumericLessThan":{"s3:max-keys":12345678901234567890}}}]}`;
  const { after } = givingBack(past([{ app: text }], [{}, "Repo"]), ["sns:Publish"]);
  assert.match(after!["app"]!, /"max-keys|s3:max-keys":\s?12345678901234567890/);
  const [given] = JSON.parse(after!["app"]!).Statement;
  assert.deepEqual([given.Action, given.NotResource], [["sns:Publish"], QUEUE]);
});

Deno.test("a policy variable does not become a text of its own in a policy without a version", () => {
  const own = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "sqs:*", Resource: "arn:aws:sqs:*:*:${aws:username}" }],
  });
  const old = JSON.stringify({
    Statement: [{ Effect: "Allow", Action: "s3:Get*", Resource: "*" }],
  });
  const { reasons } = givingBack(
    past([{ app: own }], [{}, "Repo"], [{ app: old }, "External"]),
    ["sqs:SendMessage"],
  );
  assert.deepEqual(reasons, ["policy-differs"]);
});

Deno.test("many actions are written as patterns that match no other, and more than fits is refused", () => {
  const ec2 = past([{ app: allowing("ec2:*") }], [{}, "Repo"]);
  const all = givingBack(ec2, ["ec2:*"]);
  const text = all.after!["app"]!;
  assert.ok(policySize([text]) <= 10_240);
  assert.deepEqual(JSON.parse(text).Statement[0].Action, ["ec2:*"]);
  const most = givingBack(
    past([{ app: allowing("ec2:*") }], [{ app: allowing("ec2:RunInstances") }, "Repo"]),
    ["ec2:*"],
  );
  assert.deepEqual(most.reasons, []);
  assert.ok(!most.change!.after.gained.includes("ec2:RunInstances"));
  const full = allowing(...Array.from({ length: 400 }, (_, at) => `ec2:Filler${at}Operation`));
  const names = all.change!.after.gained.slice(0, 40);
  const refused = givingBack(past([{ app: allowing("ec2:*"), full }], [{ full }, "Repo"]), names);
  assert.deepEqual(refused.reasons, ["size-limit"]);
  assert.ok(!refused.change, "a name is no reason to write a pattern");
  assert.match(refused.details, /IAM allows 10240\. Ask for fewer actions/);
});

Deno.test("a version of which nothing is known gives nothing, and takes nothing for granted", () => {
  const lost = givingBack(
    past([{ app: before }], [{ damaged: "" }, "External"], [{ app: kept }, "Repo"]),
    ["sns:Publish"],
  );
  assert.deepEqual(lost.reasons, ["version-damaged"]);
  const odd = givingBack(
    past([{ app: before }], [{ app: "{}" }, "External"], [{ app: kept }, "Repo"]),
    ["sns:Publish"],
  );
  assert.deepEqual(odd.reasons, ["version-damaged"]);
  const never = givingBack(evidence, ["kms:Sign", "kms:Decr*", "kms:Sing"]);
  assert.deepEqual(never.reasons, ["nothing-to-give-back"]);
  assert.match(never.details, /kms:Sign, kms:Sing, (and )?kms:Decr\*|kms:Decr\*/);
  assert.match(never.notes, /does not know kms:Sing \(did you mean kms:Sign\?\)/);
});

Deno.test("a role that was made again, one that is protected, and one that cannot be read get nothing", () => {
  const asked = ["sns:Publish"];
  assert.deepEqual(
    givingBack(evidence, asked, { part: { role_id: "AROAOTHER" } }).reasons,
    ["recreated"],
  );
  assert.deepEqual(
    givingBack(evidence, asked, { role: { name: "groundskeeper-repo-apply" } }).reasons,
    ["groundskeeper"],
  );
  assert.deepEqual(
    givingBack(past([{ app: before }], [{ app: kept, odd: "{}" }, "Repo"]), asked).reasons,
    ["malformed-policy"],
  );
});

Deno.test("what was taken from a managed policy is told with the restore of its version", () => {
  const policy = "arn:aws:iam::111111111111:policy/own";
  const managed = [{ policy, version: "v3", run_id: runIdOf(5), actions: ["kms:Sign"] }];
  const { reasons, details } = givingBack(evidence, ["kms:*"], { part: { managed } });
  assert.deepEqual(reasons, ["removed-from-managed-policy"]);
  assert.ok(details.endsWith(`groundskeeper repo apply --restore v3 --policy ${policy}`), details);
  const again = givingBack(evidence, ["kms:Sign"], {
    part: { managed },
    managed: { own: allowing("kms:Sign") },
  });
  assert.deepEqual(again.reasons, []);
  assert.match(again.notes, /kms:Sign is granted already/);
});

Deno.test("a name that no catalogue knows comes back if a version named it", () => {
  const { change } = givingBack(
    past(
      [{ app: allowing("newsvc:DoThing", "sqs:*") }],
      [{ app: allowing("sqs:*") }, "ManualPermissionRepo"],
    ),
    ["newsvc:*"],
    { removedBy: runIdOf(1) },
  );
  assert.deepEqual(change!.after.gained, ["newsvc:DoThing"]);
});

Deno.test("statements of one action go to one policy, in which they mean the same", () => {
  const variable = "arn:aws:sqs:*:*:${aws:username}";
  const text = (Version: string | undefined, ...Statement: readonly unknown[]) =>
    JSON.stringify({ ...Version === undefined ? {} : { Version }, Statement });
  const plain = { Effect: "Allow", Action: "sqs:*", Resource: QUEUE };
  const own = { Effect: "Allow", Action: "sqs:*", Resource: variable };
  const both = givingBack(
    past([{ old: text(undefined, plain), own: text("2012-10-17", own) }], [{}, "Repo"]),
    ["sqs:SendMessage"],
  );
  assert.deepEqual(Object.keys(both.after!), ["own"]);
  assert.equal(JSON.parse(both.after!["own"]!).Statement.length, 2);
  // Two versions of one policy, in two languages, both of which are gone.
  const two = givingBack(
    past(
      [{ own: text("2012-10-17", { ...own, Action: ["sqs:*", "sns:*"] }) }],
      [{ own: text("2012-10-17", own) }, "Repo"],
      [{ own: text(undefined, own) }, "External"],
      [{}, "Repo"],
    ),
    ["sns:Publish", "sqs:SendMessage"],
  );
  assert.deepEqual(two.change!.after.gained, ["sns:Publish"]);
  assert.deepEqual(two.reasons, ["policy-differs"]);
});
