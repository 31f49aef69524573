import pLimit from "p-limit";
import { failureUnlessInterrupted, isInterruption } from "../core/aws/failure.ts";
import { allItems, nextMarker, told } from "../core/aws/paginate.ts";
import { enabledRegions, globalRegion } from "../core/aws/regions.ts";
import type { Account, Session } from "../core/aws/session.ts";
import { instanceStoreReader } from "./instance_stores.ts";
import { observeRegion } from "./observe_region.ts";
import { type Observed, type ObservedAccount, unreadRegion } from "./observed.ts";
import type { AuditObserving } from "./planning.ts";
import { asksForUsers } from "./rules.ts";

/** How many accounts or regions are read at once. */
const AT_ONCE = 20;
/** IAM API Reference, ListUsers: MaxItems. */
const PAGE = 1000;

/**
 * Reads the instances of all accounts and regions, and confirms by DescribeTags the tags that
 * matter. A region that cannot be read completely is a failure of that region.
 */
export async function observe(observing: AuditObserving): Promise<Observed> {
  const { scope } = observing;
  const limit = pLimit(AT_ONCE);
  const readInstanceStores = instanceStoreReader();
  let done = 0;
  let of = scope.accounts.length * (scope.regions === "enabled" ? 1 : scope.regions.length);
  const finishOne = () => observing.progress(++done, of);
  const accounts = await Promise.all(scope.accounts.map(async (account) => {
    const { session, observed, regions } = await limit(() => beginAccount(account, observing));
    if (session === null) return observed;
    if (scope.regions === "enabled") of += regions.length - 1;
    return {
      ...observed,
      regions: await Promise.all(
        regions.map((region) =>
          limit(() => observeRegion(session, region, observed, observing, readInstanceStores))
            .finally(finishOne)
        ),
      ),
    };
  }));
  return { accounts };
}

/** Opens the account and reads what belongs to no region. Session null: it could not be read. */
async function beginAccount(account: Account, observing: AuditObserving) {
  const { config, scope, now } = observing;
  const known: ObservedAccount = {
    id: account.id,
    name: account.name,
    alias: null,
    partition: "aws",
    joined: account.joined?.toISOString() ?? null,
    units: [...account.units ?? []],
    failure: null,
    users: null,
    regions: [],
  };
  try {
    const session = await observing.session(account);
    const [alias, users, regions] = await Promise.all([
      accountAlias(session),
      asksForUsers(config.required) ? iamUsers(session) : null,
      scope.regions === "enabled" ? enabledRegions(session, scope.except) : scope.regions,
    ]);
    return { session, observed: { ...known, alias, partition: session.partition, users }, regions };
  } catch (error) {
    const failure = failureUnlessInterrupted(error);
    // Each region that was to be read is unread. For "enabled" they are not known: "global" is one.
    const regions = (scope.regions === "enabled" ? ["global"] : scope.regions)
      .map((region) => unreadRegion(region, failure, now));
    return { session: null, observed: { ...known, failure, regions }, regions: [] };
  }
}

/** The account's alias; null where it has none, or where the role may not ask for it. */
async function accountAlias(session: Session): Promise<string | null> {
  const { IAMClient, ListAccountAliasesCommand } = await import("@aws-sdk/client-iam");
  const client = session.client(IAMClient, globalRegion(session.partition));
  try {
    const { AccountAliases } = await client.send(
      new ListAccountAliasesCommand({}),
      session.reading,
    );
    return AccountAliases?.[0] ?? null;
  } catch (error) {
    if (isInterruption(error)) throw error;
    return null;
  }
}

/** All IAM users, or why they are not known: then rules about them are undecided, not broken. */
async function iamUsers(session: Session): Promise<ObservedAccount["users"]> {
  const { IAMClient, ListUsersCommand } = await import("@aws-sdk/client-iam");
  const client = session.client(IAMClient, globalRegion(session.partition));
  try {
    const users = await allItems(
      "iam:ListUsers",
      (Marker) => client.send(new ListUsersCommand({ Marker, MaxItems: PAGE }), session.reading),
      (page) => ({ items: page.Users, next: nextMarker("iam:ListUsers", page) }),
    );
    if (users.length === 0) {
      // Nobody could keep the rule then: either the answer is wrong, or the rule is a mistake.
      return { reason: "empty-answer", detail: "iam:ListUsers lists no user at all" };
    }
    const names = users.map(({ UserName }) =>
      told(UserName, "iam:ListUsers", "an IAM user", "UserName")
    );
    return { names: [...new Set(names)].sort() };
  } catch (error) {
    return failureUnlessInterrupted(error);
  }
}
