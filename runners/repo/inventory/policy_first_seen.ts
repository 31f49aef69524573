import type { ReadStore, Write } from "../../core/store/store.ts";
import { CUSTOMER_POLICY } from "../managed/own_policies.ts";
import type { ManagedPolicy } from "../observed.ts";
import type { PolicyFirstSeen } from "../planning.ts";
import { managedId, POLICIES_FIRST_SEEN } from "./rows.ts";

/** What was seen of the managed policies of an account. */
type SeenPolicies = {
  readonly account: string;
  /** RFC 3339. */
  readonly at: string;
  /** By ARN, of those that roles of the account have. */
  readonly managed: ReadonlyMap<string, ManagedPolicy>;
  /** By ARN, the ID of a role that has the policy. */
  readonly holders: ReadonlyMap<string, string>;
  /** All roles were read: rows of policies that are gone are deleted. */
  readonly whole: boolean;
};

/**
 * The rows that say since when each managed policy of a single role is seen on this role with this
 * version in force. AWS tells neither when a policy was attached nor when a version was put in
 * force: without these rows, a version that somebody has put back by hand yesterday would seem as
 * old as its text.
 *
 * @param earlier the rows of earlier runs, by ARN
 */
export function policyFirstSeenWrites(
  { account, at, managed, holders, whole }: SeenPolicies,
  earlier: ReadonlyMap<string, PolicyFirstSeen>,
): Write[] {
  const seen = [...holders].flatMap(([arn, role_id]): PolicyFirstSeen[] => {
    const policy = managed.get(arn);
    if (!policy || policy.attachments !== 1 || !CUSTOMER_POLICY.test(arn)) return [];
    const before = earlier.get(arn);
    return before?.role_id === role_id && before.version === policy.version
      ? [before]
      : [{ arn, role_id, version: policy.version, since: at }];
  });
  const stands = new Set(seen.map(({ arn }) => arn));
  const gone = [...earlier.keys()].filter((arn) =>
    whole && !stands.has(arn) && managedId(arn).startsWith(`${account}/`)
  );
  const rows = POLICIES_FIRST_SEEN.of(account);
  return [
    ...seen.filter((sight) => sight !== earlier.get(sight.arn))
      .map((sight) => rows.write(managedId(sight.arn), sight)),
    ...gone.map((arn) => rows.write(managedId(arn), undefined)),
  ];
}

/** The rows of earlier runs, by ARN. */
export async function sightsOf(
  store: ReadStore,
  accounts: readonly string[],
): Promise<ReadonlyMap<string, PolicyFirstSeen>> {
  const rows = await POLICIES_FIRST_SEEN.read(store, accounts);
  return new Map([...rows.values()].map((sight) => [sight.arn, sight]));
}

/** Which role has each policy; the last one, if several have it. */
export function holdersOf(
  roles: Iterable<{ readonly roleId: string; readonly attached: readonly string[] }>,
): ReadonlyMap<string, string> {
  return new Map(
    [...roles].flatMap(({ roleId, attached }) => attached.map((arn) => [arn, roleId] as const)),
  );
}
