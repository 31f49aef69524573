import assert from "assert";
import { UsageError } from "../../../runners/core/errors.ts";
import type { JournalEntry } from "../../../runners/core/journal/journal.ts";
import { explain, locate } from "../../../runners/audit/explain.ts";
import { lookAgain } from "../../../runners/audit/looks.ts";
import type { AuditPlanning } from "../../../runners/audit/planning.ts";
import { provenStory, refusal, storyConfig, unprovenStory } from "./story.ts";
import {
  anAccount,
  anInstance,
  aRegion,
  configOf,
  DEV,
  documentOf,
  idOf,
  oneRegion,
  plain,
  planningOf,
  YESTERDAY,
} from "./world.ts";

const explained = (
  planning: AuditPlanning,
  subject: string,
  part: { journal?: readonly JournalEntry[]; plan?: ReturnType<typeof documentOf> } = {},
) =>
  explain({
    subject,
    planning,
    plan: part.plan ?? documentOf(planning),
    journal: part.journal ?? [],
    style: plain(),
  });

const textOf = (...args: Parameters<typeof explained>) => explained(...args)!.text;
const nothing = { looks: new Map(), marks: new Map() };

const malformed = [
  "",
  "web-3",
  "i-",
  "i-0123",
  "i-0123456789ABCDEF0",
  "i-0123456789abcdef0 ",
  "111111111111",
  "111111111111/",
  "/us-east-1",
  "111111111111/us-east-1/i-0123456789abcdef0",
  "arn:aws:ec2:us-east-1:111111111111:instance/i-0123456789abcdef0",
  "111111111111/US-EAST-1",
  "111111111111/i-0123456789abcdef0",
];

for (const subject of malformed) {
  Deno.test(`"${subject}" is neither an instance nor a region, and explain says so`, () => {
    assert.throws(() => locate(subject, nothing), UsageError);
  });
}

Deno.test("a region is looked for in its account only, where that is given by its ID", () => {
  assert.deepEqual(locate(`${DEV}/us-east-1`, nothing), { account: DEV, region: "us-east-1" });
  assert.deepEqual(locate("my dev/eu-central-1", nothing), { region: "eu-central-1" });
  assert.deepEqual(locate(`${DEV}/us-gov-west-1`, nothing), {
    account: DEV,
    region: "us-gov-west-1",
  });
  assert.deepEqual(locate(`${DEV}/global`, nothing), { account: DEV });
});

Deno.test("an instance is looked for where it was seen last, and everywhere if it never was", () => {
  const look = lookAgain(undefined, "any", new Date(YESTERDAY));
  const looks = new Map([[`${DEV}/us-east-1/${idOf(1)}`, look]]);
  assert.deepEqual(locate(idOf(1), { looks, marks: new Map() }), {
    account: DEV,
    region: "us-east-1",
  });
  assert.deepEqual(locate(idOf(2), { looks, marks: new Map() }), {});
});

Deno.test("a subject that was not observed has no explanation", () => {
  assert.equal(explained(provenStory, idOf(99)), null);
  assert.equal(explained(provenStory, "nobody/us-east-1"), null);
  assert.equal(explained(provenStory, "dev/ap-south-1"), null);
});

Deno.test("the command that the plan offers for unknown IAM users explains something", () => {
  const users = { reason: "throttled", detail: "Throttling: slow down" };
  const account = anAccount(DEV, [aRegion("us-east-1", [anInstance(1)])], { users });
  const planning = planningOf({ accounts: [account] }, storyConfig);
  assert.match(explained(planning, `${DEV}/global`)?.text ?? "", /Throttling: slow down/);
});

const golden: readonly [string, AuditPlanning, string][] = [
  ["a violating instance", provenStory, idOf(2)],
  ["a compliant instance", provenStory, idOf(1)],
  ["an exempt instance", provenStory, idOf(6)],
  ["a proven region", provenStory, "dev/us-east-1"],
  ["a region that is not proven", unprovenStory, "prod/us-west-2"],
];

for (const [what, planning, subject] of golden) {
  Deno.test(`what is explained of ${what} looks as it did`, async (t) => {
    const { text, json } = explained(planning, subject)!;
    await t.assertSnapshot(text, { serializer: (text) => text });
    await t.assertSnapshot(json);
  });
}

const hidden = (() => {
  const whole = aRegion("us-east-1", [anInstance(1, { tags: {} })]);
  const second = whole.secondSource!;
  const region = { ...whole, secondSource: { ...second, tags: { [idOf(1)]: { owner: "alice" } } } };
  return planningOf(
    { accounts: [anAccount(DEV, [region])] },
    configOf({ required: [{ key: "owner" }] }),
  );
})();

Deno.test("of an instance in an unproven region nothing is concluded, and nothing asked for", () => {
  const text = textOf(hidden, idOf(1));
  assert.match(text, /the sources differ on owner/);
  assert.match(text, /Nothing is concluded: the region is not proven/);
  assert.doesNotMatch(text, /To put it right/);
});

Deno.test("an undecided rule is not to be put right", () => {
  const users = { reason: "throttled", detail: "Throttling: slow down" };
  const tags = { created_by: "mallory", department: "web" };
  const account = anAccount(DEV, [aRegion("us-east-1", [anInstance(1, { tags })])], { users });
  const text = textOf(planningOf({ accounts: [account] }, storyConfig), idOf(1));
  assert.match(text, /undecided: the IAM users are not known/);
  assert.doesNotMatch(text, /To put it right/);
});

Deno.test("a rule that is kept by a key in another case does not call it missing", () => {
  const config = configOf({ required: [{ key: "owner", match: "insensitive" }] });
  const planning = planningOf(oneRegion(anInstance(1, { tags: { Owner: "alice" } })), config);
  const text = textOf(planning, idOf(1));
  assert.doesNotMatch(text, /missing +kept/);
  assert.match(text, /owner +alice +kept/);
});

Deno.test("a stopped instance is not said to be stopped since its start", () => {
  const instance = anInstance(1, { state: "stopped", created: "2026-01-05T08:00:00.000Z" });
  const text = textOf(planningOf(oneRegion(instance), storyConfig), idOf(1));
  assert.doesNotMatch(text, /stopped since/);
});

Deno.test("an instance in a state that is not looked at is said to be in one", () => {
  const text = textOf(provenStory, idOf(8));
  assert.match(text, /terminated/);
  assert.doesNotMatch(text, /keeps all rules|To put it right/);
});

Deno.test("a plan that a limit refuses is told of the instance too", () => {
  const plan = documentOf(provenStory, { refused: refusal });
  const text = textOf(provenStory, idOf(2), { plan });
  assert.match(text, /to be marked, and audit\.limits\.perRun\.count refuses the run/);
});

Deno.test("a region counts its own changes only", () => {
  assert.match(textOf(provenStory, "dev/us-east-1"), /^2 changes planned here/m);
  assert.match(textOf(provenStory, "prod/us-east-1"), /^0 changes planned here/m);
});

const entry = (at: string, said: string): JournalEntry => ({
  run_id: said,
  plan_id: "plan",
  change_id: "change",
  job: "audit",
  account: DEV,
  region: "us-east-1",
  action: "ec2:CreateTags",
  target: `arn:aws:ec2:us-east-1:${DEV}:instance/${idOf(2)}`,
  reason: "department is missing",
  before: {},
  after: {},
  principal: "arn:aws:iam::111111111111:role/apply",
  aws_request_id: null,
  tool_version: "0.1.0",
  intended_at: at,
  outcome: said === "open" ? null : "done",
  finished_at: null,
  error: null,
});

Deno.test("what was seen and done is told in the order of time, and what is next at its end", () => {
  const journal = [
    entry("2026-11-10T12:00:00Z", "long-ago"),
    entry("2026-11-20T09:00:00Z", "open"),
  ];
  const lines = textOf(provenStory, idOf(2), { journal }).split("\n")
    .filter((line) => / ago\)| now\)/.test(line)).map((line) => line.trim());
  assert.deepEqual(lines.map((line) => /long-ago|first seen|open|next/.exec(line)?.[0]), [
    "long-ago",
    "first seen",
    "open",
    "next",
  ]);
  assert.match(lines[2]!, /ec2:CreateTags not known yet/);
});

Deno.test("an instance to which nothing was ever done is said so", () => {
  assert.match(textOf(provenStory, idOf(1)), /nothing was ever done to it/);
});

Deno.test("an instance that DescribeTags was not asked about is said so", () => {
  const whole = aRegion("us-east-1", [anInstance(1)]);
  const planning = planningOf(
    { accounts: [anAccount(DEV, [{ ...whole, secondSource: null }])] },
    storyConfig,
  );
  assert.match(textOf(planning, idOf(1)), /DescribeTags was not asked/);
});
