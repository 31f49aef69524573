import assert from "assert";
import { partsOf } from "../../../runners/core/parts.ts";
import {
  breakerStory,
  idleBreakerStory,
  ladderStory,
  noCanaryStory,
  tidyLadder,
} from "./ladder_story.ts";
import { sketchStory } from "./sketch_story.ts";
import { provenStory, refusal, tidyStory, unprovenStory } from "./story.ts";
import { type Told, told } from "./render_input.ts";
import {
  aFailedRegion,
  anAccount,
  anInstance,
  aRegion,
  configOf,
  DEV,
  documentOf,
  idOf,
  oneRegion,
  outcome,
  planningOf,
} from "./world.ts";
import { AS_TEXT } from "../../snapshots.ts";

const mixed = [outcome("done"), outcome("failed", "Throttling: slow down")];

const limits = [
  { limit: "limits.perRun.count", value: 10, would: 2 },
  { limit: "limits.rollingDay.count", value: 20, would: 8 },
];

const ladderLimits = [
  { limit: "--max-changes", value: 6, would: 5 },
  { limit: "limits.rollingDay.count", value: 20, would: 12 },
  { limit: "limits.stop.perRun.count", value: 10, would: 1 },
  { limit: "limits.terminate.perRun.count", value: 5, would: 2 },
  { limit: "limits.terminate.rollingDay.count", value: 8, would: 2 },
];
const sketchLimits = [
  { limit: "limits.perRun.count", value: 10, would: 8 },
  { limit: "limits.rollingDay.count", value: 20, would: 8 },
  { limit: "limits.stop.perRun.count", value: 10, would: 2 },
  { limit: "limits.terminate.perRun.count", value: 5, would: 1 },
];
const stopRefusal = {
  limit: "limits.stop.perRun.count",
  value: 0,
  would: 1,
  reserved: 0,
  scope: null,
};
const [done, failed] = [outcome("done"), outcome("failed", "OperationNotPermitted: protected")];
/** In the order of instances: mark, stop, terminate, unmark, mark, restore, terminate. */
const ladderOutcomes = [done, failed, done, outcome("unknown", "cut"), done, done, null];

/** Forty accounts without an IAM user, of which some cannot be read. */
const fortyStory = planningOf(
  partsOf(Array.from({ length: 43 }, (_, index) => {
    const id = String(100_000_000_000 + index);
    const role = `arn:aws:iam::${id}:role/groundskeeper-audit-observe`;
    const unread = aRegion("global", [], {
      failure: {
        reason: "role-not-assumable",
        detail: `Cannot assume role "${role}": AccessDenied. Deploy the member stack`,
      },
      secondSource: null,
    });
    const tags = { owner: "alice" };
    return anAccount(
      id,
      index < 40 ? [aRegion("us-east-1", [anInstance(index, { tags })])] : [unread],
      {
        name: `account-${index}`,
        users: index < 40
          ? { reason: "empty-answer", detail: "iam:ListUsers lists no user at all" }
          : null,
      },
    );
  })),
  configOf({ required: [{ key: "owner", value: { principal: { users: true } } }] }),
);

const golden: readonly [string, typeof provenStory, Told][] = [
  ["a plan", provenStory, {}],
  ["a plan on a narrow terminal", provenStory, { width: 40 }],
  ["a plan of which a region is not proven", unprovenStory, {}],
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
  ["a plan of the whole ladder", ladderStory, { limits: ladderLimits }],
  ["an ordinary plan", sketchStory, { limits: sketchLimits, planFile: "out/audit-plan.json" }],
  ["a plan without canaries", noCanaryStory, {}],
  ["a plan of forty accounts without IAM users", fortyStory, {}],
  ["a plan that a breaker refuses", breakerStory, {}],
  ["a breaker that tripped with nothing to refuse", idleBreakerStory, {}],
  ["a plan that a limit of stops refuses", ladderStory, { refused: stopRefusal }],
  [
    "an apply of the whole ladder",
    ladderStory,
    { outcomes: ladderOutcomes, stamps: [done, outcome("failed", "slow down")] },
  ],
  ["a quiet apply", tidyLadder, { outcomes: [], stamps: [done, done] }],
];

for (const [what, planning, how] of golden) {
  Deno.test(`the text of ${what} looks as it did`, (t) =>
    t.assertSnapshot(told(planning, how), AS_TEXT));
}

Deno.test("a plan by rules of the command line names no apply, which takes them from the file", () => {
  const settings = ["--required", "--grace"];
  for (const planFile of ["out/audit-plan.json", undefined]) {
    const text = told(provenStory, { settings, ...(planFile ? { planFile } : {}) });
    assert.match(text, /write what --required\nand --grace say into it, and plan again\.$/m);
    assert.doesNotMatch(text, /audit apply|--out out/);
  }
});

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
  const order = ["Audit of", "Coverage", "not proven", "account ", "Would do", "Nothing was"];
  const places = order.map((part) => text.indexOf(part));
  assert.deepEqual(places, [...places].sort((a, b) => a - b));
  assert.ok(!places.includes(-1));
});

/** A figure that says nothing is left out with its title where it does not fit. */
const FIGURES = new Set(["-", "compliant", "grace", "violating", "exempt"]);

/** The words of a text, each once, in alphabetical order. */
const wordsOf = (text: string) =>
  [...new Set(text.split(/\s+/))].filter((word) => !FIGURES.has(word)).sort();

for (const [what, planning, how] of golden) {
  Deno.test(`the text of ${what} has the same words in colour and on any terminal`, () => {
    const plain = told(planning, how);
    // deno-lint-ignore no-control-regex
    const stripped = told(planning, { ...how, color: true }).replaceAll(/\u001b\[[0-9;]*m/g, "");
    assert.equal(stripped, plain);
    for (const width of [40, 70, 100]) {
      assert.deepEqual(wordsOf(told(planning, { ...how, width })), wordsOf(plain));
    }
  });
}

Deno.test("twenty changes are named one by one, the rest is counted, with where it is", () => {
  const instances = Array.from({ length: 23 }, (_, index) => anInstance(index));
  const config = configOf({ required: [{ key: "owner" }], enforce: { accounts: [DEV] } });
  const text = told(planningOf(oneRegion(...instances), config));
  assert.match(text, /^Would do\n {2}mark {3}23$/m);
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
  const observed = partsOf(
    [...unprovenStory.observed].slice(0, 1).map((account) => ({
      ...account,
      users: { reason: "throttled", detail: "Throttling: slow down" },
    })),
  );
  const text = told({ ...unprovenStory, observed });
  assert.match(text, /The IAM users are not known/);
  assert.match(text, /Would do/);
  assert.doesNotMatch(text, /Nothing is planned in/);
});

Deno.test("an account of which a part is not proven has no ratio that looks whole", () => {
  const line = told(unprovenStory).split("\n").find((line) => /^ +prod +2 /.test(line));
  assert.match(line!, /not proven|in part/);
});

// deno-lint-ignore no-control-regex
const red = /\u001b\[31m([^\u001b]*)\u001b\[39m/g;

Deno.test("only what would be destroyed is red, and it is named with its place", () => {
  const text = told(ladderStory, { color: true });
  assert.deepEqual([...text.matchAll(red)].map(([, said]) => said!.trim()), [
    "terminate            2",
    `dev us-east-1   ${idOf(0x24)}   web-3`,
    `dev us-east-1   ${idOf(0x30)}   guarded`,
  ]);
});

Deno.test("nothing is red where nothing would be destroyed", () => {
  for (const story of [provenStory, unprovenStory, noCanaryStory, idleBreakerStory]) {
    assert.doesNotMatch(told(story, { color: true }), red);
  }
});

Deno.test("what cannot be undone comes first, then what weighs less", () => {
  const text = told(ladderStory);
  const deeds = [...text.matchAll(/^ {2}(\S[a-z ]*?) +\d+$/gm)].map(([, deed]) => deed);
  assert.deepEqual(deeds, ["terminate", "stop", "mark", "unmark", "restore protection"]);
});

Deno.test("the coverage says by what it was proven", () => {
  assert.match(
    told(ladderStory),
    /^Coverage +4 of 4 account-regions proven: 2 by canary, 2 by second source$/m,
  );
});

Deno.test("regions that only lack a canary are told once, counted, with the command", () => {
  const text = told(noCanaryStory);
  assert.match(text, /not proven +2 account-regions of 1 account have no canary yet$/m);
  assert.match(text, /^ {2}groundskeeper audit canary plan$/m);
  assert.match(text, /the canary i-00000000000000031 says/);
});

Deno.test("regions that are not proven for one reason are told once: twenty are named, the rest is counted", () => {
  const regions = Array.from({ length: 27 }, (_, index) => aFailedRegion(`us-east-${index}`));
  const planning = planningOf(
    partsOf([anAccount(DEV, regions)]),
    configOf({ required: [{ key: "owner" }] }),
  );
  const text = told(planning);
  assert.equal(text.match(/not proven /g)!.length, 1);
  assert.match(text, /^ {2}not proven {3}access-denied in 27 account-regions$/m);
  assert.equal(text.match(/us-east-\d+,/g)!.length, 20);
  assert.match(text.replaceAll(/\s+/g, " "), /, and 7 more; --json has them all AccessDenied: no/);
});

Deno.test("a new account says until when it is only reported", () => {
  assert.match(told(ladderStory), /^ +fresh .* new: report only until 2 Dec$/m);
});

Deno.test("a change says whom to ask, and how that is known", () => {
  const text = told(ladderStory);
  assert.match(text, /owner alice \(tag\)/);
  assert.match(text, /owner perhaps build.* \(CloudTrail\)/);
});

Deno.test("a mark that was not set by us is told in a line of its own", () => {
  assert.match(
    told(ladderStory),
    /^Noted +1 instance: it carries a mark that Groundskeeper did not set: dev us-east-1/m,
  );
});

Deno.test("what waits for its next step is told with when that comes", () => {
  assert.match(
    told(ladderStory),
    / 2 +marked, to be stopped: the first from 22 Nov 11:00 \(in 1 day\) on, the last from 28\s/,
  );
});

Deno.test("what is due and held back says from what, and by what", () => {
  const text = told(ladderStory, { width: 200 });
  for (
    const held of [
      "it has stop protection",
      "seen 1 of 2 times, at least 30m apart, as audit.looks asks",
      "it is stopping already",
      "whether it is protected could not be read",
    ]
  ) assert.ok(text.includes(`due to be stopped, but ${held}`), held);
  const never = "cannot be stopped: its root device is an instance store, which a stop would lose";
  assert.ok(text.includes(never), never);
});

Deno.test("the limits of single steps are told beside those of the run", () => {
  assert.match(
    told(ladderStory, { limits: ladderLimits, width: 250 }),
    new RegExp(
      "^Limits +5 of 6 for this run \\(--max-changes\\), 12 of 20 for the last 24 hours, " +
        "1 of 10 stops for this run, 2 of 5 terminations for this run, " +
        "2 of 8 terminations for the last 24 hours$",
      "m",
    ),
  );
});

Deno.test("a refusal by the limit of one step names the step, and how to see what it is about", () => {
  const text = told(ladderStory, { refused: { ...stopRefusal, value: 10, would: 46 } });
  assert.match(
    text.replaceAll("\n", " "),
    /Refused: this run would stop 46 instances; audit\.limits\.stop\.perRun\.count allows 10\. Nothing was changed\./,
  );
  assert.match(text, /select\(\.action == "ec2:StopInstances"\)/);
});

Deno.test("a refusal of changes of several kinds speaks of changes", () => {
  assert.match(
    told(ladderStory, { refused: { ...refusal, would: 5 } }),
    /this run would change 5 instances; audit\.limits\.perRun\.count allows 1/,
  );
});

Deno.test("a refusal in one account calls it by its name", () => {
  const text = told(ladderStory, { refused: { ...refusal, scope: `${DEV}/us-east-1` } });
  assert.match(text, / in dev us-east-1; /);
});

Deno.test("a tripped breaker says that nothing is changed anywhere, refused or not", () => {
  for (const story of [breakerStory, idleBreakerStory, noCanaryStory]) {
    assert.match(told(story).replaceAll("\n", " "), /nothing is changed anywhere in this run/);
  }
  assert.doesNotMatch(told(idleBreakerStory), /Refused/);
  assert.match(told(breakerStory), /^Refused: /m);
});

Deno.test("a run counts each deed from its outcomes", () => {
  const text = told(ladderStory, { outcomes: ladderOutcomes, width: 200 });
  assert.match(
    text,
    /^Done +1 of 2 terminated, 0 of 1 stopped, 2 of 2 marked, 0 of 1 unmarked, 1 of 1 given back their protection, 1 failed, 1 unknown$/m,
  );
  assert.match(text, /failed: OperationNotPermitted: protected/);
  assert.match(text, /not tried/);
});

Deno.test("the stamps of canaries are one quiet line, and only failures are told", () => {
  const quiet = told(tidyLadder, { outcomes: [], stamps: [done, done] });
  assert.match(quiet, /^2 canaries stamped$/m);
  const text = told(ladderStory, { outcomes: ladderOutcomes, stamps: [done, failed] });
  assert.match(text, /^1 of 2 canaries stamped\n {2}dev us-east-1 i-0+20: failed: Operation/m);
  assert.doesNotMatch(told(ladderStory, { outcomes: [] }), /stamped/);
});

Deno.test("of many accounts those that need attention are told, and the rest is counted", () => {
  const accounts = Array.from({ length: 25 }, (_, index) => {
    const account = `1000000000${String(index).padStart(2, "0")}`;
    const tags = index === 23 ? {} : { owner: "alice" };
    const regions = index === 24
      ? [aFailedRegion("us-east-1")]
      : [aRegion("us-east-1", [anInstance(index, { tags })])];
    return anAccount(account, regions, { name: `account-${account.slice(-2)}` });
  });
  const text = told(planningOf(partsOf(accounts), configOf({ required: [{ key: "owner" }] })));
  const named = [...text.matchAll(/^ {2}(account-\d\d) +[-\d]/gm)].map(([, name]) => name);
  assert.deepEqual(named.slice(0, 3), ["account-24", "account-23", "account-00"]);
  assert.equal(named.length, 20);
  assert.match(text, /^ {2}and 5 more; --json has them all$/m);
});

Deno.test("an account that never had canaries is told how to make them, not that a breaker tripped", () => {
  const config = configOf({
    required: [{ key: "owner" }],
    enforce: { accounts: [DEV] },
    canary: { mode: "when-enforcing", tags: { Name: "canary", owner: "groundskeeper" } },
  });
  const planning = planningOf(oneRegion(anInstance(1)), config);
  const text = told(planning);
  assert.match(text, /not proven +\S+ us-east-1 has no canary yet$/m);
  assert.match(text, /^ {2}groundskeeper audit canary plan$/m);
  assert.doesNotMatch(text, /breaker|Would do$/m);
  assert.match(text, /^ {2}1{12} +-( +-){4}/m);
});

Deno.test("the violators of accounts that are only reported are named: twenty, then how many more", () => {
  const instances = Array.from({ length: 23 }, (_, index) => anInstance(index));
  const planning = planningOf(oneRegion(...instances), configOf({ required: [{ key: "owner" }] }));
  const text = told(planning);
  assert.match(text, /^Violating and left alone: 23 instances$/m);
  assert.equal(text.match(/i-0000/g)!.length, 20);
  assert.equal(text.match(/^ {4}owner is missing; 1 day old$/gm)!.length, 20);
  assert.match(text, /^ {2}and 3 more; --json has them all$/m);
});

Deno.test("an instance that waits on the ladder, or is exempt, is not told as left alone", () => {
  const text = told(ladderStory);
  const [, list = ""] = /^Violating and left alone.*?\n(.*?)\n\n/ms.exec(text) ?? [];
  for (const { target, reason } of documentOf(ladderStory).spared) {
    const isTold = list.includes(target.split("/").at(-1)!);
    if (["marked", "stopped", "exempt", "in-grace"].includes(reason)) {
      assert.ok(!isTold, `${target} ${reason}`);
    }
    if (["protected", "managed", "not-enforced", "not-due"].includes(reason)) {
      assert.ok(isTold, `${target} ${reason}`);
    }
  }
});

Deno.test("an instance of an enforced account whose first step comes later is named, with the day", () => {
  const config = configOf({
    required: [{ key: "owner" }],
    enforce: { accounts: [DEV] },
    ladder: [{ after: "3d", do: "mark" }],
  });
  const text = told(planningOf(oneRegion(anInstance(1)), config));
  assert.match(text, /^Violating and left alone: 1 instance$/m);
  assert.match(
    text.replaceAll(/\s+/g, " "),
    /i-00000000000000001 owner is missing; 1 day old; to be marked from 2026-11-23T12:00/,
  );
});
