import assert from "assert";
import { type Parts, partsOf } from "../../../runners/core/parts.ts";
import type { JsonObject } from "../../../runners/core/json.ts";
import { finished, intentOf, type JournalEntry } from "../../../runners/core/journal/entry.ts";
import { type AuditChange, kindOf } from "../../../runners/audit/ladder/audit_change.ts";
import { auditJob } from "../../../runners/audit/job.ts";
import type { ObservedAccount } from "../../../runners/audit/observed.ts";
import { plan } from "../../../runners/audit/plan.ts";
import {
  aFailedRegion,
  anAccount,
  anInstance,
  aRegion,
  configOf,
  DEV,
  NOTHING_EARLIER,
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

/** With as much of its change as a case says. */
function recorded(entry: JournalEntry) {
  return { change: { ...entry, kind: kindOf(entry) } as unknown as AuditChange, entry };
}

const settle = (entry: JournalEntry, observed: Parts<ObservedAccount>) =>
  auditJob.settle(recorded(entry), observed, plan(planningOf(observed, config)));

const announced = String(intent().after["value"]);

Deno.test("an intent in a region that could not be read stays open", () => {
  const observed = partsOf([anAccount(DEV, [aFailedRegion("us-east-1")])]);
  assert.deepEqual(settle(intent(), observed), { verdict: "unread" });
});

Deno.test("an intent in an account that was not looked at stays open", () => {
  assert.deepEqual(settle(intent(), partsOf<ObservedAccount>([])), { verdict: "unread" });
});

Deno.test("an intent on an instance whose two sources differ stays open", () => {
  const others = Array.from({ length: 199 }, (_, index) => anInstance(index + 2));
  const whole = aRegion("us-east-1", [anInstance(1), ...others]);
  const second = whole.secondSource!;
  const tags = { ...second.tags, [anInstance(1).id]: { [MARK]: announced } };
  const region = { ...whole, secondSource: { ...second, tags } };
  assert.deepEqual(settle(intent(), partsOf([anAccount(DEV, [region])])), {
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
  ["no mark, as before", {}, {}, "noEffect"],
  ["the mark that was there before", { [MARK]: "old" }, { [MARK]: "old" }, "noEffect"],
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
  assert.deepEqual(auditJob.rowsFor(recorded(finished(entry, "done", NOW))), [{
    kind: `audit/mark#${DEV}`,
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
  const [row] = auditJob.rowsFor(recorded(finished(intent(), "done", NOW)));
  const marks = new Map([[row!.id, row!.value as never]]);
  const observed = oneRegion(anInstance(1, { tags: { [MARK]: announced } }));
  const { changes, spared } = plan(
    planningOf(observed, config, { earlier: { ...NOTHING_EARLIER, marks } }),
  );
  assert.deepEqual(changes, []);
  assert.deepEqual(spared.map(({ reason }) => reason), ["marked"]);
});

/** An intent about instance 1, in any state in which a dead run found it. */
function intentTo(action: string, before: JsonObject, after: JsonObject): JournalEntry {
  return { ...intent(), action, before, after };
}

const stop = intentTo("ec2:StopInstances", { state: "running" }, { state: "stopped" });
const start = intentTo("ec2:StartInstances", { state: "stopped" }, { state: "running" });
const terminate = intentTo("ec2:TerminateInstances", { state: "stopped" }, { state: "terminated" });
const restore = intentTo("ec2:ModifyInstanceAttribute", {}, { protection: { stop: true } });
const unmark = intentTo("ec2:DeleteTags", { tags: { [MARK]: "gk1/x" } }, {
  key: MARK,
  value: null,
});
const STAMP = "groundskeeper-canary";
const stamp = intentTo("ec2:CreateTags", { stamp: "old" }, { key: STAMP, value: "new" });
const firstStamp = intentTo("ec2:CreateTags", { stamp: null }, { key: STAMP, value: "new" });

const NONE = { termination: false, stop: false };
const BOTH = { termination: true, stop: true };

type Now = Parameters<typeof anInstance>[1];

const deeds: readonly [what: string, JournalEntry, now: Now, verdict: string][] = [
  ["a stop of what is stopping", stop, { state: "stopping" }, "done"],
  ["a stop of what is stopped", stop, { state: "stopped" }, "done"],
  ["a stop of what still runs", stop, { state: "running" }, "noEffect"],
  ["a stop of what is being started", stop, { state: "pending" }, "unknown"],
  ["a stop of what is terminated", stop, { state: "terminated" }, "unknown"],
  ["a start of what runs", start, { state: "running" }, "done"],
  ["a start of what may stop again", start, { state: "pending" }, "unread"],
  ["a start of what is stopped", start, { state: "stopped" }, "noEffect"],
  ["a start of what is stopping", start, { state: "stopping" }, "unknown"],
  ["a termination of what is shutting down", terminate, { state: "shutting-down" }, "done"],
  ["a termination of what is terminated", terminate, { state: "terminated" }, "done"],
  ["a termination of what is still stopped", terminate, { state: "stopped" }, "noEffect"],
  ["a termination of what was started", terminate, { state: "running" }, "unknown"],
  ["giving protection back that was not read", restore, {}, "noEffect"],
  ["giving protection back that is not", restore, { protection: NONE }, "noEffect"],
  ["giving protection back that is", restore, { protection: BOTH }, "done"],
  ["taking a mark away that is gone", unmark, { tags: {} }, "done"],
  ["taking a mark away that is there", unmark, { tags: { [MARK]: "gk1/x" } }, "noEffect"],
  ["taking a mark away that is another now", unmark, { tags: { [MARK]: "gk1/y" } }, "unknown"],
  ["a stamp that is there", stamp, { tags: { [STAMP]: "new" } }, "done"],
  ["a stamp that is as it was", stamp, { tags: { [STAMP]: "old" } }, "noEffect"],
  ["a stamp that is gone", stamp, { tags: {} }, "unknown"],
  ["a stamp of another run", stamp, { tags: { [STAMP]: "newer" } }, "unknown"],
  ["a first stamp that is not there", firstStamp, { tags: {} }, "noEffect"],
];

for (const [what, entry, now, verdict] of deeds) {
  Deno.test(`settling: ${what} is ${verdict}`, () => {
    assert.equal(settle(entry, oneRegion(anInstance(1, now))).verdict, verdict);
  });
}

const gone: readonly [what: string, JournalEntry, verdict: string][] = [
  [
    "a termination of an hour ago",
    { ...terminate, intended_at: "2026-11-20T10:00:00.000Z" },
    "unknown",
  ],
  ["a termination of just now, which would still be listed,", terminate, "unread"],
  ["a stop", stop, "unknown"],
  ["taking a mark away", unmark, "unknown"],
  ["giving protection back", restore, "unknown"],
  ["a stamp", stamp, "unknown"],
];

for (const [what, entry, verdict] of gone) {
  Deno.test(`settling: ${what} of an instance that is gone is ${verdict}`, () => {
    assert.equal(settle(entry, oneRegion(anInstance(2))).verdict, verdict);
  });

  Deno.test(`settling: ${what} in a region that is empty in both sources is never done`, () => {
    assert.equal(settle(entry, oneRegion()).verdict, "unknown");
  });

  Deno.test(`settling: ${what} in a region that could not be read stays open`, () => {
    const observed = partsOf([anAccount(DEV, [aFailedRegion("us-east-1")])]);
    assert.equal(settle(entry, observed).verdict, "unread");
  });
}
