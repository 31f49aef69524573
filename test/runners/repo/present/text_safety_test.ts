import assert from "assert";
import fc from "fast-check";
import { textWidth } from "../../../../runners/core/text/wrap.ts";
import type { RepoPlan } from "../../../../runners/repo/repo_plan.ts";
import { NASTY_STRINGS } from "../../../reports/nasty_strings.ts";
import { deniedCalls } from "./denied_calls.ts";
import { HOSTILE, OBEYED, roleOf } from "./hostile_texts.ts";
import { aRole, DATA, kept, loss, outcome, planOf, PROD, told } from "./plan_fixture.ts";
import {
  askedFor,
  checkout,
  firstPlan,
  onePlan,
  partlyPlan,
  removePlan,
  restorePlan,
  roles,
  wholePlan,
} from "./stories.ts";
import { generated } from "../../core/properties.ts";

/** Everything that people read of a role whose every text is this one. */
function readOf(text: string, width = 100): string[] {
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
    told(plan, { width }),
    told(plan, { width, outcomes: [outcome("failed", text)] }),
    told(plan, { width, outcomes: [outcome("done")] }),
    told(one, { width, config }),
    told(one, { width, config, outcomes: [outcome("unknown", text)] }),
  ];
}

/** The lines that only repeat what a shell would take: they are pasted whole. */
const withoutCommands = (text: string) => text.replaceAll(/^ +groundskeeper .*$/gm, "");

for (const [what, text] of HOSTILE) {
  Deno.test(`${what} is shown, not obeyed, wherever it stands`, () => {
    for (const read of readOf(text)) {
      assert.doesNotMatch(read, OBEYED);
      assert.match(read, /\\u[0-9a-f]{4}/);
    }
  });
}

for (const text of NASTY_STRINGS) {
  Deno.test(`${JSON.stringify(text.slice(0, 50))} is only text on a terminal`, () => {
    for (const read of readOf(text)) assert.doesNotMatch(withoutCommands(read), OBEYED);
  });
}

/** A line that is too wide may be one word, or a command that is to be pasted whole. */
function tooWide(text: string, width: number): string[] {
  return text.split("\n").filter((line) =>
    textWidth(line) > width && !/^ +groundskeeper /.test(line) &&
    /\S\s+\S/.test(line.replace(/^ +[-+] /, ""))
  );
}

for (const width of [40, 60, 80, 100, 140]) {
  Deno.test(`no line is wider than a terminal of ${width}, unless one word is`, () => {
    const config = askedFor(checkout);
    const outcomes = roles.map(() => outcome("failed", "no ".repeat(60)));
    const texts = [
      ...[wholePlan, firstPlan, partlyPlan, onePlan, restorePlan, removePlan]
        .map((plan) => told(plan, { width })),
      told(wholePlan, { width, outcomes: outcomes.slice(0, 3) }),
      told(wholePlan, { width, outcomes: wholePlan.changes.map(() => outcome("done")) }),
      told(onePlan, { width, config }),
      told(restorePlan, { width, config }),
      ...roles.map((entry) => told(planOf([entry]), { width, config: askedFor(entry) })),
    ];
    assert.deepEqual(texts.flatMap((text) => tooWide(text, width)), []);
  });
}

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
const anyPlan: fc.Arbitrary<RepoPlan> = fc.uniqueArray(anyRole, {
  maxLength: 12,
  selector: ({ account, role }) => `${account}/${role}`,
}).map((all) => planOf(all));

Deno.test("the text of any plan is whole sentences that fit, and ends with one line break", () =>
  fc.assert(
    fc.property(anyPlan, fc.integer({ min: 40, max: 120 }), fc.boolean(), (plan, width, run) => {
      const outcomes = plan.changes.map((_, index) => outcome(index % 2 ? "failed" : "done"));
      const text = told(plan, { width, ...(run ? { outcomes } : {}) });
      assert.match(text, /[^\n]\n$/);
      assert.ok(!/ $/m.test(text), text);
      assert.ok(!/\n\n\n/.test(text), text);
      assert.ok(!/undefined|NaN|Invalid|\[object/.test(text), text);
      assert.deepEqual(tooWide(text, width), []);
    }),
    { seed: 20_261_121, numRuns: generated(200) },
  ));

Deno.test("every role of a small plan that would lose something is named", () =>
  fc.assert(
    fc.property(anyPlan, (plan) => {
      const text = told(plan, { width: 100 });
      const [, would = ""] = /\n(Would[^]*?)\n\n[A-Z]/.exec(text) ?? [];
      const lines = would.split("\n").filter((line) => / (prod|data) /.test(line));
      assert.equal(lines.length, plan.changes.length);
    }),
    { seed: 20_261_122, numRuns: generated(100) },
  ));
