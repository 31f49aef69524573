import { deployedJobs } from "../../infra/configuration.ts";
import { checkConfig } from "../../runners/core/config/config.ts";
import { part as reports } from "../../reports/needs.ts";
import {
  type ConfiguredNeeds,
  configuredNeeds,
  type Needing,
} from "../../runners/core/needs/configured.ts";
import { homeCases } from "./home_cases.ts";
import { ORGANIZATION, type Partition, PARTITIONS } from "./organization.ts";
import { ALERTS, HUB, type RoleCase, type RoleTable } from "./role_cases.ts";

const JOBS = await deployedJobs();

/** All that have roles: the jobs, and the reports. */
const ALL: readonly Needing[] = [...JOBS, reports];

/** The kinds of rows that any of their runs names. */
const ROWS = [
  ...new Set(
    ALL.flatMap(({ needs }) =>
      Object.values(needs(undefined).runs).flatMap(({ rows }) => [...rows.reads, ...rows.writes])
    ),
  ),
];

/** The tables of each: it has a file of its name beside this one. */
export const ROLE_TABLES: readonly (readonly [job: string, tables: readonly RoleTable[]])[] =
  await Promise.all(
    ALL.map(async ({ name }) => {
      const { tables } = await import(`./${name}_cases.ts`) as {
        readonly tables: readonly RoleTable[];
      };
      return [name, tables] as const;
    }),
  );

/** What a job needs in the organization of the tables, with a table as the store. */
export function configuredBy(job: string, table: RoleTable, partition: Partition): ConfiguredNeeds {
  const input = {
    version: 1,
    organization: {
      accounts: "organizations",
      roles: "groundskeeper-{job}-{role}",
    },
    store: { kind: "dynamodb", region: "{region}" },
    notify: [{ sns: ALERTS }],
    infra: {
      organizationId: ORGANIZATION,
      hub: { account: HUB, region: "{region}" },
      deployRole: "acme-deploy",
    },
    [job]: table.config,
  };
  const config = checkConfig(JOBS, inPartition(input, partition), table.title, new Date());
  return configuredNeeds(ALL.find(({ name }) => name === job)!, config, ALL, []);
}

/** What each role of a job must be allowed and what not, by its key. */
export function casesOf(
  { needs, roles }: ConfiguredNeeds,
  table: RoleTable,
  partition: Partition,
): { readonly [key: string]: readonly RoleCase[] } {
  const foreign = ROWS.filter((kind) => !kind.startsWith(`${needs.job}/`));
  const all = inPartition([...table.cases, ...homeCases(needs, foreign)], partition);
  return Object.fromEntries(roles.map(({ key }) => [key, all.filter(({ role }) => role === key)]));
}

/** The same with the partition filled in, and a Region of it. */
function inPartition<Value>(value: Value, partition: Partition): Value {
  const text = JSON.stringify(value).replaceAll("{partition}", partition);
  return JSON.parse(text.replaceAll("{region}", PARTITIONS[partition]));
}
