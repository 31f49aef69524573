import assert from "assert";
import {
  attachmentProblems,
  policyText,
  senderProblems,
  sizeProblems,
  splitGuards,
} from "../../../infra/policies/size.ts";
import { documentOf, type Statement } from "../../../infra/policies/statement.ts";
import { guards } from "../../policies/guard_cases.ts";

const EMPTY = policyText(documentOf([statement(0)])).length;

/** A statement with so many characters more than the smallest. */
function statement(more: number, Sid = "A"): Statement {
  return { Sid, Effect: "Deny", Action: "a:b", Resource: "x".repeat(more) };
}

const KINDS = [
  ["service control policy", 5_120, "characters"],
  ["managed policy", 6_144, "characters"],
  ["inline policies", 10_240, "characters"],
  ["trust policy", 2_048, "characters"],
  ["queue policy", 8_192, "bytes"],
] as const;

for (const [kind, most, unit] of KINDS) {
  Deno.test(`the ${kind} may have ${most} ${unit}, and not one more`, () => {
    const full = documentOf([statement(most - EMPTY)]);
    assert.equal(policyText(full).length, most);
    assert.deepEqual(sizeProblems(kind, "x", full), []);
    const [problem, ...others] = sizeProblems(
      kind,
      'role "x"',
      documentOf([statement(most - EMPTY + 1)]),
    );
    const [found, allowed] = [most + 1, most].map((size) => size.toLocaleString("en-US"));
    assert.match(
      problem!,
      new RegExp(
        `^The ${kind} of role "x" would have ${found} ${unit}, and AWS takes ${allowed}\\. .`,
      ),
    );
    assert.deepEqual(others, []);
  });
}

Deno.test("the inline policies of a role count together, and IAM does not count white space", () => {
  const half = documentOf([statement(10_240 / 2 - EMPTY)]);
  assert.deepEqual(sizeProblems("inline policies", "x", half, half), []);
  assert.equal(sizeProblems("inline policies", "x", half, half, half).length, 1);
  const spaced = documentOf([{ ...statement(2_048 - EMPTY), Sid: "A " }]);
  assert.equal(policyText(spaced).length, 2_049);
  assert.deepEqual(sizeProblems("trust policy", "x", spaced), []);
});

Deno.test("SQS counts bytes, and organizations count white space", () => {
  const umlauts = (count: number, most: number) =>
    documentOf([{ ...statement(most - EMPTY - count), Sid: `A${"ä".repeat(count)}` }]);
  assert.equal(sizeProblems("queue policy", "x", umlauts(1, 8_192)).length, 1);
  assert.deepEqual(sizeProblems("service control policy", "x", umlauts(1, 5_120)), []);
  const spaced = documentOf([{ ...statement(5_120 - EMPTY), Sid: "A " }]);
  assert.equal(sizeProblems("service control policy", "x", spaced).length, 1);
});

Deno.test("a queue policy names 50 senders, and a target has five service control policies", () => {
  const senders = Array.from({ length: 51 }, (_, at) => `arn:aws:iam::111111111111:role/r${at}`);
  assert.deepEqual(senderProblems("q", senders.slice(1)), []);
  assert.match(
    senderProblems("the queue q", senders)[0]!,
    /^The policy of the queue q .* 51 senders/,
  );
  assert.deepEqual(attachmentProblems("ou-a", 4, 1), []);
  assert.match(
    attachmentProblems("ou-a", 2, 4)[0]!,
    /^ou-a would have 6 service control policies, 2 of them guards, and AWS allows 5/,
  );
});

Deno.test("the guards fit in one service control policy, with room for longer names", () => {
  const [only, ...others] = splitGuards(guards("aws-us-gov"));
  assert.deepEqual(only?.Statement, guards("aws-us-gov"));
  assert.deepEqual(others, []);
  assert.deepEqual(splitGuards([]), []);
});

/** Sizes of statements, in parts of what fits in one policy, and how they must be grouped. */
const SPLITS: readonly (readonly [sizes: readonly number[], groups: readonly string[]])[] = [
  [[30, 30, 30], ["ABC"]],
  [[60, 60], ["A", "B"]],
  [[60, 60, 30, 30], ["AC", "BD"]],
  // One after the other would take three.
  [[30, 60, 30, 60], ["AB", "CD"]],
  [[20, 45, 50, 30, 45], ["ABD", "CE"]],
  [[90, 90, 90], ["A", "B", "C"]],
  // Too large by itself: a problem, which the split does not hide.
  [[120, 30, 60], ["A", "BC"]],
];

for (const [sizes, groups] of SPLITS) {
  Deno.test(`statements of ${sizes} percent are split over ${groups.length} policies`, () => {
    const statements = sizes.map((size, at) => statement(size * 48, "ABCDE"[at]));
    const documents = splitGuards(statements);
    assert.deepEqual(
      documents.map(({ Statement }) => Statement.map(({ Sid }) => Sid).join("")),
      groups,
    );
    const large = documents.filter((one) =>
      sizeProblems("service control policy", "x", one).length > 0
    );
    assert.equal(large.length, sizes.filter((size) => size > 100).length);
    assert.deepEqual(splitGuards(statements), documents);
  });
}
