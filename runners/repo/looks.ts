import type { JobPlan } from "../core/plan/document.ts";
import type { Write } from "../core/store/store.ts";
import { lookWrites } from "./inventory/look_writes.ts";
import type { Judged } from "./inventory/role_writes.ts";
import type { RepoPlanning } from "./planning.ts";
import { repoKeys, type RoleEntry } from "./tell/names.ts";

/** The rows that a run leaves of what it saw: the same as a refresh. */
export function repoLooks({ observed, earlier }: RepoPlanning, plan: JobPlan): Write[] {
  const { roles } = repoKeys({ coverage: plan.coverage, ...plan.own });
  const entries = new Map(roles.map((entry) => [entry.role_id, entry]));
  return lookWrites({
    observed,
    earlier,
    judge: ({ roleId }) => judgedOf(entries.get(roleId)!),
  });
}

/** A role in numbers, as Repokid counted them: a service that goes whole is named alone. */
export function judgedOf(
  entry: Pick<RoleEntry, "permissions" | "removable" | "loses" | "keeps" | "ineligible">,
): Judged {
  const kept = new Set(entry.keeps.map(({ service }) => service));
  const lost = Map.groupBy(entry.loses, ({ service }) => service);
  return {
    permissions: entry.permissions,
    removable: entry.removable,
    services: [...new Set([...kept, ...lost.keys()])].sort(),
    removableServices: [...lost].flatMap(([service, losses]) =>
      kept.has(service) ? losses.flatMap(({ actions }) => actions) : [service]
    ).sort(),
    disqualifiedBy: [...new Set(entry.ineligible.map(({ reason }) => reason))].sort(),
  };
}
