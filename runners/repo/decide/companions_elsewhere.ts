import { type Decided, type Ruling, withRulings } from "./decided.ts";

/**
 * Keeps of one policy, or of some, what an action that is used needs where another policy of the
 * role grants that action: `ec2:CreateTags` here stays while `ec2:RunInstances` there is used.
 *
 * @param own what is decided of the one
 * @param all what is decided of everything that the role is granted
 */
export function withCompanionsElsewhere(own: Decided, all: Decided): Decided {
  const other = new Map<number, Ruling>();
  for (const { ruling, actions } of all.groups) {
    if (ruling.reason !== "companion-of") continue;
    for (const index of actions) if (own.removed.hasIndex(index)) other.set(index, ruling);
  }
  return withRulings(own, other);
}
