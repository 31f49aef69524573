import assert from "assert";
import { NOT_ASKED, type ObservedRole } from "../../../../runners/repo/observed.ts";
import {
  type EligibilityFacts,
  ineligibleFor,
  modeOf,
} from "../../../../runners/repo/decide/eligibility.ts";
import type { OptOut } from "../../../../runners/repo/planning.ts";
import { PROTECTED_ROLE_ARNS } from "../../../../runners/repo/protected_roles.ts";
import { anAccount, aRole, daysAgo, evidenceOf, NOW, settings } from "./deciding.ts";

const facts = (part: Partial<EligibilityFacts> = {}): EligibilityFacts => ({
  config: settings(),
  earlier: { optOuts: new Map() },
  filters: [],
  now: NOW,
  ...part,
});

const reasons = (role: Partial<ObservedRole>, part: Partial<EligibilityFacts> = {}) =>
  ineligibleFor(aRole(role), anAccount(), facts(part)).map(({ reason }) => reason);

Deno.test("a role that nothing speaks against is eligible", () =>
  assert.deepEqual(reasons({}), []));

const PROTECTED: readonly (readonly [path: string, name: string, reason: string])[] = [
  ["/aws-service-role/ecs.amazonaws.com/", "AWSServiceRoleForECS", "service-linked"],
  ["/aws-reserved/sso.amazonaws.com/eu-west-1/", "AWSReservedSSO_Admin_0123456789abcdef", "sso"],
  ["/", "AWSControlTowerExecution", "control-tower"],
  ["/service-role/", "AWSControlTowerStackSetRole", "control-tower"],
  ["/", "aws-controltower-ConfigRecorderRole", "control-tower"],
  ["/", "AWSCloudFormationStackSetExecutionRole", "stack-sets"],
  ["/", "AWSCloudFormationStackSetAdministrationRole", "stack-sets"],
  ["/", "stacksets-exec-0123456789abcdef", "stack-sets"],
  ["/", "OrganizationAccountAccessRole", "organization-access"],
  ["/security/", "Emergency-BreakGlass-Admin", "break-glass"],
  ["/", "break-glass", "break-glass"],
  ["/", "BREAKGLASS", "break-glass"],
  ["/break_glass/", "admin", "break-glass"],
  ["/", "groundskeeper-repo-apply", "groundskeeper"],
  ["/tools/", "groundskeeper-audit-observe", "groundskeeper"],
];

for (const [path, name, reason] of PROTECTED) {
  Deno.test(`the role ${path}${name} is left alone: ${reason}`, () => {
    assert.ok(reasons({ path, name }).includes(reason), reasons({ path, name }).join());
  });
}

Deno.test("names that only resemble protected ones are not", () => {
  for (const name of ["my-groundskeeper", "AWSControl", "OrganizationAccountAccessRole2", "sso"]) {
    assert.deepEqual(reasons({ name }), [], name);
  }
});

Deno.test("each protected pattern begins as an ARN's resource does and has no path of one account", () => {
  for (const { pattern } of PROTECTED_ROLE_ARNS) assert.match(pattern, /^role\/[\w*/+=,.@-]+$/);
});

Deno.test("roles that the configuration names are left alone, whatever their path", () => {
  const config = settings({ protectedRoles: ["payroll-*"] });
  assert.deepEqual(reasons({ name: "Payroll-run", path: "/hr/" }, { config }), ["break-glass"]);
  assert.deepEqual(reasons({ name: "our-reader" }, { ownRoles: ["x/our-reader"] }), [
    "groundskeeper",
  ]);
});

Deno.test("a role that has nothing to lose is left alone, and is no gap in the evidence", () => {
  assert.deepEqual(ineligibleFor(aRole({ evidence: NOT_ASKED }), anAccount(), facts()), [{
    reason: "nothing-to-lose",
    detail: "it has no policy that could lose anything",
  }]);
});

Deno.test("without complete evidence a role is left alone, and why is said", () => {
  const evidence = { reason: "throttled", detail: "ThrottlingException: Rate exceeded" };
  assert.deepEqual(ineligibleFor(aRole({ evidence }), anAccount(), facts()), [{
    reason: "evidence-missing",
    detail:
      "there is no complete evidence of its use: ThrottlingException: Rate exceeded (throttled)",
  }]);
});

for (
  const [what, completedAt, expected] of [
    ["of exactly the greatest age", daysAgo(5), []],
    ["a moment older", new Date(Date.parse(daysAgo(5)) - 1).toISOString(), ["evidence-stale"]],
    ["of an instant that is none", "soon", ["evidence-stale"]],
    ["of a minute after the run began", daysAgo(-1 / 1440), []],
    ["of the day after tomorrow", daysAgo(-2), ["evidence-stale"]],
    ["in seconds, of six days ago", String(Date.parse(daysAgo(6)) / 1000), ["evidence-stale"]],
  ] as const
) {
  Deno.test(`evidence ${what}: ${expected[0] ?? "does"}`, () => {
    assert.deepEqual(reasons({ evidence: evidenceOf({}, { completedAt }) }), expected);
  });
}

Deno.test("evidence that shows no service of a role that was used contradicts itself", () => {
  const evidence = evidenceOf({ sqs: daysAgo(120), s3: null });
  assert.deepEqual(reasons({ lastUsed: daysAgo(3), evidence }), ["evidence-contradicts"]);
  assert.deepEqual(reasons({ lastUsed: "?", evidence }), ["evidence-contradicts"]);
  assert.deepEqual(reasons({ lastUsed: daysAgo(95), evidence }), []);
  const used = evidenceOf({ sqs: daysAgo(4) });
  assert.deepEqual(reasons({ lastUsed: daysAgo(3), evidence: used }), []);
});

Deno.test("evidence that speaks of a use after its completion contradicts itself", () => {
  const evidence = evidenceOf({ sqs: daysAgo(1) }, { completedAt: daysAgo(2) });
  assert.deepEqual(reasons({ evidence }), ["evidence-contradicts"]);
});

Deno.test("evidence of before a role was made is of another one that had its name", () => {
  const config = settings({ minimumAge: "0d", usageWindow: "1d" });
  const evidence = evidenceOf({ sqs: null }, { completedAt: daysAgo(3) });
  assert.deepEqual(reasons({ created: daysAgo(2), evidence }, { config }), [
    "evidence-contradicts",
  ]);
  assert.deepEqual(reasons({ created: daysAgo(4), evidence }, { config }), []);
});

for (
  const [created, young] of [
    [daysAgo(90), false],
    [daysAgo(89.999), true],
    [daysAgo(-1), true],
    ["", true],
    ["2020", true],
  ] as const
) {
  Deno.test(`a role that was created "${created}" is ${young ? "too young" : "old enough"}`, () => {
    assert.deepEqual(reasons({ created }), young ? ["too-young"] : []);
  });
}

for (
  const [days, minimumAge, usageWindow, asked, said] of [
    [100, "90d", "365d", {}, "it was created 100 days ago, repo.usageWindow is 365d"],
    [365, "90d", "365d", {}, null],
    [364.999, "90d", "365d", {}, "it was created 364 days ago, repo.usageWindow is 365d"],
    [380, "0d", "400d", {}, "it was created 380 days ago, repo.usageWindow is 400d"],
    [100, "180d", "90d", {}, "it was created 100 days ago, repo.minimumAge is 180d"],
    [50, "90d", "365d", {}, "it was created 50 days ago, repo.minimumAge is 90d"],
    [0.5, "0d", "1d", {}, "it was created 12 hours ago, repo.usageWindow is 1d"],
    // A removal by name needs no evidence, and so no window.
    [100, "90d", "365d", { remove: ["s3:*"] }, null],
    [100, "90d", "365d", { restore: 1 }, null],
  ] as const
) {
  const title = `a role of ${days} days, minimumAge ${minimumAge}, usageWindow ${usageWindow}` +
    ("remove" in asked ? ", --remove" : "restore" in asked ? ", --restore" : "");
  Deno.test(`${title}: ${said === null ? "old enough" : "too young"}`, () => {
    const config = settings({ minimumAge, usageWindow }, asked);
    assert.deepEqual(
      ineligibleFor(aRole({ created: daysAgo(days) }), anAccount(), facts({ config })),
      said === null ? [] : [{ reason: "too-young", detail: said }],
    );
  });
}

const optOut = (until: string): OptOut => ({ owner: "alice", reason: "migration", until, at: "" });

for (
  const [until, now, out] of [
    ["2026-11-20", "2026-11-20T23:59:59.999Z", true],
    ["2026-11-20", "2026-11-21T00:00:00.000Z", false],
    ["2026-11-19", "2026-11-20T12:00:00.000Z", false],
    ["2026-02-31", "2026-11-20T12:00:00.000Z", true],
    ["next year", "2026-11-20T12:00:00.000Z", true],
  ] as const
) {
  Deno.test(`an opt-out until ${until} ${out ? "holds" : "has ended"} at ${now}`, () => {
    const earlier = { optOuts: new Map([[aRole().roleId, optOut(until)]]) };
    // The day's end is of the run's instant, so that a run decides alike from beginning to end.
    const role = { evidence: evidenceOf({}, { completedAt: now }) };
    assert.deepEqual(reasons(role, { earlier, now: new Date(now) }), out ? ["opted-out"] : []);
  });
}

Deno.test("an opt-out says whose it is and until when", () => {
  const earlier = { optOuts: new Map([[aRole().roleId, optOut("2027-01-31")]]) };
  assert.deepEqual(ineligibleFor(aRole(), anAccount(), facts({ earlier })), [{
    reason: "opted-out",
    detail: "alice has opted it out until the end of 2027-01-31: migration",
  }]);
});

const BY_CODE: readonly (readonly [tags: { readonly [key: string]: string }, byCode: boolean])[] = [
  [{ "aws:cloudformation:stack-name": "app" }, true],
  [{ "ManagedBy": "Terraform" }, true],
  [{ "managed-by": "terragrunt" }, true],
  [{ "terraform": "true" }, true],
  [{ "Terraform": "false" }, false],
  [{ "IaC": "cdk" }, true],
  [{ "pulumi:project": "app" }, true],
  [{ "managed_by": "alice" }, false],
  [{ "team": "terraform" }, false],
  [{}, false],
];

for (const [tags, byCode] of BY_CODE) {
  Deno.test(`tags ${JSON.stringify(tags)} say ${byCode ? "" : "not "}that code manages it`, () => {
    const config = settings({ managedByCode: "exclude" });
    assert.deepEqual(reasons({ tags }, { config }), byCode ? ["managed-by-code"] : []);
    assert.deepEqual(reasons({ tags }), []);
    assert.equal(modeOf({ tags }, [], settings()), byCode ? "propose" : "apply");
    assert.equal(modeOf({ tags }, [], settings({ managedByCode: "apply" })), "apply");
    assert.equal(modeOf({ tags }, [{ reason: "x", detail: "" }], settings()), "none");
  });
}

Deno.test("all reasons are told, not only the first", () => {
  const role = {
    name: "AWSControlTowerExecution",
    created: daysAgo(1),
    evidence: { reason: "throttled", detail: "" },
  };
  const earlier = { optOuts: new Map([[aRole().roleId, optOut("2027-01-31")]]) };
  const filters = [{ name: "f", permissions: [], judge: () => ({ reason: "f", detail: "" }) }];
  const found = ineligibleFor(aRole(role), anAccount(), facts({ earlier, filters }), ["is broken"]);
  assert.deepEqual(found.map(({ reason }) => reason), [
    "control-tower",
    "malformed-policy",
    "evidence-missing",
    "too-young",
    "opted-out",
    "f",
  ]);
});

Deno.test("what a person names needs no evidence, and overrides filters only where they say so", () => {
  const role = { created: daysAgo(1), evidence: { reason: "throttled", detail: "" } };
  const filters = [{ name: "f", permissions: [], judge: () => ({ reason: "f", detail: "" }) }];
  const named = settings({}, { remove: ["s3:*"] });
  const overriding = settings({}, { remove: ["s3:*"], overrideFilters: true });
  assert.deepEqual(reasons(role, { filters, config: named }), ["too-young", "f"]);
  assert.deepEqual(reasons(role, { filters, config: overriding }), []);
  const config = overriding;
  assert.deepEqual(reasons({ ...role, name: "break-glass" }, { config }), ["break-glass"]);
});

Deno.test("a restore is held back by what protects a role alone", () => {
  const config = settings({}, { restore: 3 });
  assert.deepEqual(reasons({ created: daysAgo(1) }, { config }), []);
  assert.deepEqual(reasons({ name: "groundskeeper-repo-apply" }, { config }), ["groundskeeper"]);
});
