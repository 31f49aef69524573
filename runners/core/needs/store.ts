import type { StoreConfig } from "../config/organization.ts";
import {
  type JobNeeds,
  onlyValues,
  type Permission,
  permissionsOn,
  type RoleNeed,
  type RowNeeds,
} from "./needs.ts";

/** The table of the store. */
type StoreTable = Pick<Extract<StoreConfig, { kind: "dynamodb" }>, "region" | "table">;

/**
 * What a home role needs of the store's DynamoDB table. There is no Scan and no PartiQL: they may
 * come without `dynamodb:LeadingKeys`, and would reach the rows of all jobs.
 *
 * Service Authorization Reference, "Amazon DynamoDB": all actions on items have the key
 * `dynamodb:LeadingKeys`; DescribeTable and DescribeTimeToLive do not. A transaction needs those of
 * its actions (DynamoDB Developer Guide, "Using IAM with DynamoDB transactions").
 *
 * @param partitions the partitions that are read, and that are written, as IAM's patterns; if there
 *   are none, there is nothing to permit
 */
export function storePermissions(
  { region, table }: StoreTable,
  { reads, writes }: RowNeeds,
): Permission[] {
  if (reads.length + writes.length === 0) return [];
  const resources = [`arn:{partition}:dynamodb:${region}:*:table/${table}`];
  const items = (partitions: readonly string[], whys: { readonly [action: string]: string }) => {
    const condition = onlyValues("StringLike", "dynamodb:LeadingKeys", ...partitions);
    return partitions.length === 0
      ? []
      : permissionsOn(resources, whys).map((one) => ({ ...one, condition }));
  };
  return [
    ...permissionsOn(resources, {
      "dynamodb:DescribeTable": "store: whether the table is there, with the right keys",
      "dynamodb:DescribeTimeToLive": "store: whether rows that are over are deleted",
    }),
    ...items(reads, {
      "dynamodb:GetItem": "store: reads a row",
      "dynamodb:Query": "store: lists the rows of a kind",
    }),
    ...items(writes, {
      "dynamodb:PutItem": "store: writes a row, also in a transaction",
      "dynamodb:DeleteItem": "store: deletes a row, also in a transaction",
      "dynamodb:ConditionCheckItem": "store: writes only if another row is as it was read",
      "dynamodb:BatchWriteItem": "store: writes many rows that need not be written together",
    }),
  ];
}

/**
 * What a job needs with the configured store: its home roles reach the table if there is one. The
 * home role of all runs reaches all rows of the job, and of another job none but those that its runs
 * name. That of one kind of run reaches only the kinds of rows that it needs.
 *
 * @param access "read": as much of it as a run needs that leaves no trace
 */
export function withStore(
  needs: JobNeeds,
  store: StoreConfig,
  access: "read" | "write" = "write",
): JobNeeds {
  if (store.kind === "sqlite") return needs;
  const reaching = (role: RoleNeed, rows: RowNeeds): RoleNeed => ({
    ...role,
    permissions: [...role.permissions, ...storePermissions(store, rows)],
  });
  const all = (rows: "reads" | "writes") => {
    const named = new Set(Object.values(needs.runs).flatMap((run) => run.rows[rows]));
    const own = `${needs.job}/`;
    const others = partitionsOf([...named].filter((kind) => !kind.startsWith(own)));
    return named.size === 0 ? [] : [`${own}*`, ...others];
  };
  const homes = Object.entries(needs.homes).map(([kind, role]) => {
    const { reads, writes } = needs.runs[kind]!.rows;
    return [kind, reaching(role, { reads: partitionsOf(reads), writes: partitionsOf(writes) })];
  });
  return {
    ...needs,
    roles: {
      ...needs.roles,
      home: reaching(needs.roles.home, {
        reads: all("reads"),
        writes: access === "read" ? [] : all("writes"),
      }),
    },
    homes: Object.fromEntries(homes),
  };
}

/** The partitions of kinds of rows: a kind has one, or one for each account or day behind `#`. */
function partitionsOf(kinds: readonly string[]): string[] {
  return kinds.flatMap((kind) => [kind, `${kind}#*`]);
}

/** What a program needs besides that makes its table: on this machine only, and in no policy. */
export const MAKES_TABLE: readonly Permission[] = permissionsOn(null, {
  "dynamodb:CreateTable": "store: makes the table, on this machine",
  "dynamodb:UpdateTimeToLive": "store: lets rows that are over be deleted, on this machine",
});
