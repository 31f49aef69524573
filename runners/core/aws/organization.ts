import type {
  Account as SdkAccount,
  ListAccountsCommandOutput,
} from "@aws-sdk/client-organizations";
import type { OrganizationConfig } from "../config/organization.ts";
import { counted } from "../cli/words.ts";
import { AwsAccessError, GroundskeeperError } from "../errors.ts";
import { compareText } from "../plan/canonical.ts";
import { failureOf, isInterruption } from "./failure.ts";
import { setOf } from "./listing.ts";
import { allItems, told } from "./paginate.ts";
import type { Account, Sessions } from "./session.ts";

/** Organizations is a global service that answers here (Organizations, "Endpoints and quotas"). */
const ORGANIZATIONS_REGION: Record<string, string> = {
  aws: "us-east-1",
  "aws-cn": "cn-northwest-1",
  "aws-us-gov": "us-gov-west-1",
};

/** An account that was listed and is not read. */
type LeftOut = Pick<Account, "id" | "name"> & {
  /** Half a sentence for people: "its State is SUSPENDED". */
  readonly why: string;
};

/** The accounts to read, and the other ones that were listed; both in the order of their ids. */
type Listing = {
  readonly accounts: readonly Account[];
  readonly leftOut: readonly LeftOut[];
};

/**
 * The accounts that the configuration speaks of: those that are active and not excluded.
 *
 * @param askedUnits units whose accounts are to be told apart; needs accounts: "organizations"
 * @throws AwsAccessError when they cannot all be listed: a shorter list would be a silent mistake
 */
export async function listAccounts(
  sessions: Sessions,
  organization: OrganizationConfig,
  askedUnits: readonly string[] = [],
): Promise<Listing> {
  const { accounts, exclude } = organization;
  const listed: Listing = accounts === "organizations"
    ? await listOrganization(sessions, organization.units, askedUnits)
    : {
      accounts: accounts === "current"
        ? [{ id: (await sessions.identity()).account, name: null }]
        : accounts.map(({ id, name }) => ({ id, name: name ?? null })),
      leftOut: [],
    };
  const excluded = listed.accounts.filter(({ id }) => exclude.includes(id))
    .map(({ id, name }) => ({ id, name, why: "organization.exclude names it" }));
  const byId = (a: { id: string }, b: { id: string }) => compareText(a.id, b.id);
  return {
    accounts: listed.accounts.filter(({ id }) => !exclude.includes(id)).sort(byId),
    leftOut: [...listed.leftOut, ...excluded].sort(byId),
  };
}

/** How many accounts are named one by one. */
const NAMED = 20;

/**
 * A run that reads no account would call an organization clean that it has not seen.
 *
 * @throws AwsAccessError that names what was listed, and why each account was left out
 */
export function refuseNoAccount(
  { accounts, leftOut }: Listing,
  { units }: Pick<OrganizationConfig, "units">,
): void {
  if (accounts.length > 0) return;
  const where = units.length > 0 ? ` in ${units.join(", ")}` : "";
  const reasons = leftOut.slice(0, NAMED).map(({ id, name, why }) =>
    `${id}${name === null ? "" : ` (${name})`}: ${why}`
  );
  const more = leftOut.length > NAMED ? `; and ${leftOut.length - NAMED} more` : "";
  throw new AwsAccessError(
    "no-account",
    leftOut.length === 0
      ? `There is no account to read: AWS Organizations lists none${where}. Check ` +
        "organization.units, and that the credentials are of the right organization"
      : `There is no account to read: ${counted(leftOut.length, "account")} ` +
        `${leftOut.length === 1 ? "was" : "were"} listed${where}, and none is left. ` +
        `${reasons.join("; ")}${more}. Check organization.units and organization.exclude`,
  );
}

async function listOrganization(
  sessions: Sessions,
  units: readonly string[],
  askedUnits: readonly string[],
): Promise<Listing> {
  try {
    const found = units.length === 0
      ? await listAll(sessions)
      : (await Promise.all(units.map((unit) => listUnit(sessions, unit)))).flat();
    const listing = activeAccounts(found);
    if (askedUnits.length === 0) return listing;
    const members = await Promise.all(askedUnits.map(async (unit) => ({
      unit,
      ids: new Set((await listUnit(sessions, unit)).map(({ id }) => id)),
    })));
    const unitsOf = (account: Account) =>
      members.filter(({ ids }) => ids.has(account.id)).map(({ unit }) => unit);
    return {
      ...listing,
      accounts: listing.accounts.map((account) => ({ ...account, units: unitsOf(account) })),
    };
  } catch (error) {
    if (error instanceof GroundskeeperError || isInterruption(error)) throw error;
    const { detail } = failureOf(error);
    throw new AwsAccessError(
      "accounts-not-listable",
      `Cannot list the accounts of the organization: ${detail.replace(/\.$/, "")}. Run with ` +
        "credentials of the management account or a delegated administrator, or name the " +
        "accounts in organization.accounts",
      { cause: error },
    );
  }
}

type ListedAccount = Pick<Account, "id" | "name" | "joined"> & { readonly state: string };

/** A page of accounts. */
type Page = Pick<ListAccountsCommandOutput, "Accounts" | "NextToken">;

/** The accounts of all pages of an action. */
async function pagedAccounts(
  action: string,
  ask: (token: string | undefined) => Promise<Page>,
): Promise<ListedAccount[]> {
  const read = ({ Accounts, NextToken }: Page) => ({ items: Accounts, next: NextToken });
  return (await allItems(action, ask, read)).map((account) => readAccount(action, account));
}

async function organizations(sessions: Sessions) {
  const sdk = await import("@aws-sdk/client-organizations");
  const session = await sessions.home();
  const region = ORGANIZATIONS_REGION[session.partition] ?? sessions.region;
  return { sdk, client: session.client(sdk.OrganizationsClient, region), reading: session.reading };
}

async function listAll(sessions: Sessions): Promise<ListedAccount[]> {
  const { sdk, client, reading } = await organizations(sessions);
  return await pagedAccounts(
    "organizations:ListAccounts",
    (NextToken) => client.send(new sdk.ListAccountsCommand({ NextToken }), reading),
  );
}

/** The accounts of a unit and of all units below it. */
async function listUnit(sessions: Sessions, unit: string): Promise<ListedAccount[]> {
  const { sdk, client, reading } = await organizations(sessions);
  const accounts = await pagedAccounts(
    "organizations:ListAccountsForParent",
    (NextToken) =>
      client.send(new sdk.ListAccountsForParentCommand({ ParentId: unit, NextToken }), reading),
  ).catch((error: unknown) => {
    if (!(error instanceof sdk.ParentNotFoundException)) throw error;
    throw new AwsAccessError(
      "accounts-not-listable",
      `Cannot list the accounts of the unit ${unit}: AWS Organizations knows no such unit. Check ` +
        "the units that the configuration names",
      { cause: error },
    );
  });
  const action = "organizations:ListOrganizationalUnitsForParent";
  const below = await allItems(
    action,
    (NextToken) =>
      client.send(
        new sdk.ListOrganizationalUnitsForParentCommand({ ParentId: unit, NextToken }),
        reading,
      ),
    (page) => ({ items: page.OrganizationalUnits, next: page.NextToken }),
  );
  const children = new Set(below.map(({ Id }) => told(Id, action, "a unit", "Id")));
  const nested: ListedAccount[] = [];
  for (const child of children) nested.push(...await listUnit(sessions, child));
  return [...accounts, ...nested];
}

/**
 * Organizations says `State` where it said `Status` until September 2026 (Organizations API
 * Reference, "Account").
 *
 * @throws IncompleteAnswerError for an account without an id or a state: it may not be active
 */
function readAccount(
  action: string,
  { Id, Name, State, Status, JoinedTimestamp }: SdkAccount,
): ListedAccount {
  const id = told(Id, action, "an account", "Id");
  return {
    id,
    name: Name ?? null,
    state: told(State || Status, action, `the account ${id}`, "State and Status"),
    ...(JoinedTimestamp ? { joined: JoinedTimestamp } : {}),
  };
}

/** Organizations API Reference, "Account": the states of an account that is not active. */
const NOT_ACTIVE = ["CLOSED", "PENDING_ACTIVATION", "PENDING_CLOSURE", "SUSPENDED"];

/** A suspended account is closed and answers nothing for 90 days; it is no gap in coverage. */
function activeAccounts(listed: readonly ListedAccount[]): Listing {
  const { items, differing } = setOf(listed, ({ id }) => id);
  const accounts: Account[] = [];
  const leftOut: LeftOut[] = [];
  for (const { state, ...account } of items) {
    const { id, name } = account;
    if (differing.has(id)) {
      const detail = "AWS Organizations lists the account twice, and differently: try again later";
      accounts.push({ ...account, doubt: { reason: "listed-twice", detail } });
    } else if (state === "ACTIVE") {
      // How long an account has been there decides whether it may be enforced.
      const detail = "AWS Organizations does not say when the account joined: try again later";
      const isKnown = account.joined !== undefined && !Number.isNaN(account.joined.getTime());
      accounts.push(
        isKnown ? account : { id, name, doubt: { reason: "incomplete-record", detail } },
      );
    } else if (NOT_ACTIVE.includes(state)) {
      leftOut.push({ id, name, why: `its state is ${state}` });
    } else {
      const detail = `AWS Organizations says that the account's State is "${state}", which this ` +
        "version does not know";
      accounts.push({ ...account, doubt: { reason: "unknown-state", detail } });
    }
  }
  return { accounts, leftOut };
}
