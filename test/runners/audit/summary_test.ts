import assert from "assert";
import { auditJob } from "../../../runners/audit/job.ts";
import { documentOf } from "./world.ts";
import { unprovenStory } from "./story.ts";

Deno.test("a line of the history says how much was proven before it says what was found", () => {
  const summary = auditJob.summary(documentOf(unprovenStory));
  assert.equal(
    JSON.stringify(summary),
    '{"coverage":{"planned":4,"proven":2},"examined":9,"compliant":2,"violating":5,"changes":2}',
  );
});

Deno.test("the audit's limits are those of its configuration", () => {
  assert.equal(auditJob.limits(unprovenStory.config), unprovenStory.config.limits);
});

Deno.test("the audit observes and applies under roles that it declares", () => {
  const { observe, apply } = auditJob.roles;
  assert.equal(auditJob.needs.roles[observe]?.kind, "observe");
  assert.equal(auditJob.needs.roles[apply]?.kind, "write");
});
