import type { OrganizationConfig } from "../config/organization.ts";
import { AwsAccessError, GroundskeeperError } from "../errors.ts";
import { compareText } from "../plan/canonical.ts";
import { failureOf, isInterruption } from "./failure.ts";
import { allItems } from "./paginate.ts";
import type { Account, Sessions } from "./sessions.ts";

/** Organizations is a global service that answers here (Organizations, "Endpoints and quotas"). */
const ORGANIZATIONS_REGION: Record<string, string> = {
  aws: "us-east-1",
  "aws-cn": "cn-northwest-1",
  "aws-us-gov": "us-gov-west-1",
};

/**
 * The accounts that the configuration speaks of, in the order of their ids, without the excluded
 * and the suspended ones.
 *
 * @param askedUnits units whose accounts are to be told apart; needs accounts: "organizations"
 * @throws AwsAccessError when they cannot all be listed: a shorter list would be a silent mistake
 */
export async function listAccounts(
  sessions: Sessions,
  organization: OrganizationConfig,
  askedUnits: readonly string[] = [],
): Promise<Account[]> {
  const { accounts, exclude } = organization;
  const listed = accounts === "current"
    ? [{ id: (await sessions.identity()).account, name: null }]
    : accounts === "organizations"
    ? await listOrganization(sessions, organization.units, askedUnits)
    : accounts.map(({ id, name }) => ({ id, name: name ?? null }));
  return listed.filter((account) => !exclude.includes(account.id))
    .sort((a, b) => compareText(a.id, b.id));
}

async function listOrganization(
  sessions: Sessions,
  units: readonly string[],
  askedUnits: readonly string[],
): Promise<Account[]> {
  try {
    const found = units.length === 0
      ? await listAll(sessions)
      : (await Promise.all(units.map((unit) => listUnit(sessions, unit)))).flat();
    const distinct = [...new Map(found.map((account) => [account.id, account])).values()];
    if (askedUnits.length === 0) return distinct;
    const members = await Promise.all(askedUnits.map(async (unit) => ({
      unit,
      ids: new Set((await listUnit(sessions, unit)).map(({ id }) => id)),
    })));
    return distinct.map((account) => ({
      ...account,
      units: members.filter(({ ids }) => ids.has(account.id)).map(({ unit }) => unit),
    }));
  } catch (error) {
    if (error instanceof GroundskeeperError || isInterruption(error)) throw error;
    throw new AwsAccessError(
      "accounts-not-listable",
      `Cannot list the accounts of the organization: ${failureOf(error).detail}. Run with ` +
        "credentials of the management account or a delegated administrator, or name the " +
        "accounts in organization.accounts",
      { cause: error },
    );
  }
}

interface ListedAccount {
  readonly Id?: string | undefined;
  readonly Name?: string | undefined;
  readonly Status?: string | undefined;
  readonly JoinedTimestamp?: Date | undefined;
}

async function organizations(sessions: Sessions) {
  const sdk = await import("@aws-sdk/client-organizations");
  const session = await sessions.home();
  const region = ORGANIZATIONS_REGION[session.partition] ?? sessions.region;
  return { sdk, client: session.client(sdk.OrganizationsClient, region), reading: session.reading };
}

async function listAll(sessions: Sessions): Promise<Account[]> {
  const { sdk, client, reading } = await organizations(sessions);
  const accounts = await allItems(
    "organizations:ListAccounts",
    (NextToken) => client.send(new sdk.ListAccountsCommand({ NextToken }), reading),
    (page) => ({ items: page.Accounts, next: page.NextToken }),
  );
  return activeAccounts(accounts);
}

/** The accounts of a unit and of all units below it. */
async function listUnit(sessions: Sessions, unit: string): Promise<Account[]> {
  const { sdk, client, reading } = await organizations(sessions);
  const accounts = await allItems(
    "organizations:ListAccountsForParent",
    (NextToken) =>
      client.send(new sdk.ListAccountsForParentCommand({ ParentId: unit, NextToken }), reading),
    (page) => ({ items: page.Accounts, next: page.NextToken }),
  );
  const below = await allItems(
    "organizations:ListOrganizationalUnitsForParent",
    (NextToken) =>
      client.send(
        new sdk.ListOrganizationalUnitsForParentCommand({ ParentId: unit, NextToken }),
        reading,
      ),
    (page) => ({ items: page.OrganizationalUnits, next: page.NextToken }),
  );
  const nested: Account[] = [];
  for (const child of below) nested.push(...await listUnit(sessions, child.Id!));
  return [...activeAccounts(accounts), ...nested];
}

/** A suspended account is closed and answers nothing for 90 days; it is no gap in coverage. */
function activeAccounts(accounts: readonly ListedAccount[]): Account[] {
  return accounts.filter((account) => account.Status === "ACTIVE")
    .map(({ Id, Name, JoinedTimestamp }) => ({
      id: Id!,
      name: Name ?? null,
      ...(JoinedTimestamp ? { joined: JoinedTimestamp } : {}),
    }));
}
