import * as z from "zod";
import { auditContradictions, auditSchema } from "../audit/config.ts";
import { durationMs } from "../core/duration.ts";
import { ConfigError } from "../core/errors.ts";
import { notifyContradictions, notifySchema } from "../core/config/notify.ts";
import { pathText, problemsOf } from "../core/config/problems.ts";
import { brokenTexts } from "../core/config/text.ts";
import {
  organizationContradictions,
  organizationSchema,
  plansSchema,
  reportsSchema,
  storeSchema,
} from "../core/config/organization.ts";
import { repoContradictions, repoSchema } from "../repo/config.ts";

/** The whole configuration: core's part and every job's. Strict: an unknown key is an error. */
export const configSchema = z.strictObject({
  $schema: z.string().optional(),
  version: z.literal(1),
  organization: organizationSchema.prefault({}),
  store: storeSchema.prefault({}),
  plans: plansSchema.prefault({}),
  notify: notifySchema,
  reports: reportsSchema.prefault({}),
  audit: auditSchema.optional(),
  repo: repoSchema.prefault({}),
});

export type Config = z.infer<typeof configSchema>;

/**
 * Checks a configuration whole, with its contradictions.
 *
 * @param input what the file says, read but not checked
 * @param source what to call it in messages: the file's name
 * @param today exemptions end within a year of it
 * @throws ConfigError with one sentence per problem, each with its path
 */
export function checkConfig(input: unknown, source: string, today: Date): Config {
  const result = configSchema.safeParse(input);
  const problems = result.success
    ? [...brokenTexts(input, pathText), ...contradictions(result.data, input, today)]
    : problemsOf(result.error, input, configSchema);
  if (problems.length > 0) {
    throw new ConfigError(problems.map((problem) => `${source}: ${problem}`));
  }
  return result.data!;
}

/** What no single setting shows. Answers sentences that begin with a path. */
function contradictions(config: Config, input: unknown, today: Date): string[] {
  return [
    ...organizationContradictions(config.organization),
    ...(config.audit
      ? auditContradictions(config.audit, today, says(input, "audit", "limits"))
      : []),
    ...enforcementProblems(config),
    ...repoContradictions(config.repo),
    ...notifyContradictions(config.notify),
    ...(durationMs(config.plans.maxAge) === 0 ? ["plans.maxAge must be more than 0"] : []),
  ];
}

/** Whether the file says a setting itself, or leaves it to its default. */
function says(input: unknown, ...path: string[]): boolean {
  return path.reduce<unknown>(
    (found, key) => (found as Record<string, unknown> | undefined)?.[key],
    input,
  ) !== undefined;
}

/** An account that is enforced and never looked at would be a silent mistake. */
function enforcementProblems(config: Config): string[] {
  const { accounts, exclude } = config.organization;
  const { accounts: enforced, units } = config.audit?.enforce ?? { accounts: [], units: [] };
  const unknowable = units.length > 0 && accounts !== "organizations"
    ? [
      'audit.enforce.units takes effect with organization.accounts: "organizations" only; name ' +
      "the accounts in audit.enforce.accounts",
    ]
    : [];
  return unknowable.concat(enforced.flatMap((id, index) => {
    const path = `audit.enforce.accounts[${index}]`;
    if (exclude.includes(id)) return [`${path} is ${id}, which organization.exclude leaves out`];
    if (Array.isArray(accounts) && !accounts.some((account) => account.id === id)) {
      return [`${path} is ${id}, which organization.accounts does not name`];
    }
    return [];
  }));
}

/** The JSON Schema of the configuration file, for editors. */
export function configJsonSchema(): unknown {
  return { title: "Groundskeeper", ...z.toJSONSchema(configSchema, { io: "input" }) };
}
