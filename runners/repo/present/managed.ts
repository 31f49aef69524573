import { nameOfArn } from "./changes.ts";
import { type Named, repoKeys, type RoleEntry } from "./names.ts";

/** What is unused in one managed policy, over the roles that were looked at. */
export type ManagedFigures = {
  readonly arn: string;
  readonly name: string;
  /** To how many users, groups and roles it is attached. */
  readonly attachments: number;
  readonly roles: readonly RoleEntry[];
  readonly permissions: number;
  /** What the role leaves unused that uses most of it: at most this much is unused by all. */
  readonly unused: number;
  /** Services that none of the roles uses. */
  readonly services: readonly string[];
};

/** The managed policies of the roles that were looked at, those with most unused first. */
export function managedFigures(plan: Named): ManagedFigures[] {
  const uses = repoKeys(plan).roles.flatMap((entry) =>
    entry.managed.map((use) => ({ use, entry }))
  );
  return [...Map.groupBy(uses, ({ use }) => use.arn)].map(([arn, own]) => ({
    arn,
    name: nameOfArn(arn),
    attachments: own[0]!.use.attachments,
    roles: own.map(({ entry }) => entry),
    permissions: own[0]!.use.permissions,
    unused: Math.min(...own.map(({ use }) => use.unused)),
    services: own[0]!.use.unused_services.filter((service) =>
      own.every(({ use }) => use.unused_services.includes(service))
    ),
  })).sort((a, b) => b.unused - a.unused || (a.arn < b.arn ? -1 : 1));
}
