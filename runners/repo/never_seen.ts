import { lowerCase } from "./catalogue/glob.ts";
import type { RepoPlanning } from "./planning.ts";
import type { Loss, NeverSeen, RoleEntry } from "./present/names.ts";
import type { Evidence } from "./observed.ts";

/** The services that evidence dates a use of, in lower case. */
function* usedServices({ services }: Evidence): Generator<string> {
  for (const [name, { lastUsed, actions }] of Object.entries(services)) {
    const isUsed = lastUsed !== null ||
      Object.values(actions ?? {}).some((used) => used !== null);
    if (isUsed) yield lowerCase(name);
  }
}

/**
 * Which services that roles would lose nobody was ever seen to use, over everything that was observed
 * and stored. That may say more of IAM's tracking than of the roles, so that a person is told.
 */
export function neverSeen(
  entries: readonly RoleEntry[],
  { observed, earlier }: Pick<RepoPlanning, "observed" | "earlier">,
): NeverSeen {
  const roles = new Set(earlier.seen?.roles);
  const used = new Set(earlier.seen?.services);
  for (const { roleId, evidence } of observed.accounts.flatMap(({ roles }) => roles)) {
    if ("reason" in evidence) continue;
    roles.add(roleId);
    for (const service of usedServices(evidence)) used.add(service);
  }
  const going = entries.filter(({ mode }) => mode !== "none").flatMap(({ loses }) =>
    loses.filter(({ reason }) => reason === "service-unused").map(({ service }) => service)
  );
  const services = [...new Set(going)].filter((service) => !used.has(service)).sort();
  return { roles: roles.size, services };
}

/** Says beside what goes of roles that nobody was ever seen to use its service. */
export function markNeverSeen(
  entries: readonly RoleEntry[],
  { roles, services }: NeverSeen,
): RoleEntry[] {
  const unseen = new Set(services);
  const isMarked = ({ reason, service }: Loss) =>
    reason === "service-unused" && unseen.has(service);
  return entries.map((entry) =>
    entry.loses.some(isMarked)
      ? {
        ...entry,
        loses: entry.loses.map((loss) => isMarked(loss) ? { ...loss, never_seen_in: roles } : loss),
      }
      : entry
  );
}
