import type { AwsCredentialIdentity, AwsCredentialIdentityProvider } from "@smithy/types";
import { type Clock, MAX_CLOCK_SKEW_MS } from "../clock.ts";
import type { OrganizationConfig } from "../config/organization.ts";
import { AwsAccessError, nameOf } from "../errors.ts";
import { spanText } from "../duration.ts";
import { declaredActions, type JobRoles } from "../needs/needs.ts";
import { roleName } from "../needs/role_names.ts";
import { parseArn, roleArn } from "./arn.ts";
import type { Caller } from "./caller.ts";
import { type ClientOptions, makeClient } from "./clients.ts";
import { renewingCredentials } from "./credentials.ts";
import { failureOf, isInterruption } from "./failure.ts";
import { told } from "./paginate.ts";
import { globalRegion } from "./regions.ts";
import type { Account, Identity, Session, Sessions } from "./session.ts";

type SessionOptions = Pick<ClientOptions, "budget" | "policy" | "signal"> & {
  readonly caller: Caller;
  readonly organization: OrganizationConfig;
  readonly needs: JobRoles;
  readonly runId: string;
  readonly clock: Clock;
};

/** Where to ask when neither the environment nor the profile names a region. */
const FALLBACK_REGION = "us-east-1";

/**
 * Opens sessions: caller, then the home role where one is configured, then the role in the account.
 * The account is checked against STS before the first call in it, and the clock with it.
 */
export class AwsSessions implements Sessions {
  readonly region: string;
  #identity: Promise<Identity> | undefined;
  #home: Promise<Session> | undefined;
  readonly #members = new Map<string, Promise<Session>>();
  /** The caller's own, kept and renewed like those of roles. */
  readonly #credentials: AwsCredentialIdentityProvider;
  #skewMs: number | null = null;

  constructor(private readonly options: SessionOptions) {
    this.region = options.caller.region ?? FALLBACK_REGION;
    this.#credentials = renewingCredentials(options.caller.credentials, options.clock);
  }

  get clockSkewMs(): number | null {
    return this.#skewMs;
  }

  identity(): Promise<Identity> {
    return this.#identity ??= this.#askIdentity();
  }

  home(): Promise<Session> {
    return this.#home ??= this.#openHome();
  }

  member(account: Account, role: string): Promise<Session> {
    return this.#members.getOrInsertComputed(
      `${account.id}/${role}`,
      () => this.#openMember(account, role),
    );
  }

  async #askIdentity(): Promise<Identity> {
    const { STSClient, GetCallerIdentityCommand } = await import("@aws-sdk/client-sts");
    const session = this.#callerSession({ account: "", partition: "", arn: "" }, "home");
    try {
      const answer = await session.client(STSClient, this.region)
        .send(new GetCallerIdentityCommand({}), session.reading);
      const arn = answer.Arn ?? "";
      const account = told(answer.Account, "sts:GetCallerIdentity", "an identity", "Account");
      return { account, arn, partition: parseArn(arn).partition };
    } catch (error) {
      throw explainCaller(error);
    }
  }

  async #openHome(): Promise<Session> {
    const identity = await this.identity();
    const { homeRole } = this.options.organization;
    if (homeRole === null) return this.#callerSession(identity, "home");
    const { account } = parseArn(homeRole);
    const caller = this.#callerSession({ ...identity, account }, "home");
    return await this.#assume(caller, homeRole, { id: account, name: null }, "home");
  }

  async #openMember(account: Account, role: string): Promise<Session> {
    if (account.doubt) throw new AwsAccessError(account.doubt.reason, account.doubt.detail);
    const identity = await this.identity();
    const { organization, needs } = this.options;
    const name = roleName(organization, needs, role);
    if (name === null) {
      if (identity.account !== account.id) {
        const belong = `belong to account ${identity.account}, not to ${accountText(account)}`;
        throw new AwsAccessError(
          "wrong-account",
          `The credentials ${belong}. Name the role to assume with organization.roles, or use ` +
            "credentials of that account",
        );
      }
      return this.#callerSession(identity, role);
    }
    const arn = roleArn(identity.partition, account.id, name);
    return await this.#assume(await this.home(), arn, account, role);
  }

  async #assume(by: Session, arn: string, account: Account, role: string): Promise<Session> {
    let principal = "";
    const ask = async (): Promise<AwsCredentialIdentity> => {
      const assumed = await this.#assumeRole(by, arn, account);
      principal = assumed.principal;
      return assumed.credentials;
    };
    const credentials = renewingCredentials(ask, this.options.clock);
    await credentials();
    return this.#session(account.id, by.partition, role, principal, credentials);
  }

  async #assumeRole(by: Session, arn: string, account: Account) {
    const { STSClient, AssumeRoleCommand } = await import("@aws-sdk/client-sts");
    const { externalId } = this.options.organization;
    try {
      const answer = await by.client(STSClient, this.region).send(
        new AssumeRoleCommand({
          RoleArn: arn,
          RoleSessionName: this.#sessionName(),
          ...(externalId === null ? {} : { ExternalId: externalId }),
        }),
        by.reading,
      );
      const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = answer.Credentials ?? {};
      const principal = answer.AssumedRoleUser?.Arn ?? "";
      if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration) {
        throw new Error("STS answered without credentials");
      }
      if (parseArn(principal).account !== account.id) {
        throw new AwsAccessError(
          "wrong-account",
          `Assumed role "${arn}" and got "${principal}", which is not of account ` +
            `${accountText(account)}. Nothing was asked with it`,
        );
      }
      return {
        principal,
        credentials: {
          accessKeyId: AccessKeyId,
          secretAccessKey: SecretAccessKey,
          sessionToken: SessionToken,
          expiration: Expiration,
        },
      };
    } catch (error) {
      throw explainAssume(error, arn, account);
    }
  }

  #callerSession({ account, partition, arn }: Identity, role: string): Session {
    return this.#session(account, partition, role, arn, this.#credentials);
  }

  /** Makes the session value; clients are made on first use. */
  #session(
    account: string,
    partition: string,
    role: string,
    principal: string,
    credentials: AwsCredentialIdentityProvider,
  ): Session {
    const { needs, clock, budget, policy, signal } = this.options;
    const name = `${needs.job}-${role}`;
    const need = needs.roles[role];
    if (!need) throw new Error(`The job ${needs.job} declares no role "${role}"`);
    const clients = new Map<string, unknown>();
    return {
      account,
      partition,
      region: this.options.caller.region ?? globalRegion(partition),
      role: name,
      principal,
      reading: { abortSignal: signal },
      client: (clientClass, region) => {
        const make = () =>
          makeClient(clientClass, region, {
            role: name,
            declared: declaredActions(need),
            writes: need.kind === "write",
            credentials,
            account,
            budget,
            policy,
            signal,
            onStsDate: (date) => this.#skewMs = clock.now().getTime() - date.getTime(),
          });
        const client = clients.getOrInsertComputed(`${clientClass.name}/${region}`, make);
        return client as InstanceType<typeof clientClass>;
      },
    };
  }

  /** At most 64 characters (STS API Reference, AssumeRole); the run's ID is never cut. */
  #sessionName(): string {
    const { needs, organization, runId } = this.options;
    const name = organization.sessionName.replaceAll("{job}", needs.job);
    return `${name.slice(0, 63 - runId.length)}-${runId}`;
  }
}

/** Says what is wrong with the clock, or undefined where it is right. */
export function clockProblem(skewMs: number | null): string | undefined {
  if (skewMs === null) {
    return "STS did not say its time, so that this machine's clock is not proven";
  }
  if (Math.abs(skewMs) <= MAX_CLOCK_SKEW_MS) return undefined;
  const side = skewMs > 0 ? "ahead of" : "behind";
  return `This machine's clock is ${spanText(skewMs)} ${side} AWS's. ` +
    "Deadlines would be wrong: set the clock, and run this again";
}

function accountText(account: Account): string {
  return account.name === null ? account.id : `${account.id} (${account.name})`;
}

const ADVICE: Readonly<Record<string, string>> = {
  "credentials-expired": "The credentials have expired: log in again",
  "credentials-invalid": "STS does not know these credentials: check the key and its secret",
};

function explainCaller(error: unknown): unknown {
  if (error instanceof AwsAccessError || isInterruption(error)) return error;
  const { reason, detail } = failureOf(error);
  const advice = ADVICE[reason] ?? "Check the network and AWS_ENDPOINT_URL, and try again";
  return new AwsAccessError(reason, `Cannot ask STS who the caller is: ${detail}. ${advice}`, {
    cause: error,
  });
}

function explainAssume(error: unknown, arn: string, account: Account): unknown {
  if (error instanceof AwsAccessError || isInterruption(error)) return error;
  const { detail } = failureOf(error);
  return new AwsAccessError(
    "role-not-assumable",
    `Cannot assume role "${arn}" (account ${account.name ?? account.id}): ` +
      (nameOf(error) === "AccessDenied" ? "AccessDenied" : detail) +
      ". Deploy the member stack to this account, or leave it out with organization.exclude",
    { cause: error },
  );
}
