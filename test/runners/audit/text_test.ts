import assert from "assert";
import { provenStory, refusal, tidyStory, unprovenStory } from "./story.ts";
import { type Told, told } from "./telling.ts";
import { anInstance, configOf, DEV, oneRegion, outcome, planningOf } from "./world.ts";

const mixed = [outcome("done"), outcome("failed", "Throttling: slow down")];

const limits = [
  { limit: "limits.perRun.count", value: 10, would: 2 },
  { limit: "limits.rollingDay.count", value: 20, would: 8 },
];

const golden: readonly [string, typeof provenStory, Told][] = [
  ["a plan", provenStory, {}],
  ["a plan in colour", provenStory, { color: true }],
  ["a plan on a narrow terminal", provenStory, { width: 40 }],
  ["a plan of which a region is not proven", unprovenStory, {}],
  ["the same on a narrow terminal in colour", unprovenStory, { width: 40, color: true }],
  ["a plan that a limit refuses", provenStory, { refused: refusal }],
  ["a plan with nothing to do", tidyStory, {}],
  ["a hypothetical plan", provenStory, { hypothetical: true }],
  ["a plan that was written", provenStory, { planFile: "out/audit-plan.json" }],
  ["a plan above a question", provenStory, { asking: true }],
  ["a plan within its limits", provenStory, { limits }],
  ["a report that was written", provenStory, { outcomes: [], written: ["out/audit.html"] }],
  ["a report", provenStory, { outcomes: [] }],
  ["an apply with mixed outcomes", provenStory, { outcomes: mixed }],
  ["an apply that a limit refused", provenStory, { outcomes: [], refused: refusal }],
];

for (const [what, planning, how] of golden) {
  Deno.test(`the text of ${what} looks as it did`, (t) =>
    t.assertSnapshot(told(planning, how), { serializer: (text) => text }));
}

Deno.test("a refusal is not told beside what is left of the limits", () => {
  assert.match(
    told(provenStory, { limits }),
    /^Limits +2 of 10 for this run, 8 of 20 for the last 24 hours$/m,
  );
  assert.doesNotMatch(told(provenStory, { limits, refused: refusal }), /^Limits/m);
  assert.doesNotMatch(told(tidyStory, { limits }), /^Limits/m);
});

Deno.test("coverage comes before the figures, and these before what would be done", () => {
  const text = told(unprovenStory);
  const order = ["Audit of", "Coverage", "not proven", "account ", "Would mark", "Nothing was"];
  const places = order.map((part) => text.indexOf(part));
  assert.deepEqual(places, [...places].sort((a, b) => a - b));
  assert.ok(!places.includes(-1));
});

Deno.test("colour changes nothing that is read", () => {
  for (const story of [provenStory, unprovenStory, tidyStory]) {
    // deno-lint-ignore no-control-regex
    const stripped = told(story, { color: true }).replaceAll(/\u001b\[[0-9;]*m/g, "");
    assert.equal(stripped, told(story));
  }
});

Deno.test("twenty changes are named one by one, the rest is counted, with where it is", () => {
  const instances = Array.from({ length: 23 }, (_, index) => anInstance(index));
  const config = configOf({ required: [{ key: "owner" }], enforce: { accounts: [DEV] } });
  const text = told(planningOf(oneRegion(...instances), config));
  assert.match(text, /Would mark 23 instances/);
  assert.equal(text.match(/i-0000/g)!.length, 20);
  assert.match(text, /and 3 more; --json has them all/);
});

Deno.test("a refusal names what most of the changes have in common", () => {
  const instances = Array.from({ length: 4 }, (_, index) => anInstance(index));
  const config = configOf({ required: [{ key: "owner" }], enforce: { accounts: [DEV] } });
  const text = told(planningOf(oneRegion(...instances), config), { refused: refusal });
  assert.match(text, /4 of them: owner is missing\./);
});

Deno.test("a refusal does not count what other runs have taken as this run's", () => {
  const text = told(provenStory, { refused: { ...refusal, would: 10, reserved: 8 } });
  assert.match(text, /8/);
  assert.doesNotMatch(text, /this run would mark 10/);
});

Deno.test("a refusal by an option names the option", () => {
  const text = told(provenStory, { refused: { ...refusal, limit: "--max-changes" } });
  assert.match(text, / --max-changes allows 1/);
});

Deno.test("a run of which a write is not known does not say that nothing was changed", () => {
  for (const outcomes of [[outcome("unknown", "cut")], [outcome("unknown"), outcome("failed")]]) {
    assert.doesNotMatch(told(provenStory, { outcomes }), /Nothing was changed/);
  }
});

Deno.test("a refused apply whose plan file is out of date in part can be told", () => {
  const vanished = outcome("drifted", "It no longer stands as the plan saw it");
  const text = told(provenStory, { outcomes: [vanished, null], refused: refusal });
  assert.match(text, /1 drifted/);
  assert.match(text, /Refused/);
});

Deno.test("a hypothetical plan never offers to apply it", () => {
  assert.doesNotMatch(told(provenStory, { hypothetical: true }), /groundskeeper audit apply/);
});

Deno.test("a rule about IAM users that is undecided stops no other rule, nor is said to", () => {
  const observed = {
    accounts: unprovenStory.observed.accounts.slice(0, 1).map((account) => ({
      ...account,
      users: { reason: "throttled", detail: "Throttling: slow down" },
    })),
  };
  const text = told({ ...unprovenStory, observed });
  assert.match(text, /The IAM users are not known/);
  assert.match(text, /Would mark/);
  assert.doesNotMatch(text, /Nothing is planned there/);
});

Deno.test("an account of which a part is not proven has no ratio that looks whole", () => {
  const line = told(unprovenStory).split("\n").find((line) => /^ +prod +2 /.test(line));
  assert.match(line!, /not proven|in part/);
});
