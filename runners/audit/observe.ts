import { failureIn, failureUnlessInterrupted, isInterruption } from "../core/aws/failure.ts";
import { allItems, nextMarker, told } from "../core/aws/paginate.ts";
import { enabledRegions, globalRegion } from "../core/aws/regions.ts";
import type { Account, Session } from "../core/aws/session.ts";
import { observeRegion } from "./observe_region.ts";
import { alternativesOf, unitsAsked } from "./config.ts";
import { asksForUsers, rulesIn } from "./listings.ts";
import {
  type ObservedAccount,
  type ObservedList,
  unreadAccount,
  unreadRegion,
} from "./observed.ts";
import type { AuditObserving } from "./planning.ts";

/** IAM API Reference, ListUsers: MaxItems. */
const PAGE = 1000;

/**
 * Reads the instances of all regions of an account, and confirms by DescribeTags the tags that
 * matter. A region that cannot be read completely is a failure of that region.
 *
 * @param lists the files that rules ask for
 */
export async function observeAccount(
  account: Account,
  observing: AuditObserving,
  lists: readonly ObservedList[] = [],
): Promise<ObservedAccount> {
  const { config, scope, now, inTurn, progress } = observing;
  const known: ObservedAccount = {
    ...unreadAccount(account, unitsAsked(config)),
    ...(lists.length === 0 ? {} : { lists: [...lists] }),
  };
  const rules = rulesIn(config.required, known).flatMap(alternativesOf);
  try {
    const session = await observing.session(account);
    const [alias, users, regions] = await Promise.all([
      accountAlias(session),
      rules.some((rule) => asksForUsers(rule, account.id)) ? iamUsers(session) : null,
      scope.regions === "enabled" ? enabledRegions(session, scope.except) : scope.regions,
    ]);
    const observed = { ...known, alias, partition: session.partition, users };
    progress(0, regions.length);
    const reads = regions.map((region) =>
      inTurn(() => observeRegion(session, region, observed, observing))
        .finally(() => progress(1))
    );
    return { ...observed, regions: await Promise.all(reads) };
  } catch (error) {
    const failure = failureUnlessInterrupted(error);
    // Each region that was to be read is unread. For "enabled" they are not known: "global" is one.
    const regions = (scope.regions === "enabled" ? ["global"] : scope.regions)
      .map((region) => unreadRegion(region, failure, now));
    return { ...known, failure, regions };
  }
}

/** The account's alias; null where it has none, or where the role may not ask for it. */
export async function accountAlias(session: Session): Promise<string | null> {
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
    return failureIn("IAM", error);
  }
}
