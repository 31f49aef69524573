import fc from "fast-check";
import type { Operation } from "../../../../runners/repo/change/operations.ts";
import { mapOf, type Policies } from "../../../../runners/repo/change/repo_change.ts";

/** A policy that grants these actions, and nothing else. */
export function policyOf(actions: readonly string[]): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: actions, Resource: "*" }],
  });
}

/** Everything that the policies grant. */
export function actionsOf(policies: Policies): ReadonlySet<string> {
  return new Set(
    Object.values(policies).flatMap((text) =>
      (JSON.parse(text) as { Statement: { Action: string[] }[] }).Statement[0]!.Action
    ),
  );
}

/** The policies after a call. */
export function performed(policies: Policies, { name, document }: Operation): Policies {
  const next = Object.entries(policies).filter(([other]) => other !== name);
  return mapOf(document === null ? next : [...next, [name, document] as const]);
}

/** The `policies` of a change: null for each policy that it deletes. */
export function wholeOf(before: Policies, after: Policies): Record<string, string | null> {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return Object.fromEntries([...names].map((name) => [name, after[name] ?? null]));
}

const actions = fc.subarray(
  [
    "s3:GetObject",
    "s3:PutObject",
    "sqs:SendMessage",
    "sns:Publish",
    "ec2:RunInstances",
    "kms:Sign",
  ],
  { minLength: 1 },
).map((list) => [...list]);

/** Sets of inline policies with few names, so that two of them often share some. */
export const policySets: fc.Arbitrary<Policies> = fc.uniqueArray(
  fc.tuple(
    fc.constantFrom("a", "b", "c", "constructor"),
    actions.map(policyOf),
  ),
  { maxLength: 4, selector: ([name]) => name },
).map(mapOf);

/** Policies, and what a removal leaves of them. */
export const removals: fc.Arbitrary<readonly [Policies, Policies]> = policySets.chain((before) =>
  fc.tuple(
    fc.constant(before),
    fc.tuple(
      ...Object.entries(before).map(([name, text]) =>
        fc.subarray([...actionsOf({ [name]: text })]).map((left) => [name, left] as const)
      ),
    ).map((parts) =>
      mapOf(
        parts.filter(([, left]) => left.length > 0)
          .map(([name, left]) => [name, policyOf([...left])] as const),
      )
    ),
  )
);
