import { compareText } from "../../core/plan/canonical.ts";
import { INLINE_QUOTA, policySize } from "../policy/size.ts";
import { mapOf, type Policies, policyIn, type RoleAfter, type RoleBefore } from "./repo_change.ts";

/** One call that changes an inline policy; `document` null deletes it. */
export type Operation = {
  readonly name: string;
  readonly document: string | null;
};

/** The size of one policy. */
const sizeOf = (document: string) => policySize([document]);

/**
 * The calls that lead from one set of inline policies to another, in an order in which no
 * permission that stays is missing between two calls. A removal puts first what shrinks most, a
 * restore what grows most. Deletions come last; one comes earlier only if the quota leaves no room
 * for a put.
 *
 * For a removal this always holds, since each policy only loses. A restore may move permissions
 * between two policies that both stay; then these are missing between the two calls.
 */
export function operationsBetween(
  { policies: before }: Pick<RoleBefore, "policies">,
  { kind, policies: after }: Pick<RoleAfter, "kind" | "policies">,
  quota: number = INLINE_QUOTA,
): Operation[] {
  const growth = ({ name, document }: Put) =>
    sizeOf(document) - sizeOf(policyIn(before, name) ?? "");
  const order = kind === "restore" ? -1 : 1;
  const puts = Object.entries(after)
    .flatMap(([name, document]): Put[] =>
      document === null || document === policyIn(before, name) ? [] : [{ name, document }]
    )
    .sort((a, b) => order * (growth(a) - growth(b)) || compareText(a.name, b.name));
  const deletions = Object.keys(after)
    .filter((name) => after[name] === null && Object.hasOwn(before, name))
    .sort((a, b) => sizeOf(before[b]!) - sizeOf(before[a]!) || compareText(a, b));

  const operations: Operation[] = [];
  let total = policySize(Object.values(before));
  const remove = (name: string) => {
    operations.push({ name, document: null });
    total -= sizeOf(before[name]!);
  };
  while (puts.length > 0) {
    const fitting = puts.findIndex((put) => total + growth(put) <= quota);
    if (fitting < 0 && deletions.length > 0) remove(deletions.shift()!);
    else {
      const [put] = puts.splice(Math.max(fitting, 0), 1) as [Put];
      operations.push(put);
      total += growth(put);
    }
  }
  for (const name of deletions) remove(name);
  return operations;
}

/**
 * The sets that a role has after each call but the last: a run that dies between two calls leaves
 * one of them.
 */
export function setsBetween(before: RoleBefore, after: RoleAfter): Policies[] {
  const sets: Policies[] = [];
  let now = before.policies;
  for (const { name, document } of operationsBetween(before, after).slice(0, -1)) {
    const others = Object.entries(now).filter(([other]) => other !== name);
    now = mapOf(document === null ? others : [...others, [name, document] as const]);
    sets.push(now);
  }
  return sets;
}

type Put = Operation & { readonly document: string };
