import * as z from "zod";
import { ROLE_NAME_PATTERN, SESSION_NAME_PATTERN } from "../contract/names.ts";
import { unknownRegion } from "../aws/region_names.ts";
import { durationMs } from "../duration.ts";
import { filePath } from "./literal.ts";
import { accountId, duration, regionName } from "./values.ts";

const namedAccount = z.strictObject({ id: accountId, name: z.string().min(1).max(128).optional() });

/** Which accounts and regions, and by which roles. */
export const organizationSchema = z.strictObject({
  accounts: z.union([z.enum(["current", "organizations"]), z.array(namedAccount).min(1)])
    .default("current").meta({
      description: '"current": the account of the caller\'s credentials. "organizations": all ' +
        "active accounts that AWS Organizations lists. Or a list of accounts",
    }),
  units: z.array(
    z.string().regex(/^(ou-[0-9a-z-]+|r-[0-9a-z]+)$/, "must be the ID of a unit, ou-…"),
  )
    .default([]).meta({
      description:
        'Organizational units to take, with all below them. Needs accounts: "organizations"',
    }),
  exclude: z.array(accountId).default([]).meta({
    description: "Accounts to leave out. Suspended accounts are left out by themselves",
  }),
  regions: z.union([
    z.literal("enabled"),
    z.array(regionName).min(1),
    z.strictObject({ allExcept: z.array(regionName).min(1) }),
  ]).default("enabled").meta({
    description: 'The regions to read; "enabled": all that the account has enabled; ' +
      '{"allExcept": [...]}: these without some',
  }),
  roles: z.string().regex(/^[\w+=,.@{}-]+$/, "must be the name of a role, or a pattern")
    .nullable().default(null).meta({
      description: `The role to assume in each account, such as "${ROLE_NAME_PATTERN}"; ` +
        "null: the caller's own credentials",
    }),
  namedRoles: z.record(
    z.string().regex(
      /^[a-z]+(-[a-z]+){1,2}$/,
      'must be a job and a role such as "audit-observe"',
    ),
    z.string().regex(/^[\w+=,.@/-]+$/, "must be the name of a role, with its path if it has one"),
  ).default({}).meta({ description: "Roles with names of one's own, by job and role" }),
  homeRole: z.string().regex(
    /^arn:aws(-[a-z]+)*:iam::\d{12}:role\/[\w+=,.@/-]+$/,
    "must be the ARN of a role",
  )
    .nullable().default(null).meta({
      description: "A role to assume first; the roles in the accounts are assumed with it",
    }),
  // STS API Reference, AssumeRole: ExternalId.
  externalId: z.string().regex(/^[\w+=,.@:/-]{2,1224}$/, "must be an external ID").nullable()
    .default(null).meta({
      description: "The external ID that the roles in the accounts ask for",
    }),
  sessionName: z.string().regex(/^[\w+=,.@{}-]{2,60}$/, "must be a role session name")
    .default(SESSION_NAME_PATTERN).meta({
      description: "How role sessions are named, for CloudTrail; the run's ID is added",
    }),
});

export type OrganizationConfig = z.infer<typeof organizationSchema>;

/** An account that a setting names, and the setting's path. */
export type NamedAccount = { readonly path: string; readonly id: string };

const retention = duration.default("400d").meta({
  description: "How long the journal and the runs are kept; at least 30d",
});

/** Where Groundskeeper keeps its sightings, marks, journal and reservations. */
export const storeSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("sqlite").optional().default("sqlite"),
    path: filePath.default("groundskeeper.db").meta({
      description: "The SQLite file; a relative path is relative to where the command is run",
    }),
    retention,
  }),
  z.strictObject({
    kind: z.literal("dynamodb"),
    region: regionName.meta({ description: "The Region of the table" }),
    // DynamoDB Developer Guide, "Naming rules".
    table: z.string().regex(
      /^[a-zA-Z0-9_.-]{3,255}$/,
      "must be the name of a table: 3 to 255 letters, digits, _, . and -",
    ).default("groundskeeper").meta({ description: "The table, in the account of the home role" }),
    retention,
  }),
]);

export type StoreConfig = z.infer<typeof storeSchema>;

/** A restore, and what is watched after a removal, must find their journal. */
const MIN_RETENTION = "30d";

/** What is wrong with the store's settings. Answers sentences that begin with a path. */
export function storeContradictions({ retention }: StoreConfig): string[] {
  return durationMs(retention) < durationMs(MIN_RETENTION)
    ? [`store.retention must be at least ${MIN_RETENTION}, found "${retention}"`]
    : [];
}

export const plansSchema = z.strictObject({
  maxAge: duration.default("24h").meta({ description: "How old a plan may be that is applied" }),
  pendingMax: duration.default("7d").meta({
    description: "How long AWS may be at a change before its outcome is unknown",
  }),
});

/** What is wrong with the settings of plans. Answers sentences that begin with a path. */
export function planContradictions(
  plans: z.infer<typeof plansSchema>,
  { retention }: StoreConfig,
): string[] {
  return (["maxAge", "pendingMax"] as const).flatMap((name) => {
    const ms = durationMs(plans[name]);
    if (ms === 0) return [`plans.${name} must be more than 0`];
    return ms <= durationMs(retention) ? [] : [
      `plans.${name} must be at most store.retention, which keeps what of a plan was used, ` +
      `found "${plans[name]}" and "${retention}"`,
    ];
  });
}

/** What the settings call an account; its ID where they do not. AWS is not asked. */
export function accountNames(
  { accounts }: Pick<OrganizationConfig, "accounts">,
): (id: string) => string {
  const names = new Map(
    Array.isArray(accounts) ? accounts.map(({ id, name }) => [id, name] as const) : [],
  );
  return (id) => names.get(id) ?? id;
}

/** What is wrong with settings together. Answers sentences that begin with a path. */
export function organizationContradictions(config: OrganizationConfig): string[] {
  const problems: string[] = [];
  const ids = Array.isArray(config.accounts) ? config.accounts.map((account) => account.id) : [];
  for (const id of new Set(ids.filter((id, index) => ids.indexOf(id) !== index))) {
    problems.push(`organization.accounts names the account ${id} twice`);
  }
  for (const id of ids.filter((id) => config.exclude.includes(id))) {
    problems.push(`organization.exclude leaves out ${id}, which organization.accounts names`);
  }
  if (config.units.length > 0 && config.accounts !== "organizations") {
    problems.push(
      'organization.units takes effect with organization.accounts: "organizations" only',
    );
  }
  for (const [path, name] of namedRegions(config)) {
    const problem = unknownRegion(name);
    if (problem) problems.push(`${path}: "${name}" ${problem}`);
  }
  if (config.roles === null && config.accounts !== "current" && ids.length !== 1) {
    problems.push(
      "organization.roles is null, so the caller's own credentials are used, which belong to one " +
        `account: name the role to assume, such as "${ROLE_NAME_PATTERN}", ` +
        'or leave organization.accounts at "current"',
    );
  }
  return problems;
}

/** The Regions that the configuration names, each with its path. */
function namedRegions({ regions }: OrganizationConfig): (readonly [path: string, name: string])[] {
  if (regions === "enabled") return [];
  const [path, names] = "allExcept" in regions
    ? ["organization.regions.allExcept", regions.allExcept] as const
    : ["organization.regions", regions] as const;
  return names.map((name, index) => [`${path}[${index}]`, name]);
}
