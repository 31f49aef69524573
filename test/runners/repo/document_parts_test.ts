import assert from "assert";
import type { ObservedRole } from "../../../runners/repo/observed.ts";
import type { RoleAfter } from "../../../runners/repo/change/repo_change.ts";
import { documentParts } from "../../../runners/repo/document_parts.ts";
import { roleChanges } from "../../../runners/repo/present/changes.ts";
import { changedServices } from "../../../runners/repo/present/losses.ts";
import type { RoleEntry } from "../../../runners/repo/present/names.ts";
import { aRole, evidenceOf } from "./decide/deciding.ts";
import { allowing, planned, planningOf } from "./planning_world.ts";

const ACTIONS = ["sqs:SendMessage", "sqs:ReceiveMessage", "s3:GetObject", "kms:Decrypt"];

/** SQS is removed, S3 stays, and of KMS and IAM a part stays. */
const role: ObservedRole = aRole({
  inline: { main: allowing(...ACTIONS, "kms:CreateKey", "iam:PassRole", "iam:GetRole") },
  evidence: evidenceOf({ sqs: null, s3: "2026-11-19T00:00:00Z", kms: null, iam: null }),
});

const told = (entry: RoleEntry, key: "loses" | "keeps") =>
  (entry[key] as unknown as Record<string, unknown>[]).map((
    { service, reason, count, actions },
  ) => [
    `${service} ${reason}`,
    count,
    ...(actions === undefined ? [] : [actions]),
  ]);

Deno.test("documents count the actions of a service that stays or goes complete, and name those of others", () => {
  const made = planned(planningOf([role], { repo: { pinned: ["kms:Decrypt"] } }));
  const { keys, after } = documentParts(made.own);
  const [entry] = keys["roles"] as unknown as readonly RoleEntry[];
  assert.deepEqual(told(entry!, "loses"), [
    ["iam service-unused", 1, ["iam:GetRole"]],
    ["kms service-unused", 1, ["kms:CreateKey"]],
    ["sqs service-unused", 2],
  ]);
  assert.deepEqual(told(entry!, "keeps"), [
    ["iam never-tracked", 1, ["iam:PassRole"]],
    ["kms pinned", 1, ["kms:Decrypt"]],
    ["s3 service-used", 1],
  ]);
  assert.ok(!("verdicts" in keys));
  const [change] = made.changes;
  assert.ok(change?.kind === "inline");
  const written = after!(change!);
  assert.deepEqual(written, {
    ...change!.after,
    removed: ["iam:GetRole", "kms:CreateKey"],
    removed_services: { sqs: 2 },
  });
  // A change that a plan file hands on is written as it was read.
  assert.deepEqual(after!({ ...change, after: written as RoleAfter }), written);
});

Deno.test("a change of a plan file takes as much as it did in its plan", () => {
  const made = planned(planningOf([role]));
  const [change] = made.changes;
  assert.ok(change?.kind === "inline");
  const read = { ...change, after: documentParts(made.own).after!(change) as RoleAfter };
  const nothing = { ...made, own: { ...made.own, roles: [] } };
  const [ours] = roleChanges([change], made);
  const [theirs] = roleChanges([read], nothing);
  assert.equal(theirs!.removed, ours!.removed);
  assert.deepEqual([...changedServices(theirs!)].sort(), [...changedServices(ours!)].sort());
});

Deno.test("what the journal has of a change names every action", () => {
  const [change] = planned(planningOf([role])).changes;
  assert.deepEqual(
    (change!.after as { readonly removed?: readonly string[] }).removed,
    ["iam:GetRole", "kms:CreateKey", "sqs:ReceiveMessage", "sqs:SendMessage"],
  );
});
