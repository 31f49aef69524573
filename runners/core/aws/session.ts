import type { Failure } from "./failure.ts";

/** An account that the run reads. */
export type Account = {
  readonly id: string;
  readonly name: string | null;
  /** When it joined the organization; absent where nobody was asked. */
  readonly joined?: Date;
  /** Those of the units that a job asks about which the account is in, at any depth. */
  readonly units?: readonly string[];
  /** Why it is not known whether the account is active; no session of it is opened then. */
  readonly doubt?: Failure;
};

/**
 * What people call an account: its name, else its alias, else its id.
 *
 * @param named its name is that of the configuration, or where "organizations" lists the accounts, the
 *   organization's; a job that does not read aliases leaves the alias out
 */
export function accountLabel(
  { id, name, alias = null }: Pick<Account, "id" | "name"> & { readonly alias?: string | null },
): string {
  return name ?? alias ?? id;
}

/** Who the caller is, by STS. */
export type Identity = {
  readonly account: string;
  readonly arn: string;
  readonly partition: string;
};

/** The class of an SDK client. How one is made, only `makeClient` knows. */
export type ClientClass<Client> = new (configuration: never) => Client;

/** The right to work in one account under one role. Imports no AWS package: a job's entry may. */
export interface Session {
  readonly account: string;
  readonly partition: string;
  /** Where to ask what every Region answers: the caller's own Region. */
  readonly region: string;
  /** Job and role, such as `audit-observe`. */
  readonly role: string;
  /** The ARN that the calls are made as. */
  readonly principal: string;
  /** An SDK client of this session, made once per region. */
  client<Client>(clientClass: ClientClass<Client>, region: string): Client;
  /** To be handed to every `send` that reads, so that a signal cuts it. */
  readonly reading: { readonly abortSignal: AbortSignal };
}

/** The sessions of a run: caller, then the home role where one is configured, then the accounts. */
export interface Sessions {
  /** The caller's, or the one to ask where neither environment nor profile names one. */
  readonly region: string;
  /** How far the local clock is off STS's, in milliseconds; null before STS has said its time. */
  readonly clockSkewMs: number | null;
  /**
   * Who the caller is. Asked once per run.
   *
   * @throws AwsAccessError when there are no credentials, or STS does not accept them
   */
  identity(): Promise<Identity>;
  /** The session of the task's own role, which lists accounts and assumes the others. */
  home(): Promise<Session>;
  /**
   * The session of a role in an account.
   *
   * @throws AwsAccessError when it cannot be had, belongs to another account, or is in doubt
   */
  member(account: Account, role: string): Promise<Session>;
}
