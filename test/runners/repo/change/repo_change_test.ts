import assert from "assert";
import { StoreError } from "../../../../runners/core/errors.ts";
import { intentOf, type JournalEntry } from "../../../../runners/core/journal/entry.ts";
import { journalChange, type RepoChange } from "../../../../runners/repo/change/repo_change.ts";
import { aRole } from "../decide/deciding.ts";
import { allowing, planned, planningOf } from "../planning_world.ts";
import { policyChange, REMOVAL, RESTORE } from "./managed_changes.ts";

/** The announcement of a change as the store gives it back. */
function journalled(change: RepoChange): JournalEntry {
  const run = {
    job: "repo",
    runId: "run-1",
    planId: "plan-1",
    principal: "",
    toolVersion: "0.0.0",
  };
  const entry = intentOf(change, { ...run, now: new Date("2026-11-20T12:00:00Z") });
  return JSON.parse(JSON.stringify(entry));
}

function inlineChange(name: string): RepoChange {
  const inline = Object.fromEntries([[name, allowing("sqs:SendMessage", "s3:GetObject")]]);
  const { changes } = planned(planningOf([aRole({ inline })], { asked: { remove: ["sqs:*"] } }));
  assert.equal(changes.length, 1);
  return changes[0]!;
}

for (
  const [what, change] of [
    ["the removal from an inline policy", inlineChange("main")],
    ["a policy called __proto__", inlineChange("__proto__")],
    ["a policy called constructor", inlineChange("constructor")],
    ["a new version of a managed policy", policyChange(REMOVAL)],
    ["an old version of a managed policy", policyChange(RESTORE)],
  ] as const
) {
  Deno.test(`the journal gives back ${what} as it was planned`, () => {
    const back = journalChange(journalled(change));
    assert.equal(back.kind, change.kind);
    assert.deepEqual(back, JSON.parse(JSON.stringify(change)));
  });
}

for (
  const [problem, broken] of [
    ["before.role_id", { before: {} }],
    ["it is no change that this job makes", { action: "iam:CreateUser" }],
    ["it is no change that this job makes", { action: "constructor" }],
    ["after.kind", { after: { ...REMOVAL.after, kind: "other" } }],
    ["after.policies must be an object of strings", { after: { ...REMOVAL.after, policies: [] } }],
  ] as const
) {
  Deno.test(`an entry of the journal is refused by name where it is wrong in ${problem}`, () => {
    const entry = { ...journalled(policyChange(REMOVAL)), ...broken };
    assert.throws(
      () => journalChange(entry),
      (error) => error instanceof StoreError && error.message.includes(problem),
    );
  });
}
