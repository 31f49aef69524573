import pLimit from "p-limit";
import type { Evidence, ObservedRole, ServiceAccess } from "../observed.ts";
import type { ReadStore } from "../../core/store/store.ts";
import type { SeenUse } from "../planning.ts";
import {
  ACCESS,
  type AccessRow,
  ACCOUNTS_AT_ONCE,
  type CompactEvidence,
  TRACKED,
  type TrackedRow,
} from "./rows.ts";

/** The row that keeps what was observed of a role. */
export function accessRow(account: string, role: ObservedRole): AccessRow {
  const { arn, path, description, trust, boundary, attached, instanceProfiles } = role;
  return {
    account,
    arn,
    path,
    description,
    trust,
    boundary,
    attached,
    instance_profiles: instanceProfiles,
    evidence: "reason" in role.evidence ? role.evidence : compact(role.evidence),
  };
}

/** Which services roles were seen to use, by all evidence in the store, also of deleted roles. */
export async function readSeenUse(
  store: ReadStore,
  accounts: readonly string[],
): Promise<SeenUse> {
  const roles = new Set<string>();
  const services = new Set<string>();
  const read = async (account: string) => {
    for await (const { id, value: { evidence } } of ACCESS.of(account).list(store)) {
      if ("reason" in evidence) continue;
      roles.add(id);
      for (const [service, [lastUsed, , actions]] of Object.entries(evidence.used)) {
        if (lastUsed !== null || Object.keys(actions ?? {}).length > 0) {
          services.add(service.toLowerCase());
        }
      }
    }
  };
  const limit = pLimit(ACCOUNTS_AT_ONCE);
  await Promise.all(accounts.map((account) => limit(read, account)));
  return { roles, services };
}

function compact({ source, level, completedAt, services }: Evidence): CompactEvidence {
  const used: [string, CompactEvidence["used"][string]][] = [];
  const unused: string[] = [], unusedListed: string[] = [];
  for (const [service, { lastUsed, region, actions }] of Object.entries(services)) {
    const dated = actions &&
      Object.fromEntries(
        Object.entries(actions).filter((entry): entry is [string, string] => entry[1] !== null),
      );
    const hasNoUse = lastUsed === null && region === null && Object.keys(dated ?? {}).length === 0;
    if (!hasNoUse) used.push([service, [lastUsed, region, dated]]);
    else (actions ? unusedListed : unused).push(service);
  }
  return {
    source,
    level,
    completed_at: completedAt,
    used: Object.fromEntries(used),
    unused: unused.join(" "),
    unused_listed: unusedListed.join(" "),
  };
}

/**
 * Stored evidence as it was observed.
 *
 * @param tracked the tracked actions by service: those that were tracked when this report was made
 * are in it without a date, unless it has one
 */
export function evidenceOf(
  { source, level, completed_at, used, unused, unused_listed }: CompactEvidence,
  tracked: ReadonlyMap<string, readonly TrackedRow[]>,
): Evidence {
  const listed = (service: string): Record<string, null> =>
    Object.fromEntries(
      (tracked.get(service) ?? []).filter(({ since }) =>
        Date.parse(since) <= Date.parse(completed_at)
      ).map(({ action }) => [action, null]),
    );
  const idle = (service: string, actions: ServiceAccess["actions"]): [string, ServiceAccess] => [
    service,
    { lastUsed: null, region: null, actions },
  ];
  return {
    source,
    level,
    completedAt: completed_at,
    services: Object.fromEntries([
      ...Object.entries(used).map(([service, [lastUsed, region, actions]]): [
        string,
        ServiceAccess,
      ] => [service, {
        lastUsed,
        region,
        actions: actions && { ...listed(service), ...actions },
      }]),
      ...words(unused).map((service) => idle(service, null)),
      ...words(unused_listed).map((service) => idle(service, listed(service))),
    ]),
  };
}

/** When a report first listed each tracked action, RFC 3339, by action in lower case. */
export async function readTracked(store: ReadStore): Promise<Map<string, string>> {
  return new Map([...await TRACKED.read(store)].map(([action, { since }]) => [action, since]));
}

/** All services that a report speaks of, with their last use. */
export function lastUses(
  { used, unused, unused_listed }: CompactEvidence,
): ReadonlyMap<string, string | null> {
  const uses = new Map<string, string | null>();
  for (const [service, [lastUsed]] of Object.entries(used)) uses.set(service, lastUsed);
  for (const service of [...words(unused), ...words(unused_listed)]) uses.set(service, null);
  return uses;
}

function words(text: string): string[] {
  return text === "" ? [] : text.split(" ");
}
