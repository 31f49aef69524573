import assert from "assert";
import fc from "fast-check";
import { auditFindings } from "../../../runners/audit/present/findings.ts";
import { figureOfAll } from "../../../runners/audit/findings.ts";
import { FIXED } from "../core/properties.ts";
import { anyPlanning } from "./arbitrary_world.ts";
import { anInstance, configOf, documentOf, idOf, oneRegion, planningOf } from "./world.ts";

const config = configOf({
  required: [{ key: "owner" }, { key: "project" }],
  exempt: [{ match: { instanceId: idOf(3) }, reason: "vendor", until: "2027-01-31" }],
});

Deno.test("an instance that breaks the rules is a finding, and no other is", () => {
  const found = auditFindings(documentOf(planningOf(
    oneRegion(
      anInstance(1, { tags: { owner: "alice", Name: "web-1" } }),
      anInstance(2, { tags: { owner: "alice", project: "shop" } }),
      anInstance(3),
      anInstance(4, { created: "2026-11-20T11:59:00.000Z" }),
    ),
    config,
  )));
  assert.deepEqual(
    found.map(({ target, name, detail, owner, remediation, since }) => (
      { target, name, detail, owner, remediation, since }
    )),
    [{
      target: `arn:aws:ec2:us-east-1:111111111111:instance/${idOf(1)}`,
      name: "web-1",
      detail: "project is missing",
      owner: { name: "alice", source: "tag" },
      remediation: "Set project as audit.required asks, or exempt the instance with an end " +
        "in audit.exempt",
      since: null,
    }],
  );
});

Deno.test("there are as many findings as the figures say violate, in any world", () => {
  fc.assert(
    fc.property(anyPlanning, (planning) => {
      const plan = documentOf(planning);
      assert.equal(auditFindings(plan).length, figureOfAll(plan.own.accounts, "violating") ?? 0);
    }),
    FIXED,
  );
});
