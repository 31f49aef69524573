import fc from "fast-check";
import type { RepoPlan } from "../../runners/repo/repo_plan.ts";
import { deniedCalls } from "../runners/repo/present/denied_calls.ts";
import { roleOf } from "../runners/repo/present/hostile_role.ts";
import { explained, journalOf } from "../runners/repo/present/explain_world.ts";
import {
  aRole,
  DATA,
  kept,
  loss,
  outcome,
  planOf,
  PROD,
  type Told,
  told,
} from "../runners/repo/present/plan_fixture.ts";
import {
  askedFor,
  checkout,
  firstPlan,
  onePlan,
  partlyPlan,
  removePlan,
  restorePlan,
  restoreRunPlan,
  roles,
  wholePlan,
} from "../runners/repo/present/stories.ts";
import type { JobTexts } from "./texts.ts";

/** Everything that people read of roles that have this text everywhere. */
function plansWith(text: string): string[] {
  const entry = roleOf(text);
  const other = roleOf(text, {
    account: DATA,
    ineligible: [{ reason: text, detail: text }, { reason: "b", detail: `${text} b` }],
    evidence: { reason: text, detail: text },
  });
  const plan = planOf([entry, other], {
    accounts: [{ account: PROD, name: text }, { account: DATA, name: text }],
    unproven: [{ account: "333333333333", region: "global", reason: text, detail: text }],
    denied: [deniedCalls(entry, { role: text, action: text, region: text, principal: text })],
    watch: {
      roles: 1,
      unseen: [{ account: text, region: text, source: text, reason: text, detail: text }],
    },
    schedules: [{ account: PROD, role: text, arn: entry.arn, due: "2026-11-20", actions: 2 }],
  });
  const one = planOf([entry], { accounts: [{ account: PROD, name: text }] });
  const config = askedFor(entry);
  return [
    told(plan),
    told(plan, { outcomes: [outcome("failed", text)] }),
    told(plan, { outcomes: [outcome("done")] }),
    told(one, { config }),
    told(one, { config, outcomes: [outcome("unknown", text)] }),
  ];
}

function explanationsWith(text: string): string[] {
  // Its reference cannot be hostile: such a subject is refused.
  const entry = roleOf(text, { role: "hostile", arn: `arn:aws:iam::${PROD}:role/hostile` });
  const error = { code: text, message: text };
  const journal = [
    journalOf(entry, 3, "01JD0000000000000000000001", { outcome: "failed", error }),
  ];
  return [`${PROD}/hostile`, `${PROD}/hostile *`, `${PROD}/hostile sqs`].map((subject) =>
    explained(subject, [entry], { journal, role: { boundary: text } })!.text
  );
}

const failed = roles.map(() => outcome("failed", "no ".repeat(60)));
const one = { config: askedFor(checkout) };
const plans: readonly (readonly [RepoPlan, Told])[] = [
  ...[wholePlan, firstPlan, partlyPlan, onePlan, restorePlan, restoreRunPlan, removePlan]
    .map((plan) => [plan, {}] as const),
  [wholePlan, { outcomes: failed.slice(0, 3) }],
  [wholePlan, { outcomes: wholePlan.changes.map(() => outcome("done")) }],
  [onePlan, one],
  [restorePlan, one],
  ...roles.map((entry) => [planOf([entry]), { config: askedFor(entry) }] as const),
];

const anyName = fc.stringMatching(/^[a-z][a-z+=,.@-]{0,20}$/);
const anyRole = fc.record({
  name: anyName,
  account: fc.constantFrom(PROD, DATA),
  loses: fc.array(fc.tuple(anyName, fc.nat(40), fc.boolean()), { maxLength: 4 }),
  keeps: fc.array(
    fc.tuple(anyName, fc.nat(9), fc.constantFrom("service-used", "new-permission", "pinned")),
    { maxLength: 4 },
  ),
  ineligible: fc.array(anyName, { maxLength: 3 }),
  unused: fc.boolean(),
  seen: fc.boolean(),
  propose: fc.boolean(),
}).map((one) =>
  aRole(one.name, {
    account: one.account,
    loses: one.loses.map(([service, count, never]) =>
      loss(service, count + 1, never ? { last_used: null } : {})
    ),
    keeps: one.keeps.map(([service, count, reason]) =>
      kept(service, count + 1, { reason: reason as "pinned" })
    ),
    ineligible: one.ineligible.map((reason) => ({ reason, detail: `${reason} is so` })),
    unused: one.unused,
    first_seen: one.seen ? "2026-11-01T00:00:00Z" : null,
    mode: one.ineligible.length > 0 ? "none" : one.propose ? "propose" : "apply",
  })
);

/** Plans of up to twelve roles in two accounts. */
export const anyPlan: fc.Arbitrary<RepoPlan> = fc.uniqueArray(anyRole, {
  maxLength: 12,
  selector: ({ account, role }) => `${account}/${role}`,
}).map((all) => planOf(all));

export const texts: JobTexts = {
  of: (text) => [...plansWith(text), ...explanationsWith(text)],
  stories: (width) => plans.map(([plan, how]) => told(plan, { ...how, width })),
  any: fc.tuple(anyPlan, fc.boolean()).map(([plan, run]) => (width) => {
    const outcomes = plan.changes.map((_, index) => outcome(index % 2 ? "failed" : "done"));
    return [told(plan, { width, ...(run ? { outcomes } : {}) })];
  }),
};
