import assert from "assert";
import { comparedRows, dirtyGuards, dirtyGuardTable, skunkysVerdict } from "./dirty_guard_cases.ts";
import { type Partition, PARTITIONS } from "./organization.ts";
import { policyMutants } from "./policy_mutants.ts";
import { testTable, wrongRows } from "./request_table.ts";

const partitions = Object.keys(PARTITIONS) as Partition[];

for (const partition of partitions) {
  testTable(dirtyGuardTable(partition));

  Deno.test(`In ${partition}, Skunky's policies are as open as the table says`, () => {
    const rows = comparedRows(partition);
    const wrong = rows.filter(({ request, skunkys }) => skunkysVerdict(request) !== skunkys);
    assert.deepEqual(wrong.map(({ what }) => what), []);
    const names = rows.map(({ what }) => what);
    assert.deepEqual(names.filter((name, at) => names.indexOf(name) < at), []);
    // What ours closes is more than half of it.
    const closed = rows.filter(({ skunkys, ours }) => skunkys === "open" && ours === "closed");
    assert.ok(rows.length >= 60 && closed.length > rows.length / 2, `${closed.length}`);
  });
}

/** Mistakes that somebody could make in the guards, as texts that take the place of others. */
const MISTAKES: readonly (readonly [mistake: string, from: string | RegExp, to: string])[] = [
  ["the tag may be set with another", /ForAnyValue/g, "ForAllValues"],
  ["all tags may be removed at once", "ForAllValues", "ForAnyValue"],
  ["another spelling is another tag", /StringEqualsIgnoreCase/g, "StringEquals"],
  ["whoever begins like the marking role sets it", "dirty-mark", "dirty-mark*"],
  ["every role of the job sets it", "dirty-mark", "dirty-*"],
  ["the marking role removes it", "dirty-clear", "dirty-*"],
  [
    "the marking role is exempt under any path",
    "role/groundskeeper-dirty-mark",
    "role/*dirty-mark",
  ],
  ["a user of its name is exempt", "role/groundskeeper-dirty-mark", "*/groundskeeper-dirty-mark"],
  ["the clearing role sets it", "dirty-mark", "dirty-clear"],
  ["images of clean instances are refused", '"false"', '"true"'],
  ["only one Region is guarded", /:ec2:\*/g, ":ec2:us-east-1"],
  ["the denials allow", /"Deny"/g, '"Allow"'],
  ["whoever is exempt is denied", /ArnNotLike/g, "ArnLike"],
  ["all resources are guarded", /instance\/\*/g, "*"],
];

for (const [mistake, from, to] of MISTAKES) {
  Deno.test(`a mistake in the guard of the tag dirty is noticed: ${mistake}`, () => {
    const table = dirtyGuardTable("aws-cn");
    const text = JSON.stringify(table.policy);
    const changed = text.replace(from, to);
    assert.notEqual(changed, text);
    assert.notDeepEqual(wrongRows(table, JSON.parse(changed)), []);
  });
}

Deno.test("each part of the guard of the tag dirty is held by a request", () => {
  const table = dirtyGuardTable("aws-cn");
  const mutants = policyMutants(table.policy);
  assert.ok(mutants.length >= 15, `${mutants.length}`);
  const unnoticed = mutants.filter(({ policy }) => wrongRows(table, policy).length === 0);
  assert.deepEqual(unnoticed.map(({ change }) => change), []);
});

Deno.test("a guard of another partition guards nothing", () => {
  for (const other of partitions.filter((one) => one !== "aws")) {
    assert.notDeepEqual(wrongRows(dirtyGuardTable("aws"), { Statement: dirtyGuards(other) }), []);
  }
});
