import type { ReadStore } from "../../core/store/store.ts";
import type { ManagedPolicy, ObservedAccount, ObservedRole } from "../observed.ts";
import { evidenceOf } from "./access.ts";
import { currentRows } from "./role_state.ts";
import { ACCESS, ACCOUNTS, MANAGED, TRACKED, type TrackedRow } from "./rows.ts";
import { readPolicies } from "./versions.ts";

/**
 * What was observed of the accounts in their last refresh, for a cached plan, which nothing
 * applies. An account that was never refreshed completely counts as one that could not be read.
 */
export async function readObserved(
  store: ReadStore,
  accounts: readonly string[] | null = null,
): Promise<ObservedAccount[]> {
  const tracked = await trackedByService(store);
  const rows = [...(await ACCOUNTS.read(store)).values()].filter(({ account }) =>
    accounts === null || accounts.includes(account)
  );
  const roles = new Map<string, ObservedRole[]>(rows.map(({ account }) => [account, []]));
  for await (const row of currentRows(store, rows.map(({ account }) => account))) {
    if (!row.active) continue;
    const access = (await ACCESS.of(row.account).get(store, row.role_id))?.value;
    const inline = access && await readPolicies(store, row, row.hash);
    // A role without its policies cannot be judged; the next refresh reads them again.
    if (!access || !inline) continue;
    const { evidence } = access;
    roles.get(row.account)?.push({
      roleId: row.role_id,
      arn: row.arn,
      name: row.name,
      path: access.path,
      created: row.created,
      lastUsed: row.last_used,
      description: access.description,
      tags: row.tags,
      trust: access.trust,
      boundary: access.boundary,
      inline,
      attached: [...access.attached],
      instanceProfiles: [...access.instance_profiles],
      evidence: "reason" in evidence ? evidence : evidenceOf(evidence, tracked),
    });
  }
  return await Promise.all(rows.map(async (row): Promise<ObservedAccount> => ({
    id: row.account,
    name: row.name,
    partition: row.partition,
    failure: row.refreshed !== null ? null : row.failure ?? {
      reason: "never-refreshed",
      detail: "Not all of its roles were ever read",
    },
    at: row.refreshed ?? row.tried,
    whole: row.refreshed !== null,
    roles: row.refreshed === null ? [] : roles.get(row.account)!,
    managed: row.refreshed === null ? {} : await managedOf(store, row.account),
  })));
}

/** The managed policies that roles of an account may have, by ARN: its own and AWS's. */
export async function managedOf(
  store: ReadStore,
  account: string,
): Promise<Record<string, ManagedPolicy>> {
  const policies = (await MANAGED.read(store, [account, "aws"])).values();
  return Object.fromEntries([...policies].map((policy) => [policy.arn, policy]));
}

/** The tracked actions, by the service whose reports list them. */
async function trackedByService(
  store: ReadStore,
): Promise<ReadonlyMap<string, readonly TrackedRow[]>> {
  return Map.groupBy((await TRACKED.read(store)).values(), ({ service }) => service);
}
