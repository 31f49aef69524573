import assert from "assert";
import fc from "fast-check";
import { policiesAfter, type RoleAfter } from "../../../runners/repo/change/repo_change.ts";
import type { ObservedRole } from "../../../runners/repo/observed.ts";
import { denyingOf } from "../../../runners/repo/plan_deny.ts";
import type { PolicyVersion } from "../../../runners/repo/planning.ts";
import { DENY_POLICY, denyText } from "../../../runners/repo/policy/deny_policy.ts";
import { somePolicies } from "./arbitrary_policy.ts";
import { aRole } from "./decide/deciding.ts";
import { planned, planningOf } from "./planning_world.ts";
import { grantsName, statementsIn } from "./policy/policy_oracle.ts";
import type { Runs } from "./policy/rewrite_properties.ts";
import { SMALL } from "./small_universe.ts";

type Inline = ObservedRole["inline"];
type Denies = typeof denyingOf;

/** The plan of a role that is to get an earlier version of its inline policies back. */
export function restoredTo(inline: Inline, policies: Inline): RoleAfter | null {
  const role = aRole({ inline });
  const version: PolicyVersion = {
    seq: 1,
    hash: "",
    source: "Scan",
    discovered: "2026-11-01T00:00:00.000Z",
    run_id: null,
    policies,
  };
  const planning = planningOf([role], {
    asked: { restore: 1, roles: [{ account: "111111111111", name: role.name }] },
    earlier: { restoring: { role_id: role.roleId, version } },
  });
  return (planned(planning).changes[0]?.after ?? null) as RoleAfter | null;
}

/** Whether some policies together allow a name: some Allow, and no Deny, read in the plainest way. */
function allowed(policies: Inline, name: string): boolean {
  const all = Object.values(policies).flatMap(statementsIn);
  const speaking = (effect: string) =>
    all.some((one) => one["Effect"] === effect && grantsName(one, name));
  return speaking("Allow") && !speaking("Deny");
}

/** Names besides those that a catalogue has. */
const BEYOND = ["s3:BrandNewer", "other:Thing", "sqs:Unlisted"];

const someNames = (minLength: number, maxLength: number) =>
  fc.uniqueArray(fc.nat({ max: SMALL.size - 1 }), { minLength, maxLength })
    .map((places) => places.map((index) => SMALL.actions[index]!));

/** A role's policies, some with a Deny of an earlier run, and names that are to be denied. */
const aCase = fc.tuple(somePolicies(SMALL), someNames(1, 20), someNames(0, 5))
  .map(([policies, named, earlier]) => ({
    policies,
    named,
    inline: earlier.length === 0
      ? policies
      : { ...policies, [DENY_POLICY]: denyText(earlier) } as Inline,
  }));

interface DenyProperty<Subject> {
  readonly name: string;
  readonly right: Subject;
  holds(subject: Subject, runs: Runs): void;
  readonly mutants: Readonly<Record<string, Subject>>;
}

const exact: DenyProperty<Denies> = {
  name: "what is allowed after a Deny is always what was allowed, without what was named",
  right: denyingOf,
  holds: (deny, runs) =>
    fc.assert(
      fc.property(aCase, ({ policies, named, inline }) => {
        const result = deny({ role: aRole({ inline }) }, named, { universe: SMALL });
        if (result.status === "refused") {
          assert.equal(result.reason, "size-limit");
          return;
        }
        const after = result.policies as Inline;
        for (const [name, text] of Object.entries(policies)) assert.equal(after[name], text);
        assert.equal(Object.keys(after).length, Object.keys(policies).length + 1);
        for (const action of [...SMALL.actions, ...BEYOND]) {
          const expected = allowed(inline, action) && !named.includes(action);
          assert.equal(allowed(after, action), expected, action);
        }
        const again = deny({ role: aRole({ inline: after }) }, named, { universe: SMALL });
        assert.ok(again.status === "rewritten");
        assert.deepEqual({ ...again.policies }, { ...after });
      }),
      runs,
    ),
  mutants: {
    "forgets what was denied before": (evaluated, actions, evaluation) => {
      const inline = Object.fromEntries(
        Object.entries(evaluated.role.inline).filter(([name]) => name !== DENY_POLICY),
      );
      return denyingOf({ role: { ...evaluated.role, inline } }, actions, evaluation);
    },
    "forgets the first": (evaluated, actions, evaluation) =>
      denyingOf(evaluated, actions.length > 1 ? actions.slice(1) : actions, evaluation),
    "denies the whole service": (evaluated, actions, evaluation) => {
      const all = evaluation.universe.union(actions.map((one) => `${one.split(":")[0]}:*`));
      return denyingOf(evaluated, [...all], evaluation);
    },
    "writes the other policies again": (evaluated, actions, evaluation) => {
      const result = denyingOf(evaluated, actions, evaluation);
      if (result.status === "refused") return result;
      const policies = Object.fromEntries(
        Object.entries(result.policies).map(([name, text]) => [name, `${text} `]),
      );
      return { ...result, policies };
    },
  },
};

const takenBack: DenyProperty<typeof restoredTo> = {
  name: "a restore after a Deny always leaves every policy as it was, to the letter",
  right: restoredTo,
  holds: (restore, runs) =>
    fc.assert(
      fc.property(aCase, ({ named, inline }) => {
        const result = denyingOf({ role: aRole({ inline }) }, named, { universe: SMALL });
        if (result.status === "refused") return;
        const denied = result.policies as Inline;
        const after = restore(denied, inline);
        if (after === null) assert.deepEqual({ ...denied }, { ...inline });
        else assert.deepEqual({ ...policiesAfter(after) }, { ...inline });
      }),
      runs,
    ),
  mutants: {
    "leaves the Deny": (inline, policies) => {
      const after = restoredTo(inline, policies);
      return after &&
        { ...after, policies: { ...after.policies, [DENY_POLICY]: inline[DENY_POLICY]! } };
    },
    "always deletes the Deny": (inline, policies) => {
      const after = restoredTo(inline, policies);
      return after && { ...after, policies: { ...after.policies, [DENY_POLICY]: null } };
    },
    "does nothing": () => null,
  },
};

/** What holds of every Deny, whatever a role has. */
export const DENY_PROPERTIES = [exact, takenBack] as readonly DenyProperty<unknown>[];
