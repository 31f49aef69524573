import * as z from "zod";
import {
  type OrganizationConfig,
  organizationContradictions,
  organizationSchema,
} from "../../core/config/organization.ts";
import { problemsOf } from "../../core/config/problems.ts";
import { ConfigError, UsageError } from "../../core/errors.ts";
import { namedActions } from "../catalogue/spelling.ts";
import { type Asked, type RepoConfig, repoContradictions, repoSchema } from "../config.ts";

// Each is put under its own key, so that problems have the paths of a configuration file.
const repoPart = z.strictObject({ repo: repoSchema });
const organizationPart = z.strictObject({ organization: organizationSchema });

/**
 * Reads the job's settings, with their defaults.
 *
 * @throws ConfigError with a sentence for each problem, as the command line says it
 */
export function readRepoConfig(repo: unknown): RepoConfig {
  const config = read(repoPart, { repo }).repo;
  refuse(repoContradictions(config));
  return config;
}

/**
 * Reads which accounts there are and the roles in them, with defaults.
 *
 * @throws ConfigError
 */
export function readOrganization(organization: unknown): OrganizationConfig {
  const config = read(organizationPart, { organization }).organization;
  refuse(organizationContradictions(config));
  return config;
}

/**
 * What a program asks to be removed by name, by the rules of the command line.
 *
 * @throws UsageError if a text is no action of one service, and of `deny` without `remove`
 */
export function askedToRemove(
  remove: readonly string[] | undefined,
  deny: boolean,
): Pick<Asked, "remove" | "deny"> {
  if (deny && remove === undefined) {
    throw new UsageError("Cannot deny nothing: deny goes with remove, which names the actions");
  }
  return { remove: remove === undefined ? null : namedActions(remove, "remove"), deny };
}

function read<Schema extends z.ZodType>(schema: Schema, input: unknown): z.infer<Schema> {
  const result = schema.safeParse(input);
  if (!result.success) refuse(problemsOf(result.error, input, schema));
  return result.data!;
}

function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw new ConfigError(problems);
}
