import assert from "assert";
import { decide, type Policy } from "./evaluate.ts";
import { type Partition, PARTITIONS } from "./organization.ts";
import { eachPermission, eachStatement } from "./permissions.ts";
import { policyMutants } from "./policy_mutants.ts";
import { casesOf, configuredBy, ROLE_TABLES } from "./role_tables.ts";

for (const [job, tables] of ROLE_TABLES) {
  for (const table of tables) {
    for (const partition of Object.keys(PARTITIONS) as Partition[]) {
      Deno.test(`the roles of ${job} ${table.title} may do what they must in ${partition}, and nothing else`, () => {
        const configured = configuredBy(job, table, partition);
        const cases = casesOf(configured, table, partition);
        for (const { key, policy } of configured.roles) {
          assert.ok(cases[key]!.length > 0, key);
          const wrong = cases[key]!
            .filter((one) => decide(policy as unknown as Policy, one) !== one.decision);
          assert.deepEqual(wrong, [], key);
        }
      });
    }

    Deno.test(`no change of a permission of the roles of ${job} ${table.title} is unnoticed`, () => {
      const configured = configuredBy(job, table, "aws");
      const cases = casesOf(configured, table, "aws");
      for (const { key, policy } of configured.roles) {
        const each = key.startsWith("home-") ? eachStatement : eachPermission;
        const mutants = policyMutants(each(policy as unknown as Policy));
        assert.ok(mutants.length > 0, key);
        const unnoticed = mutants.filter(({ policy }) =>
          cases[key]!.every((one) => decide(policy, one) === one.decision)
        );
        assert.deepEqual(unnoticed.map(({ change }) => change), [], key);
      }
    });
  }
}
