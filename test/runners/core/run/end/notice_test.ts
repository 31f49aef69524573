import assert from "assert";
import fc from "fast-check";
import {
  AwsAccessError,
  InterruptedError,
  StoreError,
} from "../../../../../runners/core/errors.ts";
import type { Ending } from "../../../../../runners/core/run/end/notice.ts";
import { noticeOf } from "../../../../../runners/core/run/end/notice.ts";
import { endedBy, endedWith } from "./endings.ts";

const RUN = {
  job: "audit",
  verb: "apply",
  runId: "01JRUN",
  slot: new Date("2026-11-20T03:00:00.000Z"),
};
const LAST = "This was run 01JRUN for 2026-11-20T03:00:00.000Z, with exit code";

function told(ending: Ending) {
  const notice = noticeOf(RUN, ending);
  assert.ok(notice);
  return notice;
}

function unproven(count: number) {
  return Array.from({ length: count }, (_, index) => ({
    account: "111111111111",
    region: `us-east-${index}`,
    reason: "throttled",
    detail: "RequestLimitExceeded: Request limit exceeded",
  }));
}

Deno.test("of a run that was done nobody is told", () => {
  assert.equal(noticeOf(RUN, endedWith({})), null);
  assert.equal(noticeOf(RUN, endedWith({ outcomes: ["done", "done"] })), null);
});

Deno.test("a refusal tells the limit, by how much, and that nothing was changed", () => {
  const refused = {
    limit: "limits.perRun.count",
    value: 10,
    would: 23,
    reserved: 3,
    scope: null,
  };
  const notice = told(endedWith({ refused, outcomes: [null, null] }));
  assert.equal(notice.kind, "refused");
  assert.equal(notice.exit_code, 4);
  assert.equal(notice.title, "Groundskeeper: audit apply was refused by limits.perRun.count");
  assert.equal(
    notice.text,
    [
      "Coverage: 1 of 1 account-region proven.",
      "Refused: this run would make 20 changes, and other runs that share the budget have taken 3; " +
      "limits.perRun.count allows 10. Nothing was changed.",
      `${LAST} 4.`,
      "To see the changes:",
      "  groundskeeper audit plan",
    ].join("\n"),
  );
  assert.deepEqual(notice.refused, refused);
  assert.deepEqual(notice.error, null);
});

Deno.test("a refusal in one place says where", () => {
  const refused = {
    limit: "limits.perAccount.count",
    value: 5,
    would: 6,
    reserved: 0,
    scope: "111111111111",
  };
  assert.match(
    told(endedWith({ refused, outcomes: [null] })).text,
    /Refused: this run would make 6 changes in 111111111111; limits\.perAccount\.count allows 5\./,
  );
});

Deno.test("a refusal by a breaker says what the breaker saw", () => {
  const refused = {
    limit: "breakers.ratioJump",
    value: 5,
    would: 40,
    reserved: 0,
    scope: null,
    detail: "40 percent of the instances break the rules, after 3 percent in the last run",
  };
  assert.match(
    told(endedWith({ refused, outcomes: [null] })).text,
    /\nRefused: 1 change planned, and nothing is changed anywhere in this run: 40 percent .* last run \(breakers\.ratioJump allows 5, found 40\)\.\n/,
  );
});

Deno.test("lost coverage names the places first, with why they are not proven", () => {
  const notice = told(endedWith({ unproven: unproven(1), outcomes: ["done"] }));
  assert.equal(notice.kind, "coverage");
  assert.equal(
    notice.title,
    "Groundskeeper: audit apply did not prove 1 of 2 account-regions",
  );
  assert.equal(
    notice.text,
    [
      "Coverage: 1 of 2 account-regions proven.",
      "  not proven: 111111111111 us-east-0 (throttled): RequestLimitExceeded: Request limit exceeded",
      "Changes: 1 planned, 1 done.",
      `${LAST} 3.`,
      "To look again, without changing anything:",
      "  groundskeeper audit plan",
    ].join("\n"),
  );
});

Deno.test("the places that are not proven for one reason are one line, which counts them", () => {
  const { text, coverage } = told(endedWith({ unproven: unproven(23) }));
  assert.match(text, /\n {2}not proven: (\S+ \S+, ){3}and 20 more \(\S+ in 23 \S+\): .*\n/);
  assert.equal(text.match(/not proven: /g)?.length, 1);
  assert.deepEqual([coverage?.planned, coverage?.proven, coverage?.unproven_total], [24, 1, 23]);
  assert.equal(coverage?.unproven.length, 20);
});

Deno.test("a run that was done in part counts how its changes ended", () => {
  const notice = told(endedWith({ outcomes: ["done", "failed", "unknown", "done"] }));
  assert.equal(notice.kind, "partly");
  assert.equal(notice.title, "Groundskeeper: audit apply was done in part");
  assert.equal(
    notice.text,
    [
      "Coverage: 1 of 1 account-region proven.",
      "Changes: 4 planned, 2 done, 1 failed, 1 unknown.",
      `${LAST} 3.`,
      "To see what became of each change:",
      "  groundskeeper changes",
    ].join("\n"),
  );
  assert.deepEqual(notice.outcomes, {
    done: 2,
    pending: 0,
    failed: 1,
    drifted: 0,
    skipped: 0,
    unknown: 1,
  });
});

Deno.test("a record that was not written everywhere is told where nothing else is wrong", () => {
  const notice = told(endedWith({ recorded: false, outcomes: ["done"] }));
  assert.equal(notice.kind, "partly");
  assert.match(notice.text, /Its record was not written everywhere; its log says where\./);
});

Deno.test("of a run that was told to stop after its last change nothing is said that is not so", () => {
  const notice = noticeOf(
    { ...RUN, stopped: true },
    endedWith({ recorded: false, outcomes: ["done"] }),
  );
  assert.equal(notice?.kind, "partly");
  assert.doesNotMatch(notice!.text, /record/);
});

const faults: readonly (readonly [unknown, string, number, string])[] = [
  [
    new AwsAccessError("no-credentials", "Cannot find AWS credentials"),
    "no-credentials",
    1,
    "failed (no-credentials)",
  ],
  [new StoreError("Cannot open the store"), "store", 1, "failed (store)"],
  [new InterruptedError(), "interrupted", 3, "was interrupted"],
  [new RangeError("far"), "defect", 1, "failed (defect)"],
];

for (const [thrown, code, exitCode, says] of faults) {
  Deno.test(`a run that ended by the error ${code} tells it, and no figure`, () => {
    const notice = told(endedBy(thrown));
    assert.deepEqual([notice.kind, notice.exit_code], ["failed", exitCode]);
    assert.equal(notice.title, `Groundskeeper: audit apply ${says}`);
    assert.equal(notice.error?.code, code);
    assert.deepEqual([notice.coverage, notice.refused, notice.outcomes], [null, null, null]);
    assert.match(notice.text, /^audit apply ended by an error: .+\nThis was run 01JRUN/);
  });
}

Deno.test("whatever was said, the title is a subject that SNS takes and every line is ours", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 2000 }), fc.nat(30), (said, count) => {
      const places = unproven(count).map((place) => ({ ...place, detail: said, reason: said }));
      const job = said.slice(0, 200);
      const endings = [endedBy(new StoreError(said)), endedBy(new AwsAccessError(said, "x"))];
      for (const ending of [...endings, endedWith({ unproven: places, recorded: false })]) {
        const { title, text } = noticeOf({ ...RUN, job }, ending)!;
        assert.match(title, /^[ -~]{1,99}$/);
        assert.ok(text.isWellFormed());
        assert.ok(new TextEncoder().encode(text).length < 256 * 1024);
      }
      const lines = noticeOf(RUN, endings[0]!)!.text.split("\n");
      assert.equal(lines.length, 2);
    }),
  );
});

const AFTERMATH = {
  title: "saw 3 calls denied since",
  text: [["Denied: 3 calls.", { items: [{ name: "\u001b[31m" }] }]],
};

Deno.test("of a run that was done people are told what it has seen of earlier changes", () => {
  const notice = noticeOf(RUN, endedWith({ outcomes: ["done"] }), AFTERMATH)!;
  assert.deepEqual([notice.kind, notice.exit_code], ["aftermath", 0]);
  assert.equal(notice.title, "Groundskeeper: audit apply saw 3 calls denied since");
  assert.equal(
    notice.text,
    [
      "Coverage: 1 of 1 account-region proven.",
      "Changes: 1 planned, 1 done.",
      "Denied: 3 calls.",
      "  \\u001b[31m",
      `${LAST} 0.`,
    ].join("\n"),
  );
});

Deno.test("what else is to be told of a run comes before what it has seen", () => {
  const notice = noticeOf(RUN, endedWith({ unproven: unproven(1) }), AFTERMATH)!;
  assert.deepEqual([notice.kind, notice.exit_code], ["coverage", 3]);
  assert.match(notice.text, /not proven: .*\n(.*\n)*Denied: 3 calls\./);
});
