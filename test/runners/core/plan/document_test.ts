import assert from "assert";
import fc from "fast-check";
import type { Json, JsonObject } from "../../../../runners/core/json.ts";
import { type Change, makeChange } from "../../../../runners/core/plan/change.ts";
import { coverageOf } from "../../../../runners/core/plan/coverage.ts";
import {
  digestOf,
  planDocument,
  type PlannedInput,
  plannedOf,
} from "../../../../runners/core/plan/document.ts";
import { FIXED, generated } from "../properties.ts";

const place = { account: "111111111111", region: "us-east-1" };
const changeOf = (target: string, action = "ec2:CreateTags") =>
  makeChange("audit", {
    kind: "mark",
    ...place,
    action,
    target,
    reason: "why",
    before: {},
    after: {},
  }, {});
const sparedOf = (target: string, reason = "exempt") => ({ ...place, target, reason, detail: "" });

type PlainTypes = {
  readonly Config: null;
  readonly Part: { readonly id: string };
  readonly Earlier: null;
  readonly Change: Change;
  readonly Own: JsonObject;
};

const documentOf = (input: PlannedInput<PlainTypes>) =>
  planDocument(plannedOf(input), (keys) => ({ keys }));

const input: PlannedInput<PlainTypes> = {
  job: "audit",
  plan: {
    coverage: coverageOf([{ ...place, proof: "canary" }], []),
    changes: [changeOf("b"), changeOf("a", "ec2:StopInstances"), changeOf("a")],
    ownWrites: [],
    breakers: [],
    spared: [sparedOf("d"), sparedOf("c", "managed"), sparedOf("c")],
    examined: [{ ...place, count: 300 }, { ...place, region: "us-west-2", count: 12 }],
    own: { findings: [] },
  },
  observedHash: () => "sha256:00",
  configHash: "sha256:01",
  asOf: new Date("2026-11-20T12:00:00Z"),
  hypothetical: false,
  refused: null,
  limits: [],
};

Deno.test("a plan document has the keys of the contract and the job's own", () => {
  const document = documentOf(input);
  assert.deepEqual(Object.keys(document).sort(), [
    ...[
      "as_of",
      "breakers",
      "changes",
      "config_hash",
      "coverage",
      "digest",
      "findings",
      "hypothetical",
    ],
    ...["job", "limits", "plan_id", "refused", "schema", "spared", "totals"],
  ]);
  assert.equal(document.schema, "groundskeeper.plan/1");
  assert.equal(document.as_of, "2026-11-20T12:00:00.000Z");
  assert.deepEqual(document.totals, { examined: 312, changes: 3, spared: 3 });
});

Deno.test("arrays are sorted, whatever order the job found things in", () => {
  const { changes, spared } = documentOf(input);
  assert.deepEqual(changes.map(({ target, action }) => [target, action]), [
    ["a", "ec2:CreateTags"],
    ["a", "ec2:StopInstances"],
    ["b", "ec2:CreateTags"],
  ]);
  assert.deepEqual(spared.map(({ target, reason }) => [target, reason]), [
    ["c", "exempt"],
    ["c", "managed"],
    ["d", "exempt"],
  ]);
  const turned = {
    ...input.plan,
    changes: input.plan.changes.toReversed(),
    spared: input.plan.spared.toReversed(),
  };
  assert.deepEqual(documentOf({ ...input, plan: turned }), documentOf(input));
});

Deno.test("the same input has the same id and digest", () => {
  assert.deepEqual(documentOf({ ...input, plan: structuredClone(input.plan) }), documentOf(input));
});

const others: readonly (readonly [string, Partial<PlannedInput<PlainTypes>>])[] = [
  ["another job", { job: "dirty" }],
  ["another observation", { observedHash: () => "sha256:99" }],
  ["another configuration", { configHash: "sha256:99" }],
  ["another moment", { asOf: new Date("2026-11-20T12:00:00.001Z") }],
];

for (const [title, part] of others) {
  Deno.test(`a plan has another id with ${title}`, () => {
    assert.notEqual(documentOf({ ...input, ...part }).plan_id, documentOf(input).plan_id);
  });
}

Deno.test("the digest is of everything but itself", () => {
  const document = documentOf(input);
  assert.equal(digestOf(document), document.digest);
  assert.equal(digestOf({ ...document, digest: "sha256:other" }), document.digest);
});

/** Every place in a document that holds a plain value, as the path to it. */
function leaves(value: unknown, path: readonly string[] = []): string[][] {
  if (value === null || typeof value !== "object") return [[...path]];
  return Object.entries(value).flatMap(([key, member]) => leaves(member, [...path, key]));
}

function edited(document: object, path: readonly string[], to: Json): object {
  const copy = structuredClone(document) as Record<string, unknown>;
  const last = path.at(-1)!;
  const holder = path.slice(0, -1).reduce(
    (at, key) => at[key] as Record<string, unknown>,
    copy,
  );
  holder[last] = to;
  return copy;
}

Deno.test("the digest always notices an edit, wherever it is", () => {
  const document = documentOf(input);
  const paths = leaves(document).filter(([first]) => first !== "digest");
  const edit = fc.record({
    path: fc.constantFrom(...paths),
    to: fc.jsonValue() as fc.Arbitrary<Json>,
  });
  fc.assert(
    fc.property(edit, ({ path, to }) => {
      const changed = edited(document, path, to);
      fc.pre(JSON.stringify(changed) !== JSON.stringify(document));
      assert.notEqual(digestOf({ ...changed }), document.digest);
    }),
    { ...FIXED, numRuns: generated(500) },
  );
});

Deno.test("the digest always notices what is taken away or added", () => {
  const { changes: _gone, ...less } = documentOf(input);
  const document = documentOf(input);
  assert.notEqual(digestOf(less), document.digest);
  assert.notEqual(digestOf({ ...document, more: null }), document.digest);
  const fewer = { ...document, changes: document.changes.slice(1) };
  assert.notEqual(digestOf(fewer), document.digest);
});

Deno.test("a document that was written and read again has its digest still", () => {
  const document = documentOf(input);
  assert.equal(digestOf(JSON.parse(JSON.stringify(document, null, 2))), document.digest);
});
