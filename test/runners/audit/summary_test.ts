import assert from "assert";
import { partsOf } from "../../../runners/core/parts.ts";
import { type AuditChange, kindOf } from "../../../runners/audit/ladder/audit_change.ts";
import { audit } from "../../../runners/audit/entry.ts";
import { auditJob } from "../../../runners/audit/job.ts";
import { auditDocuments } from "../../../runners/audit/documents.ts";
import { auditPage } from "../../../runners/audit/present/page.ts";
import {
  aFailedRegion,
  anAccount,
  anInstance,
  aRegion,
  configOf,
  DEV,
  documentOf,
  planningOf,
  PROD,
  reportingOf,
} from "./world.ts";

const config = configOf({ required: [{ key: "owner" }], enforce: { accounts: [DEV] } });
const place = { account: DEV, region: "us-east-1" };

Deno.test("a line of the history says how much was proven before it says what was found", () => {
  const east = aRegion("us-east-1", [
    anInstance(1, { tags: { owner: "alice" } }),
    anInstance(2),
    anInstance(3, { created: "2026-11-20T11:59:00.000Z" }),
  ]);
  const observed = partsOf([anAccount(DEV, [east, aFailedRegion("eu-west-1")])]);
  assert.equal(
    JSON.stringify(auditJob.summary(documentOf(planningOf(observed, config)))),
    '{"coverage":{"planned":2,"proven":1,"empty":0},"examined":3,"compliant":1,"violating":1,"changes":1}',
  );
});

const unread = (id: string) => anAccount(id, [aFailedRegion("us-east-1")]);
const read = (id: string, ...instances: ReturnType<typeof anInstance>[]) =>
  anAccount(id, [aRegion("us-east-1", instances)]);

const worlds: readonly [
  what: string,
  accounts: readonly ReturnType<typeof anAccount>[],
  compliant: number | null,
  violating: number | null,
  history: readonly string[],
][] = [
  ["nothing is proven", [unread(DEV), unread(PROD)], null, null, ["-", "-"]],
  ["one account is proven", [unread(DEV), read(PROD, anInstance(1))], 0, 1, ["0.0 %", "1"]],
  ["all keeps the rules", [read(DEV, anInstance(1, { tags: { owner: "a" } }))], 1, 0, [
    "100 %",
    "0",
  ]],
];

for (const [what, accounts, compliant, violating, history] of worlds) {
  Deno.test(`where ${what}, summary, metrics, history, page and documents say what is known`, () => {
    const planning = planningOf(partsOf(accounts), config);
    const summary = auditJob.summary(documentOf(planning));
    assert.deepEqual([summary["compliant"], summary["violating"]], [compliant, violating]);
    const metrics = auditJob.metrics!(summary);
    assert.deepEqual(metrics, violating === null ? {} : { Violating: violating });
    assert.deepEqual(audit.history!.map(({ value }) => value(summary)), history);
    const reporting = reportingOf(planning);
    const figure = auditPage(reporting).headline.find(({ label }) => label === "Violating");
    assert.equal(figure?.value, history[1]);
    for (const { body } of auditDocuments(reporting)) {
      const { tag_audit } = body["groundskeeper"] as { tag_audit?: Record<string, unknown> };
      if (tag_audit) assert.equal(tag_audit["left_out"] === null, tag_audit["evaluated"] === null);
    }
  });
}

Deno.test("the audit's limits are those of its configuration, and of its steps besides", () => {
  const { kinds, ...all } = auditJob.limits(config);
  const { perRun, perAccount, perRegion, rollingDay, minPopulation, stop, terminate } =
    config.limits;
  assert.deepEqual(all, { ...all, perRun, perAccount, perRegion, rollingDay, minPopulation });
  assert.deepEqual(kinds, [
    { name: "stop", kind: "ec2:StopInstances", ...stop },
    { name: "terminate", kind: "ec2:TerminateInstances", ...terminate },
  ]);
});

const deeds: readonly [
  what: string,
  action: string,
  after: object,
  role: string,
  counts: boolean,
][] = [
  ["a mark", "ec2:CreateTags", { key: "groundskeeper-audit", value: "gk1" }, "apply", true],
  ["a stop", "ec2:StopInstances", { state: "stopped" }, "apply", true],
  ["a termination", "ec2:TerminateInstances", { state: "terminated" }, "apply", true],
  ["a start", "ec2:StartInstances", { state: "running" }, "apply", true],
  ["what takes a mark away", "ec2:DeleteTags", { key: "m", value: null }, "apply", false],
  ["what gives protection back", "ec2:ModifyInstanceAttribute", {}, "apply", false],
  ["a canary's stamp", "ec2:CreateTags", { key: "groundskeeper-canary" }, "canary", false],
];

for (const [what, action, after, role, counts] of deeds) {
  Deno.test(`${what} is made by "${role}" and draws on ${counts ? "the" : "no"} limits`, () => {
    const change = {
      kind: kindOf({ action, after: { ...after } }),
      ...place,
      id: "",
      action,
      target: "",
      reason: "",
      before: {},
      after: { ...after },
    } as unknown as AuditChange;
    assert.equal(auditJob.roleOf(change), role);
    assert.equal(auditJob.countsAs(change), counts ? action : null);
    assert.equal(auditJob.needs(config).roles[role]?.kind, "write");
  });
}

Deno.test("the audit observes under a role that only reads", () => {
  assert.equal(auditJob.needs(config).roles["observe"]?.kind, "observe");
});

Deno.test("the audit tells the units apart that it enforces", () => {
  const enforce = { accounts: [DEV], units: ["ou-ab12-cdef3456"] };
  assert.deepEqual(auditJob.units?.({ ...config, enforce: { ...config.enforce, ...enforce } }), [
    "ou-ab12-cdef3456",
  ]);
});
