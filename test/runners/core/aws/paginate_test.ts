import assert from "assert";
import { allItems, nextMarker, pages } from "../../../../runners/core/aws/paginate.ts";

interface Page {
  readonly items?: readonly number[];
  readonly next?: string;
}

/** Asks for pages from a list of answers, and notes which tokens were asked for. */
function asking(answers: readonly Page[]) {
  const tokens: (string | undefined)[] = [];
  const question = [
    "ec2:DescribeInstances",
    (token: string | undefined) => {
      tokens.push(token);
      return Promise.resolve(answers[tokens.length - 1] ?? assert.fail("one page too many"));
    },
    (page: Page) => ({ items: page.items, next: page.next }),
  ] as const;
  return { tokens, question };
}

const incomplete: readonly { title: string; answers: readonly Page[]; says: string }[] = [
  {
    title: "an answer without its list",
    answers: [{}],
    says: "ec2:DescribeInstances answered without its list; nothing is concluded",
  },
  {
    title: "a later answer without its list",
    answers: [{ items: [1], next: "a" }, { next: "b" }],
    says: "ec2:DescribeInstances answered without its list; nothing is concluded",
  },
  {
    title: "a token that follows itself",
    answers: [{ items: [1], next: "a" }, { items: [1], next: "a" }],
    says: "ec2:DescribeInstances gave the same page token twice; what it left out is unknown",
  },
  {
    title: "a circle of tokens",
    answers: [{ items: [], next: "a" }, { items: [], next: "b" }, { items: [], next: "a" }],
    says: "ec2:DescribeInstances gave the same page token twice; what it left out is unknown",
  },
];

for (const { title, answers, says } of incomplete) {
  Deno.test(`${title} is an error, never a shorter list`, async () => {
    await assert.rejects(allItems(...asking(answers).question), {
      name: "IncompleteAnswerError",
      message: says,
    });
  });
}

Deno.test("what a page's question throws goes up", async () => {
  const broken = () => Promise.reject(new Error("throttled"));
  await assert.rejects(allItems("a:B", broken, () => ({ items: [], next: undefined })), {
    message: "throttled",
  });
});

const complete: readonly {
  title: string;
  answers: readonly Page[];
  items: readonly number[];
  tokens: readonly (string | undefined)[];
}[] = [
  { title: "one page", answers: [{ items: [1, 2] }], items: [1, 2], tokens: [undefined] },
  { title: "an empty page", answers: [{ items: [] }], items: [], tokens: [undefined] },
  {
    title: "an empty page with a successor",
    answers: [{ items: [], next: "a" }, { items: [1], next: "b" }, { items: [2] }],
    items: [1, 2],
    tokens: [undefined, "a", "b"],
  },
  {
    title: "an empty token, which is an absent one",
    answers: [{ items: [1], next: "" }],
    items: [1],
    tokens: [undefined],
  },
];

for (const { title, answers, items, tokens } of complete) {
  Deno.test(`all items are had of ${title}`, async () => {
    const asked = asking(answers);
    assert.deepEqual(await allItems(...asked.question), items);
    assert.deepEqual(asked.tokens, tokens);
  });
}

Deno.test("pages come one by one, and none is asked for before it is wanted", async () => {
  const { tokens, question } = asking([{ items: [1], next: "a" }, { items: [2] }]);
  const iterator = pages(...question);
  assert.deepEqual((await iterator.next()).value, [1]);
  assert.equal(tokens.length, 1);
  await iterator.return(undefined);
  assert.equal(tokens.length, 1);
});

Deno.test("a page that says that there is more and not where is an error", () => {
  for (const Marker of [undefined, ""]) {
    assert.throws(() => nextMarker("iam:ListUsers", { IsTruncated: true, Marker }), {
      name: "IncompleteAnswerError",
      message: "iam:ListUsers says that there is more and not where; what it left out is unknown",
    });
  }
});

Deno.test("a marker is followed unless the page says that it is the last", () => {
  const cases: [page: Parameters<typeof nextMarker>[1], next: string | undefined][] = [
    [{ IsTruncated: true, Marker: "a" }, "a"],
    [{ Marker: "a" }, "a"],
    [{ IsTruncated: false, Marker: "a" }, undefined],
    [{ IsTruncated: false }, undefined],
    [{}, undefined],
  ];
  for (const [page, next] of cases) assert.equal(nextMarker("iam:ListUsers", page), next);
});
