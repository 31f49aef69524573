import type { AwsCredentialIdentityProvider } from "@smithy/types";
import { AwsAccessError, messageOf, UsageError } from "../errors.ts";

/** The part of the environment that says who the caller is. */
export interface Environment {
  get(name: string): string | undefined;
}

/** Whoever started the program: its credentials by the SDK's own chain, and its region. */
export type Caller = {
  readonly credentials: AwsCredentialIdentityProvider;
  /** AWS_REGION, AWS_DEFAULT_REGION (which the SDK ignores) or the profile's. */
  readonly region: string | undefined;
};

/**
 * Finds the caller's credentials.
 *
 * If AWS_PROFILE names a profile that does not exist, the SDK goes on to other sources, and would
 * work as somebody else. Here that is an error.
 *
 * @throws UsageError for an unknown profile, or one with `credential_process`
 */
export async function findCaller(environment: Environment): Promise<Caller> {
  const name = environment.get("AWS_PROFILE") || undefined;
  const profiles = await readProfiles();
  const known = Object.keys(profiles);
  if (name !== undefined && !Object.hasOwn(profiles, name)) {
    throw new UsageError(
      `AWS_PROFILE is "${name}", and neither ~/.aws/config nor ~/.aws/credentials has that profile` +
        (known.length > 0 ? `. They have: ${known.join(", ")}` : ""),
    );
  }
  const profile = profiles[name ?? "default"];
  const staticKeys = Boolean(environment.get("AWS_ACCESS_KEY_ID"));
  if (startsProgram(profiles, name ?? "default") && (name !== undefined || !staticKeys)) {
    throw new UsageError(
      `The profile "${name ?? "default"}" uses credential_process, which would start a program. ` +
        `Run this first: eval "$(aws configure export-credentials --profile ${name ?? "default"} ` +
        `--format env)" and unset AWS_PROFILE`,
    );
  }
  const { defaultProvider } = await import("@aws-sdk/credential-provider-node");
  const region = environment.get("AWS_REGION") || environment.get("AWS_DEFAULT_REGION") ||
    profile?.["region"];
  const chain = defaultProvider({
    ...(name === undefined ? {} : { profile: name }),
    // The chain's own STS clients need a region where the environment names none.
    ...(region === undefined ? {} : { clientConfig: { region } }),
  });
  const sso = ssoProfile(profiles, name ?? "default");
  return {
    credentials: () =>
      chain().catch((cause: unknown) => {
        const message = sso === undefined
          ? noCredentials(environment, name)
          : noSsoSession(sso, messageOf(cause));
        throw new AwsAccessError("no-credentials", message, {
          cause: cause instanceof Error ? cause : new Error(messageOf(cause)),
        });
      }),
    region,
  };
}

/** Whether a profile, or one that it takes its credentials from, uses credential_process. */
function startsProgram(profiles: Profiles, name: string): boolean {
  return withSources(profiles, name).some(([, one]) => one["credential_process"] !== undefined);
}

/** The profile by which a person logs in with SSO: this, or one that it takes its credentials from. */
function ssoProfile(profiles: Profiles, name: string): string | undefined {
  return withSources(profiles, name).find(([, profile]) =>
    profile["sso_session"] !== undefined || profile["sso_start_url"] !== undefined
  )?.[0];
}

/** A profile, and those that it takes its credentials from. */
function withSources(
  profiles: Profiles,
  name: string | undefined,
  seen: readonly string[] = [],
): readonly (readonly [name: string, profile: Profiles[string]])[] {
  const profile = name === undefined || seen.includes(name) ? undefined : profiles[name];
  if (!profile) return [];
  const sources = withSources(profiles, profile["source_profile"], [...seen, name!]);
  return [[name!, profile], ...sources];
}

type Profiles = Record<string, Record<string, string | undefined>>;

/** @param said what the SDK says of it: a sentence, and what to do in general */
function noSsoSession(profile: string, said: string): string {
  const [why] = said.split(/\.(?: |$)/);
  return `Cannot get credentials by the SSO session of the profile "${profile}": ${why}. Log in ` +
    `with "aws sso login --profile ${profile}", and run this again`;
}

function noCredentials(environment: Environment, profile: string | undefined): string {
  const state = (...names: string[]) =>
    names.some((name) => environment.get(name)) ? "set" : "not set";
  const container = ["RELATIVE_URI", "FULL_URI"].map((end) => `AWS_CONTAINER_CREDENTIALS_${end}`);
  const tried = [
    `AWS_ACCESS_KEY_ID (${state("AWS_ACCESS_KEY_ID")})`,
    profile === undefined ? "the default profile in ~/.aws" : `the profile "${profile}" in ~/.aws`,
    `web identity (AWS_WEB_IDENTITY_TOKEN_FILE ${state("AWS_WEB_IDENTITY_TOKEN_FILE")})`,
    `the container's role (AWS_CONTAINER_CREDENTIALS_… ${state(...container)})`,
    "the instance's role",
  ];
  return `Cannot find AWS credentials. Tried ${tried.join(", ")}. ` +
    "Set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or log in with " +
    '"aws sso login", and run this again';
}

async function readProfiles(): Promise<Profiles> {
  const { loadSharedConfigFiles } = await import("@smithy/shared-ini-file-loader");
  const { configFile, credentialsFile } = await loadSharedConfigFiles({ ignoreCache: true });
  // The loader lists "sso-session x" and "services x" sections beside profiles, with a dot.
  const names = Object.keys({ ...configFile, ...credentialsFile })
    .filter((name) => !/^(sso-session|services)\./.test(name));
  return Object.fromEntries(
    names.map((name) => [name, { ...configFile[name], ...credentialsFile[name] }]),
  );
}
