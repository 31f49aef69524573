import { storeSchema } from "../../runners/core/config/organization.ts";
import { policyDocument } from "../../runners/core/needs/policy.ts";
import { roleValues } from "../../runners/core/needs/role_names.ts";
import { withStore } from "../../runners/core/needs/store.ts";
import { JOBS } from "../../runners/jobs.ts";
import type { Policy } from "./evaluate.ts";
import { ALERTS, type JobTables, type RoleTable } from "./role_cases.ts";

const STORE = storeSchema.parse({ kind: "dynamodb", region: "eu-central-1" });

/** The jobs with their tables: a job has a file of its name beside this one. */
export const ROLE_TABLES: readonly (readonly [job: string, tables: JobTables])[] = await Promise
  .all(
    JOBS.map(async ({ name }) => {
      const { tables } = await import(`./${name}_cases.ts`) as { readonly tables: JobTables };
      return [name, tables] as const;
    }),
  );

/** The policies of a job's roles with a table as the store, and roles of our own named "acme-repo". */
export function policiesOf(
  { needs: needsOf }: JobTables,
  { config }: RoleTable,
  partition: string,
): Readonly<Record<string, Policy>> {
  const needs = withStore(needsOf(inPartition(config, partition)), STORE);
  const values = {
    ...roleValues({ roles: null, namedRoles: {} }, needs),
    partition,
    notifyTopics: [ALERTS],
    ownRoles: ["", "*/"].map((path) => `arn:${partition}:iam::*:role/${path}acme-repo`),
  };
  return Object.fromEntries(
    Object.entries(needs.roles)
      .map(([role, need]) => [role, policyDocument(need, values) as unknown as Policy]),
  );
}

/** The same with the partition filled in. */
export function inPartition<Value>(value: Value, partition: string): Value {
  return JSON.parse(JSON.stringify(value).replaceAll("{partition}", partition));
}
