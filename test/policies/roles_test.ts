import assert from "assert";
import { isAllowed, type Policy, type PolicyRequest } from "./evaluate.ts";
import { widerInOne, withoutOne } from "./mutants.ts";
import type { Decision } from "./role_cases.ts";
import { inPartition, policiesOf, ROLE_TABLES } from "./role_tables.ts";

const PARTITIONS = ["aws", "aws-cn", "aws-us-gov"];

const EVERYTHING = { Effect: "Allow", Action: "*", Resource: "*" } as const;

function decisionOf(policy: Policy, request: PolicyRequest): Decision {
  if (isAllowed(policy, request)) return "allowed";
  const isDenied = !isAllowed({ Statement: [EVERYTHING, ...policy.Statement] }, request);
  return isDenied ? "explicitDeny" : "implicitDeny";
}

for (const [job, tables] of ROLE_TABLES) {
  for (const table of tables.tables) {
    for (const partition of PARTITIONS) {
      Deno.test(`the roles of ${job} ${table.title} may do what they must in ${partition}, and nothing else`, () => {
        const policies = policiesOf(tables, table, partition);
        const wrong = inPartition(table.cases, partition)
          .filter((one) => decisionOf(policies[one.role]!, one) !== one.decision);
        assert.deepEqual(wrong, []);
      });
    }

    Deno.test(`no permission of the roles of ${job} ${table.title} goes missing or gets wider unseen`, () => {
      const cases = inPartition(table.cases, "aws");
      for (const [role, policy] of Object.entries(policiesOf(tables, table, "aws"))) {
        const mutants = [...withoutOne(policy), ...widerInOne(policy)];
        const unseen = mutants.filter(({ permission, policy }) =>
          !cases.some((one) =>
            one.role === role && one.action === permission.Action &&
            decisionOf(policy, one) !== one.decision
          )
        );
        assert.ok(mutants.length > 0);
        assert.deepEqual(unseen.map(({ what }) => what), [], role);
      }
    });
  }
}
