import assert from "assert";
import { intentOf, type JournalEntry } from "../../../runners/core/journal/journal.ts";
import { auditJob } from "../../../runners/audit/job.ts";
import type { Observed } from "../../../runners/audit/observed.ts";
import { plan } from "../../../runners/audit/plan.ts";
import {
  aFailedRegion,
  anAccount,
  anInstance,
  aRegion,
  configOf,
  DEV,
  NOW,
  oneRegion,
  planningOf,
} from "./world.ts";

const config = configOf({ required: [{ key: "owner" }], enforce: { accounts: [DEV] } });
const MARK = "groundskeeper-audit";

/** The intent of marking instance 1 as it was found with these tags. */
function intent(tags: Record<string, string> = {}): JournalEntry {
  const { changes } = plan(planningOf(oneRegion(anInstance(1, { tags })), config));
  return intentOf(changes[0]!, {
    job: "audit",
    runId: "dead",
    planId: "plan",
    principal: "arn:aws:iam::111111111111:role/groundskeeper-audit-apply",
    toolVersion: "0.1.0",
    now: NOW,
  });
}

const settle = (entry: JournalEntry, observed: Observed) =>
  auditJob.settle(entry, observed, plan(planningOf(observed, config)));

const announced = String(intent().after["value"]);

Deno.test("an intent in a region that could not be read stays open", () => {
  const observed = { accounts: [anAccount(DEV, [aFailedRegion("us-east-1")])] };
  assert.deepEqual(settle(intent(), observed), { verdict: "unread" });
});

Deno.test("an intent in an account that was not looked at stays open", () => {
  assert.deepEqual(settle(intent(), { accounts: [] }), { verdict: "unread" });
});

Deno.test("an intent on an instance whose two sources differ stays open", () => {
  const others = Array.from({ length: 199 }, (_, index) => anInstance(index + 2));
  const whole = aRegion("us-east-1", [anInstance(1), ...others]);
  const second = whole.secondSource!;
  const tags = { ...second.tags, [anInstance(1).id]: { [MARK]: announced } };
  const region = { ...whole, secondSource: { ...second, tags } };
  assert.deepEqual(settle(intent(), { accounts: [anAccount(DEV, [region])] }), {
    verdict: "unread",
  });
});

Deno.test("an intent on an instance that is gone is unknown", () => {
  assert.deepEqual(settle(intent(), oneRegion(anInstance(2))), {
    verdict: "unknown",
    detail: "The instance is gone",
  });
});

const found: readonly [string, Record<string, string>, Record<string, string>, string][] = [
  ["the very value that it announced", {}, { [MARK]: announced }, "done"],
  ["the value in place of another", { [MARK]: "old" }, { [MARK]: announced }, "done"],
  ["no mark, as before", {}, {}, "undone"],
  ["the mark that was there before", { [MARK]: "old" }, { [MARK]: "old" }, "undone"],
  ["another mark", {}, { [MARK]: "gk1/mark/2036-01-01T00:00:00Z/00000000" }, "unknown"],
  ["no mark, where there was one before", { [MARK]: "old" }, {}, "unknown"],
  ["an empty mark", {}, { [MARK]: "" }, "unknown"],
];

for (const [what, before, now, verdict] of found) {
  Deno.test(`an intent whose instance carries ${what} is ${verdict}`, () => {
    const settlement = settle(intent(before), oneRegion(anInstance(1, { tags: now })));
    assert.equal(settlement.verdict, verdict);
  });
}

Deno.test("a mark that is done leaves a row that equals the tag", () => {
  const entry = intent();
  assert.deepEqual(auditJob.rowsWhenDone(entry), [{
    kind: "audit-mark",
    id: `${DEV}/us-east-1/${anInstance(1).id}`,
    value: {
      value: announced,
      deadline: "2026-11-20T12:00:00.000Z",
      rule_hash: entry.after["rule_hash"],
      marked_at: NOW.toISOString(),
      run_id: "dead",
    },
  }]);
});

Deno.test("an instance whose mark was set is marked in the next plan", () => {
  const [row] = auditJob.rowsWhenDone(intent());
  const marks = new Map([[row!.id, row!.value as never]]);
  const observed = oneRegion(anInstance(1, { tags: { [MARK]: announced } }));
  const { changes, spared } = plan(
    planningOf(observed, config, { earlier: { looks: new Map(), marks } }),
  );
  assert.deepEqual(changes, []);
  assert.deepEqual(spared.map(({ reason }) => reason), ["marked"]);
});
