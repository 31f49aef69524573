import assert from "assert";
import fc from "fast-check";
import type { RepoJobPlan } from "../../../runners/repo/repo_plan.ts";
import type { RoleAfter } from "../../../runners/repo/change/repo_change.ts";
import { type HookInputs, implementsHook } from "../../../runners/repo/hooks/hook.ts";
import type { Evidence } from "../../../runners/repo/observed.ts";
import type { RepoPlanning } from "../../../runners/repo/planning.ts";
import { grantsOf } from "../../../runners/repo/policy/granted.ts";
import { readDocuments } from "../../../runners/repo/evaluate_role.ts";
import { FIXED, generated, propertyTest } from "../core/properties.ts";
import { aRole, daysAgo, evidenceOf } from "./decide/deciding.ts";
import { planned, planningOf, statements, withHooks } from "./planning_world.ts";

/** The actions that a case is checked with; no catalogue knows the last two. */
const ACTIONS = [
  "ec2:RunInstances",
  "iam:GetRole",
  "iam:PassRole",
  "s3:GetObject",
  "s3:PutObject",
  "sqs:SendMessage",
  "sts:TagSession",
  "launchedlater:Use",
  "s3:LaunchedLater",
];
const PATTERNS = [...ACTIONS, "*", "s3:*", "iam:*", "ec2:Run*", "s?s:*", "S3:Get*"];

const statement = fc.record({
  Sid: fc.constantFrom(undefined, undefined, "Some", "NOREPOthis"),
  Effect: fc.constantFrom("Allow", "Allow", "Allow", "Deny"),
  actions: fc.uniqueArray(fc.constantFrom(...PATTERNS), { minLength: 1, maxLength: 4 }),
  isNot: fc.integer({ max: 9, min: 0 }).map((one) => one === 0),
}).map(({ Sid, Effect, actions, isNot }) => ({
  ...(Sid === undefined ? {} : { Sid }),
  Effect,
  [isNot ? "NotAction" : "Action"]: actions,
  Resource: "*",
}));

const policy = fc.array(statement, { minLength: 1, maxLength: 3 }).map((all) => statements(...all));
const texts = fc.dictionary(
  fc.constantFrom("a", "b", "constructor"),
  policy,
  { minKeys: 1 },
);
const lastUsed = fc.option(fc.integer({ min: 0, max: 300 }).map(daysAgo));

/** A report may leave out a service. */
const services = fc.dictionary(
  fc.constantFrom("ec2", "iam", "s3", "sqs", "sts", "launchedlater"),
  lastUsed,
);

const aCase = fc.record({
  inline: texts,
  services,
  earlierInline: fc.option(texts),
  turned: fc.uniqueArray(fc.constantFrom(...ACTIONS.slice(0, 7).map((one) => one.toLowerCase()))),
  frozen: fc.option(fc.uniqueArray(fc.constantFrom(...ACTIONS))),
  dueDaysAgo: fc.integer({ min: -2, max: 2 }),
  scheduled: fc.boolean(),
  wildcard: fc.constantFrom("list", "exclude"),
  optedOut: fc.integer({ min: 0, max: 5 }).map((one) => one === 0),
  name: fc.constantFrom("app", "app", "app", "app", "BreakGlass-1"),
});

type Case = typeof aCase extends fc.Arbitrary<infer Value> ? Value : never;

function planningFor(one: Case): RepoPlanning {
  const { inline, services, earlierInline, frozen, dueDaysAgo, scheduled, wildcard } = one;
  const role = aRole({ name: one.name, inline, evidence: evidenceOf(services) });
  const { roleId } = role;
  const version = (policies: Case["inline"], days: number) => ({
    seq: 1,
    hash: "",
    source: "Scan" as const,
    discovered: daysAgo(days),
    run_id: null,
    policies,
  });
  const versions = [...earlierInline ? [version(earlierInline, 50)] : [], version(inline, 5)];
  const optOut = { owner: "alice", reason: "audit", until: "2027-01-01", at: daysAgo(1) };
  const schedule = frozen && { due: daysAgo(dueDaysAgo), actions: frozen, at: daysAgo(9) };
  return planningOf([role], {
    asked: { scheduled },
    repo: { wildcard },
    earlier: {
      versions: new Map([[roleId, versions]]),
      optOuts: new Map(one.optedOut ? [[roleId, optOut]] : []),
      schedules: new Map(schedule ? [[roleId, schedule]] : []),
    },
  });
}

/** A hook that takes exactly these actions for removable, whatever was decided. */
const turning = (actions: readonly string[]) =>
  implementsHook(
    "DURING_REPOABLE_CALCULATION",
    1,
    (input: HookInputs["DURING_REPOABLE_CALCULATION"]) => {
      for (const action of actions) {
        const decision = input.potentially_repoable_permissions[action];
        if (decision) decision.repoable = true;
      }
      return input;
    },
  );

type Plan = (one: Case) => RepoJobPlan;
const right: Plan = (one) => planned(planningFor(one), withHooks(turning(one.turned)));

/** Which of the actions some Allow statement grants. */
function grants(policies: { readonly [name: string]: string | null }): ReadonlySet<string> {
  const there = Object.entries(policies).filter((one): one is [string, string] => one[1] !== null);
  const { documents } = readDocuments(Object.fromEntries(there));
  const allows = (action: string) =>
    grantsOf(action, documents).some(({ effect }) => effect === "Allow");
  return new Set(ACTIONS.filter(allows));
}

/** Whether the evidence, or a hook where it may, allows the removal of an action. */
function mayGo(action: string, { services, turned, frozen, dueDaysAgo, scheduled }: Case): boolean {
  const service = action.slice(0, action.indexOf(":"));
  if (!Object.hasOwn(services, service)) return false;
  if (["iam:PassRole", "sts:TagSession", ...ACTIONS.slice(-2)].includes(action)) return false;
  if (scheduled && !(frozen?.includes(action) && dueDaysAgo >= 0)) return false;
  const used: Evidence["services"][string]["lastUsed"] = services[service] ?? null;
  const isUsed = used !== null && used >= daysAgo(90);
  return !isUsed || turned.includes(action.toLowerCase());
}

propertyTest(
  "whatever a role has, hooks answer and is scheduled: nothing goes that evidence does not let go, " +
    "and nothing comes",
  right,
  (plan) =>
    fc.assert(
      fc.property(aCase, (one) => {
        const { changes } = plan(one);
        if (changes.length === 0) return;
        assert.equal(one.optedOut, false);
        assert.equal(one.name, "app");
        const [change] = changes;
        assert.ok(change?.kind === "inline");
        const { before, after } = change;
        const had = grants(before.policies);
        const has = grants((after as RoleAfter).policies);
        for (const action of has) assert.ok(had.has(action), `${action} is gained`);
        const known = one.earlierInline ? grants(one.earlierInline) : had;
        for (const action of had) {
          // A list that replaces all actions has only actions that are known.
          const isTold = ACTIONS.indexOf(action) < ACTIONS.length - 2;
          if (has.has(action) || !isTold) continue;
          assert.ok(mayGo(action, one), `${action} is lost`);
          assert.ok(known.has(action), `${action} is new and lost`);
        }
      }),
      { ...FIXED, numRuns: generated(150) },
    ),
  {
    "forgets what was scheduled": (one) =>
      planned(planningFor({ ...one, scheduled: false }), withHooks(turning(one.turned))),
    "forgets opt-outs": (one) => right({ ...one, optedOut: false }),
    "forgets what is new": (one) => right({ ...one, earlierInline: null }),
    "takes what is not spoken of for unused": (one) =>
      right({ ...one, services: { ec2: null, iam: null, s3: null, sqs: null, ...one.services } }),
  },
);
