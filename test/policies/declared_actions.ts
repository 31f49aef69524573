import { policiesOf, ROLE_TABLES } from "./role_tables.ts";

/** Prints the actions that the policies of all jobs' roles name, one a line. */
const statements = ROLE_TABLES.flatMap(([, tables]) =>
  tables.tables.map((table) => policiesOf(tables, table, "aws"))
)
  .flatMap((policies) => Object.values(policies)).flatMap(({ Statement }) => Statement);
const actions = statements.flatMap(({ Action }) => [Action].flat());
console.log([...new Set(actions)].sort().join("\n"));
