import { lowerCase } from "./catalogue/glob.ts";
import type { SeenUse } from "./planning.ts";
import type { EvaluatedRole } from "./evaluate_role.ts";
import type { Loss, NeverSeen } from "./present/names.ts";
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
  evaluated: readonly EvaluatedRole[],
  seen: SeenUse = { roles: new Set(), services: new Set() },
): NeverSeen {
  const roles = new Set(seen.roles);
  const used = new Set(seen.services);
  for (const { role } of evaluated) {
    if ("reason" in role.evidence) continue;
    roles.add(role.roleId);
    for (const service of usedServices(role.evidence)) used.add(service);
  }
  const going = evaluated.filter(({ mode }) => mode !== "none").flatMap(({ decided }) =>
    decided.groups.filter(({ ruling }) => ruling.reason === "service-unused")
      .map(({ ruling }) => ruling.service)
  );
  const services = [...new Set(going)].filter((service) => !used.has(service)).sort();
  return { roles: roles.size, services };
}

/** Says beside what goes that nobody was ever seen to use its service. */
export function markNeverSeen(losses: readonly Loss[], { roles, services }: NeverSeen): Loss[] {
  const unseen = new Set(services);
  return losses.map((loss) =>
    loss.reason === "service-unused" && unseen.has(loss.service)
      ? { ...loss, never_seen_in: roles }
      : loss
  );
}
