import type { StoreConfig } from "../config/organization.ts";
import {
  type JobNeeds,
  onlyValues,
  type Permission,
  permissionsOn,
  type RowNeeds,
} from "./needs.ts";

/** The table of the store. */
type StoreTable = Pick<Extract<StoreConfig, { kind: "dynamodb" }>, "region" | "table">;

/**
 * What a home role needs of the store's DynamoDB table: the partitions of its job's rows, and those
 * of no other job. There is no Scan and no PartiQL, which would reach them all.
 *
 * Service Authorization Reference, "Amazon DynamoDB": all actions on items have the key
 * `dynamodb:LeadingKeys`; DescribeTable and DescribeTimeToLive do not. A transaction needs those of
 * its actions (DynamoDB Developer Guide, "Using IAM with DynamoDB transactions").
 *
 * @param rows the kinds that are read and written; without any, there is nothing to permit
 */
export function storePermissions(
  job: string,
  { region, table }: StoreTable,
  { reads, writes }: RowNeeds,
): Permission[] {
  if (reads.length + writes.length === 0) return [];
  const resources = [`arn:{partition}:dynamodb:${region}:*:table/${table}`];
  const condition = onlyValues("StringLike", "dynamodb:LeadingKeys", `${job}/*`);
  const items = (whys: { readonly [action: string]: string }) =>
    permissionsOn(resources, whys).map((one) => ({ ...one, condition }));
  return [
    ...permissionsOn(resources, {
      "dynamodb:DescribeTable": "store: whether the table is there, with the right keys",
      "dynamodb:DescribeTimeToLive": "store: whether rows that are over are deleted",
    }),
    ...items({
      "dynamodb:GetItem": "store: reads a row",
      "dynamodb:Query": "store: lists the rows of a kind",
    }),
    ...writes.length === 0 ? [] : items({
      "dynamodb:PutItem": "store: writes a row, also in a transaction",
      "dynamodb:DeleteItem": "store: deletes a row, also in a transaction",
      "dynamodb:ConditionCheckItem": "store: writes only if another row is as it was read",
      "dynamodb:BatchWriteItem": "store: writes many rows that need not be written together",
    }),
  ];
}

/**
 * What a job needs with the configured store: its home role reaches the table if there is one.
 *
 * @param access "read": as much of it as a run needs that leaves no trace
 */
export function withStore(
  needs: JobNeeds,
  store: StoreConfig,
  access: "read" | "write" = "write",
): JobNeeds {
  if (store.kind === "sqlite") return needs;
  const { home } = needs.roles;
  const rows = Object.values(needs.runs).map((run) => run.rows);
  const permissions = storePermissions(needs.job, store, {
    reads: rows.flatMap(({ reads }) => reads),
    writes: access === "read" ? [] : rows.flatMap(({ writes }) => writes),
  });
  return {
    ...needs,
    roles: {
      ...needs.roles,
      home: { ...home, permissions: [...home.permissions, ...permissions] },
    },
  };
}

/** What a program needs besides that makes its table: on this machine only, and in no policy. */
export const MAKES_TABLE: readonly Permission[] = permissionsOn(null, {
  "dynamodb:CreateTable": "store: makes the table, on this machine",
  "dynamodb:UpdateTimeToLive": "store: lets rows that are over be deleted, on this machine",
});
