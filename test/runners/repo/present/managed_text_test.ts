import assert from "assert";
import type { RepoChange } from "../../../../runners/repo/change/repo_change.ts";
import type { RepoPlan, RepoRunResult } from "../../../../runners/repo/repo_plan.ts";
import type { ChangeOutcome } from "../../../../runners/core/run/run_document.ts";
import { outcomesText, stampsSection } from "../../../../runners/repo/present/done.ts";
import { proofSection } from "../../../../runners/repo/present/limits.ts";
import { managedLeftSection } from "../../../../runners/repo/present/managed.ts";
import { roleChanges } from "../../../../runners/repo/present/changes.ts";
import { policyChange, REMOVAL, RESTORE } from "../change/managed_changes.ts";
import { aRole, planOf, PROD, removal, restore, shown } from "./plan_fixture.ts";
import { checkout } from "./stories.ts";

const withChanges = (...changes: RepoChange[]): RepoPlan => ({ ...planOf([checkout]), changes });

Deno.test("the price of the proof counts the policies that are rewritten, and no restore", () => {
  const plan = withChanges(removal(checkout), policyChange(REMOVAL), policyChange(RESTORE));
  const text = shown([proofSection(plan, { checkNoNewAccess: true })]);
  assert.match(text, /^Proof +2 policies to be checked by IAM Access Analyzer/);
  assert.match(text.replaceAll(/\s+/g, " "), /about USD 0\.01, at USD 0\.0020 a call/);
  assert.deepEqual(proofSection(plan, { checkNoNewAccess: false }), []);
  const grants = withChanges(policyChange(RESTORE));
  assert.deepEqual(proofSection(grants, { checkNoNewAccess: true }), []);
});

const stampWith = (outcome: ChangeOutcome["outcome"], message?: string) => ({
  target: "arn:aws:iam::111111111111:role/app",
  outcome,
  error: message === undefined ? null : { code: "error", message },
});
const runWith = (...ownWrites: object[]) => ({ ownWrites } as unknown as RepoRunResult);

const STAMPS: [what: string, run: RepoRunResult, text: string][] = [
  ["none was tried", runWith(stampWith(null)), ""],
  ["all are there", runWith(stampWith("done"), stampWith("done")), "2 roles stamped"],
  ["one drifted", runWith(stampWith("done"), stampWith("drifted", "x")), "1 of 2 roles stamped"],
  [
    "one failed",
    runWith(stampWith("failed", "AccessDenied: no")),
    "0 of 1 role stamped\n  app: the stamp failed: AccessDenied: no. The removal stands",
  ],
];

for (const [what, run, text] of STAMPS) {
  Deno.test(`where ${what}, the stamps are told in a quiet line`, () => {
    assert.equal(shown([stampsSection(run)]), `${text}\n`);
  });
}

Deno.test("managed policies that stay are named with their reason", () => {
  const spared = [
    {
      account: PROD,
      region: "global",
      target: "arn:aws:iam::111111111111:policy/own",
      reason: "nothing-left",
      detail: "its role uses nothing of it.",
    },
    {
      account: PROD,
      region: "global",
      target: checkout.arn,
      reason: "too-young",
      detail: "of the role",
    },
  ];
  assert.equal(
    shown([managedLeftSection({ ...planOf([checkout]), spared })]),
    "Left alone 1 managed policy\n  own: its role uses nothing of it\n",
  );
});

Deno.test("outcomes count roles and managed policies apart", () => {
  const other = aRole("other");
  const changes = [
    { ...removal(checkout), outcome: "done" as const, error: null, at: null },
    { ...policyChange(REMOVAL), outcome: "failed" as const, error: null, at: null },
    { ...restore(other), outcome: "done" as const, error: null, at: null },
  ];
  assert.equal(
    outcomesText(roleChanges(changes, planOf([checkout, other]))),
    "removed 61 permissions from 1 of 1 role and 0 of 1 managed policy, restored 1 of 1 role",
  );
});
