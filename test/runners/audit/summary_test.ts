import assert from "assert";
import { partsOf } from "../../../runners/core/parts.ts";
import { type AuditChange, kindOf } from "../../../runners/audit/ladder/audit_change.ts";
import { auditJob } from "../../../runners/audit/job.ts";
import {
  aFailedRegion,
  anAccount,
  anInstance,
  aRegion,
  configOf,
  DEV,
  documentOf,
  planningOf,
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
