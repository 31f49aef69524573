import { compareText } from "../../core/plan/canonical.ts";
import type { ObservedDenial } from "../observed.ts";
import type { Removal } from "../planning.ts";
import { deniedActions, explicitDeny } from "./denial.ts";

/** Something that a role asked for after it was removed from it. */
export type Denied = {
  readonly removal: Removal;
  /** As the removal writes it. */
  readonly action: string;
  /** Oldest first. */
  readonly events: readonly ObservedDenial[];
};

/**
 * Which of the denied calls a removal has to do with: calls of its very role, after it, for an
 * action that it took and nobody has given back. One for each removal and action. Pure.
 *
 * CloudTrail's instants have whole seconds: what was denied in the second of the removal is not
 * taken for its work.
 *
 * A call that a Deny has denied counts where the deny policy of the role has the action: any other
 * Deny denied it before anything was removed.
 *
 * @param grants whether a role of this ID has an action again, given back by other means
 * @param denies whether the deny policy of a role of this ID has an action
 */
export function deniedSince(
  denials: readonly ObservedDenial[],
  removals: readonly Removal[],
  grants: (roleId: string, action: string) => boolean,
  denies: (roleId: string, action: string) => boolean = () => false,
): Denied[] {
  const found = new Map<string, { removal: Removal; action: string; events: ObservedDenial[] }>();
  for (const denial of denials) {
    for (const candidate of deniedActions(denial)) {
      const one = removalOf(denial, candidate, removals);
      if (one === undefined || grants(one.removal.role_id, one.action)) continue;
      const deny = explicitDeny(denial);
      const isOurs = deny === "identity" && denies(one.removal.role_id, one.action);
      if (deny !== null && !isOurs) continue;
      const key = `${one.removal.arn}/${one.removal.role_id}/${one.removal.at}/${one.action}`;
      const known = found.get(key) ?? { ...one, events: [] };
      if (!known.events.some(({ eventId }) => eventId === denial.eventId)) {
        known.events.push(denial);
      }
      found.set(key, known);
    }
  }
  return [...found.values()].map(({ removal, action, events }) => ({
    removal,
    action,
    events: events.sort((a, b) => compareText(a.at, b.at) || compareText(a.eventId, b.eventId)),
  })).sort((a, b) =>
    compareText(a.removal.arn, b.removal.arn) || compareText(a.action, b.action) ||
    compareText(a.removal.at, b.removal.at)
  );
}

/** The last removal that a denied call may come from. */
function removalOf(
  denial: ObservedDenial,
  candidate: string,
  removals: readonly Removal[],
): { readonly removal: Removal; readonly action: string } | undefined {
  for (const removal of removals.toReversed()) {
    const isOfRole = removal.account === denial.account && removal.arn === denial.roleArn &&
      (denial.roleId === null || denial.roleId === removal.role_id);
    if (!isOfRole || Date.parse(denial.at) < Date.parse(removal.at)) continue;
    const action = removal.actions.find((one) => one.toLowerCase() === candidate);
    if (action !== undefined) return { removal, action };
  }
  return undefined;
}
