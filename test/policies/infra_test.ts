import assert from "assert";
import { channelTables } from "./channel_cases.ts";
import { guards, guardTable } from "./guard_cases.ts";
import { GUARD_MUTANTS } from "./guard_mutants.ts";
import { type Partition, PARTITIONS } from "./organization.ts";
import { policyMutants } from "./policy_mutants.ts";
import { queueTables } from "./queue_cases.ts";
import { testTable, wrongRows } from "./request_table.ts";
import { taskTables } from "./task_cases.ts";
import { topicTables } from "./topic_cases.ts";
import { trustTables } from "./trust_cases.ts";

const partitions = Object.keys(PARTITIONS) as Partition[];

const tablesOf = (partition: Partition) => [
  guardTable(partition),
  ...trustTables(partition),
  ...queueTables(partition),
  ...channelTables(partition),
  ...topicTables(partition),
  ...taskTables(partition),
];

for (const partition of partitions) {
  for (const table of tablesOf(partition)) testTable(table);
}

/** Mutants are made in one partition: nothing in the policies depends on it but the ARNs. */
const MUTATED = "aws-cn";

for (const table of tablesOf(MUTATED)) {
  const mutants = policyMutants(table.policy);
  Deno.test(`${table.name} is held by its requests against ${mutants.length} changes`, () => {
    assert.ok(mutants.length >= table.policy.Statement.length);
    const unnoticed = mutants.filter(({ policy }) => wrongRows(table, policy).length === 0);
    assert.deepEqual(unnoticed.map(({ change }) => change), []);
  });
}

for (const { mistake, makes, of } of GUARD_MUTANTS) {
  Deno.test(`a ${makes} in the guards is noticed: ${mistake}`, () => {
    const wrong = wrongRows(guardTable(MUTATED), { Statement: of(MUTATED) });
    const right = makes === "hole" ? "explicitDeny" : "allowed";
    assert.ok(wrong.some(({ decision }) => decision === right));
  });
}

Deno.test("guards of another partition are noticed", () => {
  for (const partition of partitions) {
    for (const other of partitions.filter((one) => one !== partition)) {
      const wrong = wrongRows(guardTable(partition), { Statement: guards(other) });
      assert.ok(wrong.length > 0, `${other} in ${partition}`);
    }
  }
});
