import * as z from "zod";
import { ConfigError } from "../errors.ts";
import type { DeployedJob } from "../program.ts";
import { infraContradictions, infraSchema } from "./infra.ts";
import { notifyContradictions, notifySchema } from "./notify.ts";
import {
  organizationContradictions,
  organizationSchema,
  planContradictions,
  plansSchema,
  storeContradictions,
  storeSchema,
} from "./organization.ts";
import { reportsContradictions, reportsSchema } from "./reports.ts";
import { problemsOf, valueAt } from "./problems.ts";
import { brokenTexts } from "./text.ts";

export type JobPart = Omit<DeployedJob, "needs" | "modulePermissions">;

const COMMON = {
  $schema: z.string().optional(),
  version: z.literal(1),
  organization: organizationSchema.prefault({}),
  store: storeSchema.prefault({}),
  plans: plansSchema.prefault({}),
  notify: notifySchema,
  reports: reportsSchema.prefault({}),
  infra: infraSchema.optional(),
};

/** What all jobs share, and each job's part under the job's name: checked by the job's schema. */
export type Config = z.infer<z.ZodObject<typeof COMMON>> & { readonly [job: string]: unknown };

/** The complete configuration: core's part and every job's. An unknown key is an error. */
function schemaOf(jobs: readonly JobPart[]): z.ZodType<Config> {
  const parts = jobs.map(({ name, schema, unconfigured }) =>
    [name, unconfigured ? schema.optional() : schema.prefault({})] as const
  );
  return z.strictObject({ ...COMMON, ...Object.fromEntries(parts) });
}

/**
 * Checks a complete configuration, with its contradictions.
 *
 * @param input what the file says, read but not checked
 * @param source what to call it in messages: the file's name
 * @param today exemptions end within a year of it
 * @throws ConfigError with one sentence per problem, each with its path
 */
export function checkConfig(
  jobs: readonly JobPart[],
  input: unknown,
  source: string,
  today: Date,
): Config {
  const schema = schemaOf(jobs);
  const result = schema.safeParse(input);
  const problems = result.success
    ? [...brokenTexts(input), ...contradictions(jobs, result.data, input, today)]
    : problemsOf(result.error, input, schema);
  if (problems.length > 0) {
    throw new ConfigError(problems.map((problem) => `${source}: ${problem}`));
  }
  return result.data!;
}

/** What is wrong with settings together. Answers sentences that begin with a path. */
function contradictions(
  jobs: readonly JobPart[],
  config: Config,
  input: unknown,
  today: Date,
): string[] {
  const { infra, organization, plans, store } = config;
  return [
    ...organizationContradictions(organization),
    ...storeContradictions(store),
    ...jobs.filter(({ name }) => config[name] !== undefined).flatMap((job) =>
      job.contradictions?.(config[job.name], {
        organization,
        retention: store.retention,
        today,
        says: (...path) => valueAt(input, [job.name, ...path]) !== undefined,
      }) ?? []
    ),
    ...notifyContradictions(config.notify),
    ...reportsContradictions(config.reports),
    ...planContradictions(plans, store),
    ...infra ? infraContradictions(infra, organization, store) : [],
  ];
}

/** The JSON Schema of the configuration file, for editors. */
export function configJsonSchema(jobs: readonly JobPart[]): unknown {
  const schema = z.toJSONSchema(schemaOf(jobs), {
    io: "input",
    // What core's own messages say of words of other tools: no keyword of JSON Schema.
    override: ({ jsonSchema }) => {
      delete jsonSchema["instead"];
    },
  });
  return { title: "Groundskeeper", ...schema };
}
