import assert from "assert";
import type { JsonObject } from "../../../../runners/core/json.ts";
import { byPlace, type Change, makeChange, written } from "../../../../runners/core/plan/change.ts";

const change: Omit<Change, "id"> = {
  kind: "mark",
  account: "111111111111",
  region: "us-east-1",
  action: "ec2:CreateTags",
  target: "arn:aws:ec2:us-east-1:111111111111:instance/i-0123456789abcdef0",
  reason: "no owner",
  before: { tags: { team: "a" } },
  after: { value: "violating", deadline: "2026-12-01T00:00:00Z" },
};
const settled = { key: "mark" };

const idOf = (part: Partial<Change> = {}, of: JsonObject = settled, job = "audit") =>
  makeChange(job, { ...change, ...part }, of).id;

Deno.test("an id is 16 hexadecimal digits, and the change keeps all that it was made of", () => {
  const made = makeChange("audit", change, settled);
  assert.match(made.id, /^[0-9a-f]{16}$/);
  assert.deepEqual(made, { id: made.id, ...change });
});

Deno.test("what a change means stands in no document, and makes no other id of it", () => {
  const made = makeChange("audit", change, settled);
  assert.ok(!("kind" in written(made)));
  assert.equal(idOf({ kind: "other" }), made.id);
});

const same: readonly (readonly [string, string])[] = [
  ["made twice", idOf()],
  ["a sentence that is worded anew", idOf({ reason: "has no owner" })],
  ["another deadline in what it leaves", idOf({ after: { ...change.after, deadline: "later" } })],
  ["other order of keys", idOf({ before: { tags: { team: "a" } } }, { key: "mark" })],
];

for (const [title, id] of same) {
  Deno.test(`a change keeps its id: ${title}`, () => assert.equal(id, idOf()));
}

const other: readonly (readonly [string, string])[] = [
  ["of another job", idOf({}, settled, "dirty")],
  ["in another account", idOf({ account: "222222222222" })],
  ["in another region", idOf({ region: "us-west-2" })],
  ["with another action", idOf({ action: "ec2:StopInstances" })],
  ["of another target", idOf({ target: `${change.target}1` })],
  ["that relies on something else", idOf({ before: { tags: { team: "b" } } })],
  ["that settles something else", idOf({}, { key: "other" })],
];

for (const [title, id] of other) {
  Deno.test(`another id has a change ${title}`, () => assert.notEqual(id, idOf()));
}

Deno.test("places are ordered by account, region, target and then what the caller says", () => {
  const items = [
    { account: "2", region: "a", target: "a", last: "a" },
    { account: "1", region: "b", target: "a", last: "a" },
    { account: "1", region: "a", target: "b", last: "a" },
    { account: "1", region: "a", target: "a", last: "b" },
    { account: "1", region: "a", target: "a", last: "a" },
  ];
  const sorted = [...items].sort(byPlace((item) => item.last));
  assert.deepEqual(sorted, items.toReversed());
});
