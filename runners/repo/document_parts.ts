import type { JsonObject } from "../core/json.ts";
import type { DocumentParts } from "../core/plan/document.ts";
import type { RepoChange } from "./change/repo_change.ts";
import type { Kept, Loss, RoleEntry } from "./present/names.ts";
import type { RepoOwn, RepoTypes } from "./repo_plan.ts";

/**
 * The job's keys of a plan document. If all of a role's permissions of a service stay or go for one
 * reason, the service has their number and no list: a role may have 20,000 of them.
 */
export function documentParts(own: RepoOwn): DocumentParts<RepoTypes> {
  const { verdicts: _verdicts, taking: _taking, ...keys } = own;
  const byArn = new Map(own.roles.map((entry) => [entry.arn, entry]));
  return {
    keys: { ...keys, roles: own.roles.map(writtenEntry) },
    after: (change) => writtenAfter(change, byArn.get(change.target)),
  };
}

function writtenEntry({ loses, keeps, ...entry }: RoleEntry) {
  const divided = dividedServices({ loses, keeps });
  const counted = <One extends Loss | Kept>({ service, reason, actions, ...rest }: One) => ({
    service,
    reason,
    count: actions.length,
    ...(divided.has(service) ? { actions } : {}),
    ...rest,
  });
  return { ...entry, loses: loses.map(counted), keeps: keeps.map(counted) };
}

/** What the change of a role takes away, in the same way. */
function writtenAfter({ kind, after }: RepoChange, entry: RoleEntry | undefined): JsonObject {
  // A change of a plan file is written in this way already.
  const isWritten = "removed_services" in after;
  if (kind !== "inline" || after.kind === "restore" || !entry || isWritten) return after;
  const divided = dividedServices(entry);
  return {
    ...after,
    removed: entry.loses.flatMap(({ service, actions }) => divided.has(service) ? actions : []),
    removed_services: Object.fromEntries(
      entry.loses.flatMap(({ service, actions }) =>
        divided.has(service) ? [] : [[service, actions.length]]
      ),
    ),
  };
}

/** The services whose permissions do not all stay or go for one reason. */
function dividedServices({ loses, keeps }: Pick<RoleEntry, "loses" | "keeps">): Set<string> {
  const seen = new Set<string>();
  const divided = new Set<string>();
  for (const { service } of [...loses, ...keeps]) {
    if (seen.has(service)) divided.add(service);
    seen.add(service);
  }
  return divided;
}
