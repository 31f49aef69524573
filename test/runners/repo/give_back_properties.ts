import assert from "assert";
import fc from "fast-check";
import { matchesPattern } from "../../../runners/repo/catalogue/glob.ts";
import { policiesAfter, type RoleAfter } from "../../../runners/repo/change/repo_change.ts";
import type { StoredVersion } from "../../../runners/repo/planning.ts";
import { hashOfPolicies } from "../../../runners/repo/policy/comparable.ts";
import { DENY_POLICY } from "../../../runners/repo/policy/deny_policy.ts";
import type { Mutants } from "../core/properties.ts";
import { aRole, daysAgo } from "./decide/deciding.ts";
import {
  ACTIONS,
  aLife,
  BEYOND,
  judging,
  type Life,
  type Moment,
  type Texts,
} from "./give_back_life.ts";
import { planned, planningOf } from "./planning_world.ts";

type Result = {
  /** The policies after it; those of now if nothing is given. */
  readonly policies: Texts;
  /** Why some actions are not given. */
  readonly reasons: readonly string[];
};
type GivesBack = (life: Life) => Result;

export function versionsOf(moments: readonly Moment[]): StoredVersion[] {
  return moments.map(({ policies, source, run_id }, at) => ({
    seq: at + 1,
    hash: hashOfPolicies(policies),
    source,
    discovered: daysAgo(40 - at),
    run_id,
    policies,
  }));
}

/** The plan of a role with a past. */
export function givesBack({ moments, asked, removedBy }: Life): Result {
  const inline = moments.at(-1)!.policies;
  const role = aRole({ inline });
  const { changes, spared } = planned(planningOf([role], {
    asked: { giveBack: asked, removedBy, roles: [{ account: "111111111111", name: role.name }] },
    earlier: {
      givingBack: { role_id: role.roleId, versions: versionsOf(moments), managed: [] },
    },
  }));
  const after = changes[0]?.after as RoleAfter | undefined;
  return {
    policies: after ? policiesAfter(after) : inline,
    reasons: spared.map(({ reason }) => reason),
  };
}

/** Who took each action last and who denies it, whether it may come back, and what it was before. */
function lossesOf({ moments, removedBy }: Life) {
  const judged = moments.map(({ policies }) => judging(policies));
  return (action: string) => {
    const at = judged.findLastIndex((one) => one.has(action));
    const since = moments.slice(at + 1);
    const [taken] = since;
    if (at < 0 || !taken) return null;
    // Without a Deny that holds now, there is no such moment.
    const denying = since[since.findLastIndex((one) => !isDenied(one, action)) + 1] ?? taken;
    const both = [taken, denying];
    const isOurs = both.every(({ source }) => source === "Repo" || isNamed({ source }));
    const [named, other] = new Set(both.filter(isNamed).map(({ run_id }) => run_id));
    const isMeant = named === undefined
      ? removedBy === null || both.some(({ run_id }) => run_id === removedBy)
      : other === undefined && named === removedBy;
    return { mayCome: isOurs && isMeant, allowed: judged[at]!.allowed(action) };
  };
}

function isNamed({ source }: Pick<Moment, "source">): boolean {
  return source === "ManualPermissionRepo";
}

/** Whether the policy of denies denies an action on all resources. */
function isDenied({ policies }: Moment, action: string): boolean {
  const { [DENY_POLICY]: text } = policies;
  return text !== undefined && judging({ [DENY_POLICY]: text }).isDenied(action);
}

/** Why an action is not given though it may be. */
const LEFT_OUT: ReadonlySet<string> = new Set(["size-limit", "policy-differs"]);

function holdsFor(givesBack: GivesBack, life: Life): void {
  const { moments, asked, isDisturbed } = life;
  const { policies, reasons } = givesBack(life);
  assert.ok(!reasons.includes("not-proven"), reasons.join());
  const now = judging(moments.at(-1)!.policies);
  const then = judging(policies);
  const lossOf = lossesOf(life);
  const isAsked = (action: string) => asked.some((one) => matchesPattern(one, action));
  for (const action of [...ACTIONS, ...BEYOND]) {
    const [was, is] = [now.allowed(action), then.allowed(action)];
    const loss = isAsked(action) ? lossOf(action) : null;
    if (!loss?.mayCome) {
      assert.equal(is, was, `${action} must stay as it is`);
      continue;
    }
    const isKnown = ACTIONS.includes(action);
    // Somebody else may have added a Deny for some requests, which stays.
    if (isDisturbed || !isKnown) {
      assert.ok(is === was || (is & ~loss.allowed) === 0, `${action} has more than it had`);
    }
    if (!isDisturbed && isKnown && !reasons.some((one) => LEFT_OUT.has(one))) {
      assert.equal(is, loss.allowed, `${action} must be as it was`);
    }
  }
  if (policies === moments.at(-1)!.policies) return;
  assert.deepEqual(
    givesBack({
      ...life,
      moments: [...moments, { policies, source: "Restore", run_id: "01J00000000000000000000900" }],
    }).policies,
    policies,
    "a second time changes nothing",
  );
}

/** A mutant that spoils what is written. */
const writing =
  (change: (statement: Record<string, unknown>, life: Life) => object): GivesBack => (life) => {
    const { policies, reasons } = givesBack(life);
    const before = life.moments.at(-1)!.policies;
    return {
      reasons,
      policies: Object.fromEntries(
        Object.entries(policies).map(([name, text]) => {
          if (text === before[name] || name === DENY_POLICY) return [name, text];
          const had = Object.hasOwn(before, name)
            ? [JSON.parse(before[name]!).Statement].flat().length
            : 0;
          const document = JSON.parse(text);
          const Statement = [document.Statement].flat()
            .map((one, at) => at < had ? one : change(one, life));
          return [name, JSON.stringify({ ...document, Statement })];
        }),
      ),
    };
  };

/** A mutant that sees another past. Now is what it is. */
const seeing = (change: (moment: Moment) => Partial<Moment>): GivesBack => (life) =>
  givesBack({
    ...life,
    moments: life.moments.map((moment, at) =>
      at === life.moments.length - 1 && !("source" in change(moment))
        ? moment
        : { ...moment, ...change(moment) }
    ),
  });

/** The same policies without what they deny. */
function allowsOf(policies: Texts): Texts {
  return Object.fromEntries(
    Object.entries(policies).map(([name, text]) => {
      const document = JSON.parse(text);
      const Statement = [document.Statement].flat().filter(({ Effect }) => Effect === "Allow");
      return [name, JSON.stringify({ ...document, Statement })];
    }),
  );
}

export const GIVE_BACK = {
  name: "a give-back always grants exactly what was asked for and was removed, and nothing wider",
  right: givesBack,
  holds: (givesBack: GivesBack, runs: fc.Parameters<unknown>) =>
    fc.assert(fc.property(aLife, (life) => holdsFor(givesBack, life)), runs),
  mutants: {
    "drops the condition": writing(({ Condition: _condition, ...rest }) => rest),
    "widens the resource": writing(({ Resource: _one, NotResource: _other, ...rest }) => ({
      ...rest,
      Resource: "*",
    })),
    "turns a NotResource around": writing(({ NotResource, ...rest }) =>
      NotResource === undefined ? rest : { ...rest, Resource: NotResource }
    ),
    "gives a pattern complete": writing((statement, { asked }) => ({
      ...statement,
      Action: asked,
    })),
    "gives the service": writing((statement) => ({
      ...statement,
      Action: (statement["Action"] as string[]).map((one) => `${one.split(":")[0]}:*`),
    })),
    "gives the first action only": writing((statement) => ({
      ...statement,
      Action: (statement["Action"] as string[]).slice(0, 1),
    })),
    "ignores what a version denied": seeing(({ policies }) => ({ policies: allowsOf(policies) })),
    "gives what a person took": seeing(({ source }) =>
      source === "ManualPermissionRepo" ? { source: "Repo" } : {}
    ),
    "gives what somebody else took": seeing(({ source }) =>
      source === "External" ? { source: "Repo", run_id: "01J00000000000000000000800" } : {}
    ),
    "minds no run": (life) => givesBack({ ...life, removedBy: null }),
    "deletes the deny policy": (life) => {
      const { policies, reasons } = givesBack(life);
      const others = Object.entries(policies).filter(([name]) => name !== DENY_POLICY);
      return { reasons, policies: Object.fromEntries(others) };
    },
    "leaves the deny policy": (life) => {
      const { policies, reasons } = givesBack(life);
      const before = life.moments.at(-1)!.policies;
      return {
        reasons,
        policies: Object.hasOwn(before, DENY_POLICY)
          ? { ...policies, [DENY_POLICY]: before[DENY_POLICY]! }
          : policies,
      };
    },
    "does nothing": ({ moments }) => ({ policies: moments.at(-1)!.policies, reasons: [] }),
    "restores the first version": ({ moments }) => ({
      policies: moments[0]!.policies,
      reasons: [],
    }),
  } satisfies Mutants<GivesBack>,
};
