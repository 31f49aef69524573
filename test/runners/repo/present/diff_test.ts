import assert from "assert";
import { applyPatch, parsePatch } from "diff";
import fc from "fast-check";
import { diffsOf, readable, safeName, unifiedDiff } from "../../../../runners/repo/present/diff.ts";
import { FIXED, propertyTest } from "../../core/properties.ts";
import { HOSTILE, OBEYED } from "../../../jobs/hostile_texts.ts";
import { roleOf } from "./hostile_role.ts";
import { aRole, edit, loss, planOf, policy } from "./plan_fixture.ts";
import { checkout, removePlan, restorePlan, roles, wholePlan } from "./stories.ts";

import { AS_TEXT } from "../../../snapshots.ts";

Deno.test("the diffs of a plan look as they did", (t) =>
  t.assertSnapshot(
    [...diffsOf(planOf([checkout])), ...diffsOf(removePlan), ...diffsOf(restorePlan)]
      .map(({ name, text }) => `${name}\n${text}`).join("\n"),
    AS_TEXT,
  ));

Deno.test("there is a file for each role that changes or is proposed, and for no other", () => {
  assert.deepEqual(diffsOf(wholePlan).map(({ name }) => name), [
    "111111111111/billing-export.diff",
    "111111111111/checkout-api.diff",
    "111111111111/ci-deploy.diff",
    "222222222222/network-admin.diff",
  ]);
  assert.deepEqual(diffsOf(planOf([roles[4]!])), []);
});

Deno.test("a managed policy has a file of its own", () => {
  assert.deepEqual(diffsOf(removePlan).map(({ name }) => name), [
    "111111111111/billing-export.diff",
    "222222222222/managed/worker.diff",
    "222222222222/network-admin.diff",
  ]);
});

Deno.test("what is only spaced differently is no change", () => {
  const before = policy("s3:Get*");
  const after = JSON.stringify(JSON.parse(before), null, 4);
  assert.equal(unifiedDiff({ name: "app", before, after }, "x"), "");
  const entry = aRole("a", { loses: [loss("sqs", 1)], edits: [edit({ before, after })] });
  assert.deepEqual(diffsOf(planOf([entry])), []);
});

Deno.test("the notes of a role stand before its diff, where no program that applies it reads", () => {
  const before = policy("s3:*");
  const after = policy("s3:Get*");
  const note = '"s3:*" becomes 1 narrower pattern.\n--- a/x\nActions go too';
  const entry = aRole("a", {
    mode: "propose",
    loses: [loss("s3", 1)],
    edits: [edit({ before, after })],
    notes: [note],
  });
  const [file] = diffsOf(planOf([entry]));
  const [first, second] = file!.text.split("\n");
  assert.match(first!, /^# "s3:\*" becomes 1 narrower pattern\./);
  assert.match(second!, /^--- a\//);
  assert.equal(applyPatch(readable(before), parsePatch(file!.text)[0]!), readable(after));
});

Deno.test("a text that is no JSON is compared as it is", () => {
  const text = unifiedDiff({ name: "app", before: "{ not\njson", after: "{ not\nJSON" }, "x");
  assert.match(text, /^-json\n\+JSON$/m);
});

Deno.test("a policy that goes is a deleted file, one that comes back a new one", () => {
  const text = policy("s3:Get*");
  assert.match(
    unifiedDiff({ name: "app", before: text, after: null }, "x"),
    /^\+\+\+ \/dev\/null$/m,
  );
  assert.match(unifiedDiff({ name: "app", before: null, after: text }, "x"), /^--- \/dev\/null\n/);
});

for (const [what, text] of HOSTILE) {
  Deno.test(`${what} in a policy or a name does nothing to who reads the diff`, () => {
    const [file] = diffsOf(planOf([roleOf(text)]));
    assert.doesNotMatch(file!.text, OBEYED);
    assert.match(file!.name, /^111111111111\/[\w+=,.@-]+\.diff$/);
  });
}

const names = [
  "..",
  ".",
  "",
  "a/b",
  "../../etc/passwd",
  "a\\b",
  "C:x",
  "a b",
  "a\0b",
  "CON:",
  "x".repeat(400),
  ".git",
  "~root",
];
for (const name of names) {
  Deno.test(`${JSON.stringify(name.slice(0, 20))} cannot leave its directory as a file name`, () => {
    const safe = safeName(name);
    assert.match(safe, /^[\w+=,@-][\w+=,.@-]{0,127}$/);
    assert.notEqual(safe, safeName(`${name}/`));
  });
}

Deno.test("a name that IAM allows stays as it is", () => {
  for (const name of ["checkout-api", "A_b+c=d,e.f@g", "x".repeat(64)]) {
    assert.equal(safeName(name), name);
  }
});

const anyText: fc.Arbitrary<string | null> = fc.oneof(
  fc.constant(null),
  fc.array(fc.stringMatching(/^(s3|sqs|ec2):[A-Z][a-z]{0,4}\*?$/), { maxLength: 12 })
    .map((actions) => policy(...actions)),
  fc.string({ unit: "binary" }).map((text) => policy(text)),
  fc.string(),
);

/** Whether a diff, applied to the policy of before, gives the one after. */
function isExact(diff: typeof unifiedDiff): void {
  fc.assert(
    fc.property(anyText, anyText, (before, after) => {
      const [old, now] = [readable(before), readable(after)];
      const text = diff({ name: "app", before, after }, "x");
      if (text === "") return assert.equal(old, now);
      const [patch, ...more] = parsePatch(text);
      assert.equal(more.length, 0);
      assert.equal(applyPatch(old, patch!), now);
    }),
    FIXED,
  );
}

propertyTest(
  "a diff applied to the policy of before always gives the policy of after",
  unifiedDiff,
  isExact,
  {
    "writes a line otherwise": (edit, directory) =>
      unifiedDiff(edit, directory).replace(/^\+(?!\+\+ )/m, "+ "),
    "says nothing": () => "",
    "takes before for after": (edit, directory) =>
      unifiedDiff({ ...edit, before: edit.after, after: edit.before }, directory),
  },
);
