import assert from "assert";
import { authorizationOf } from "./authorization.ts";
import type { Policy } from "./evaluate.ts";
import { configuredBy, ROLE_TABLES } from "./role_tables.ts";

const TABLES = ROLE_TABLES.flatMap(([job, tables]) =>
  tables.map((table) => ({
    title: `the roles of ${job} ${table.title}`,
    roles: configuredBy(job, table, "aws").roles,
  }))
);

for (const { title, roles } of TABLES) {
  const statements = roles.flatMap(({ policy }) => (policy as unknown as Policy).Statement);
  const each = statements.flatMap(({ Action, Resource, Condition = {} }) =>
    [Action].flat().map((action) => ({
      action,
      resources: [Resource ?? []].flat(),
      conditions: Object.values(Condition).flatMap(Object.keys),
      ...authorizationOf(action),
    }))
  );

  Deno.test(`${title} are allowed on "*" only what AWS cannot allow on less`, () => {
    assert.ok(each.length > 0);
    for (const { action, resources, arns } of each) {
      const unfit = resources.filter((resource) =>
        arns.length === 0 ? resource !== "*" : !arns.some((arn) => arn.test(resource))
      );
      assert.deepEqual(unfit, [], action);
    }
  });

  Deno.test(`the conditions of ${title} name keys that AWS has for the action`, () => {
    for (const { action, conditions, keys } of each) {
      const unknown = conditions.filter((key) => !keys.some((one) => one.test(key)));
      assert.deepEqual(unknown, [], action);
    }
  });
}
