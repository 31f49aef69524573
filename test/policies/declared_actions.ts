import type { Policy } from "./evaluate.ts";
import { configuredBy, ROLE_TABLES } from "./role_tables.ts";

/** Prints the actions that the policies of all jobs' roles name, one a line. */
const policies = ROLE_TABLES.flatMap(([job, tables]) =>
  tables.flatMap((table) => configuredBy(job, table, "aws").roles)
).map(({ policy }) => policy as unknown as Policy);
const actions = policies.flatMap(({ Statement }) => Statement)
  .flatMap(({ Action }) => [Action].flat());
console.log([...new Set(actions)].sort().join("\n"));
