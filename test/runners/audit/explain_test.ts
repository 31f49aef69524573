import assert from "assert";
import { partsOf } from "../../../runners/core/parts.ts";
import { UsageError } from "../../../runners/core/errors.ts";
import type { Place } from "../../../runners/core/plan/change.ts";
import type { JournalEntry } from "../../../runners/core/journal/entry.ts";
import { CANARIES } from "../../../runners/audit/canary/canary.ts";
import { MARKS } from "../../../runners/audit/ladder/mark.ts";
import { locate, targetsOf } from "../../../runners/audit/present/explain.ts";
import { sightedAgain, SIGHTINGS } from "../../../runners/audit/ladder/sightings.ts";
import type { AuditPlanning } from "../../../runners/audit/planning.ts";
import {
  breakerStory,
  CANARY,
  ladderConfig,
  ladderStory,
  markOf,
  NEW_CANARY,
  noCanaryStory,
  STALE_CANARY,
} from "./ladder_story.ts";
import { explained } from "./render_input.ts";
import { storeOf } from "./store_rows.ts";
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
  planningOf,
  PROD,
  YESTERDAY,
} from "./world.ts";
import { AS_DATA, AS_TEXT } from "../../snapshots.ts";

const textOf = (...args: Parameters<typeof explained>) => explained(...args)!.text;

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

const among = (...accounts: readonly string[]) => () => Promise.resolve(accounts);

for (const subject of malformed) {
  Deno.test(`"${subject}" is neither an instance nor a region, and explain says so`, async () => {
    await assert.rejects(locate(subject, await storeOf(), among(DEV)), UsageError);
  });
}

const regions: readonly [subject: string, place: Partial<Place>][] = [
  [`${DEV}/us-east-1`, { account: DEV, region: "us-east-1" }],
  ["my dev/eu-central-1", { region: "eu-central-1" }],
  [`${DEV}/us-gov-west-1`, { account: DEV, region: "us-gov-west-1" }],
  [`${DEV}/global`, { account: DEV }],
];

for (const [subject, place] of regions) {
  Deno.test(`the region "${subject}" is looked for in its account only, where that is given by its ID`, async () => {
    assert.deepEqual(await locate(subject, await storeOf(), among(PROD)), place);
  });
}

Deno.test("an instance is looked for where the store has it, and everywhere if it has it nowhere", async () => {
  const sighting = sightedAgain(undefined, storyConfig, new Date(YESTERDAY));
  const canary = { instance_id: idOf(3), how: "created", at: YESTERDAY } as const;
  const store = await storeOf(
    SIGHTINGS.write(`${DEV}/us-east-1/${idOf(1)}`, sighting),
    MARKS.write(`${PROD}/us-west-2/${idOf(2)}`, markOf(YESTERDAY)),
    CANARIES.write(`${PROD}/eu-west-1`, canary),
  );
  // Among many accounts, wherever it stands.
  const others = Array.from({ length: 50 }, (_, index) => String(300_000_000_000 + index));
  for (const accounts of [[DEV, PROD, ...others], [...others, PROD, DEV]]) {
    const found = async (number: number) => await locate(idOf(number), store, among(...accounts));
    assert.deepEqual(await found(1), { account: DEV, region: "us-east-1" });
    assert.deepEqual(await found(2), { account: PROD, region: "us-west-2" });
    assert.deepEqual(await found(3), { account: PROD, region: "eu-west-1" });
    assert.deepEqual(await found(4), {});
  }
  assert.deepEqual(await locate(idOf(1), store, among(PROD)), {});
});

Deno.test("the journal has an instance under its ARN as it was observed, and nothing of a region", () => {
  const gov = anAccount(DEV, [aRegion("us-gov-west-1", [anInstance(1)])], {
    partition: "aws-us-gov",
  });
  const planning = planningOf(partsOf([gov]), storyConfig);
  assert.deepEqual(targetsOf(idOf(1), planning), [
    `arn:aws-us-gov:ec2:us-gov-west-1:${DEV}:instance/${idOf(1)}`,
  ]);
  for (const subject of [idOf(2), `${DEV}/us-gov-west-1`]) {
    assert.deepEqual(targetsOf(subject, planning), []);
  }
});

Deno.test("a subject that was not observed has no explanation", () => {
  assert.equal(explained(provenStory, idOf(99)), null);
  assert.equal(explained(provenStory, "nobody/us-east-1"), null);
  assert.equal(explained(provenStory, "dev/ap-south-1"), null);
});

Deno.test("the command that the plan offers for unknown IAM users explains something", () => {
  const users = { reason: "throttled", detail: "Throttling: slow down" };
  const account = anAccount(DEV, [aRegion("us-east-1", [anInstance(1)])], { users });
  const planning = planningOf(partsOf([account]), storyConfig);
  assert.match(explained(planning, `${DEV}/global`)?.text ?? "", /Throttling: slow down/);
});

const golden: readonly [string, AuditPlanning, string][] = [
  ["a violating instance", provenStory, idOf(2)],
  ["a compliant instance", provenStory, idOf(1)],
  ["an exempt instance", provenStory, idOf(6)],
  ["a proven region", provenStory, "dev/us-east-1"],
  ["a region that is not proven", unprovenStory, "prod/us-west-2"],
  ["an instance that is to be terminated", ladderStory, idOf(0x24)],
  ["an instance that is marked and waits", ladderStory, idOf(0x25)],
  ["an instance whose owner has asked for time", ladderStory, idOf(0x26)],
  ["an instance that is held back", ladderStory, idOf(0x2a)],
  ["an instance with a forged mark", ladderStory, idOf(0x28)],
  ["an instance that has left the ladder", ladderStory, idOf(0x27)],
  ["an instance of a new account", ladderStory, idOf(0x51)],
  ["a canary", ladderStory, idOf(CANARY)],
  ["a region with a canary", ladderStory, "dev/us-east-1"],
  ["a region that trips a breaker", breakerStory, "dev/eu-west-1"],
  ["a region without its canary", noCanaryStory, "dev/us-east-1"],
];

for (const [what, planning, subject] of golden) {
  Deno.test(`what is explained of ${what} looks as it did`, async (t) => {
    const { text, json } = explained(planning, subject)!;
    await t.assertSnapshot(text, AS_TEXT);
    await t.assertSnapshot(json, AS_DATA);
  });
}

const hidden = (() => {
  const whole = aRegion("us-east-1", [anInstance(1, { tags: {} })]);
  const second = whole.secondSource!;
  const region = { ...whole, secondSource: { ...second, tags: { [idOf(1)]: { owner: "alice" } } } };
  return planningOf(
    partsOf([anAccount(DEV, [region])]),
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
  const text = textOf(planningOf(partsOf([account]), storyConfig), idOf(1));
  assert.match(text, /undecided: the IAM users of the account are not known/);
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

const arnOf = (number: number) => `arn:aws:ec2:us-east-1:${DEV}:instance/${idOf(number)}`;

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
  assert.match(lines[2]!, /mark not known yet/);
});

Deno.test("an instance that was a canary once was created and stopped, and never marked", () => {
  const made = { ...entry("2026-11-10T12:00:00Z", "canaries"), action: "ec2:RunInstances" };
  const stop = { ...made, intended_at: "2026-11-11T12:00:00Z", action: "ec2:StopInstances" };
  const failed = { ...made, outcome: "failed" as const };
  const text = textOf(provenStory, idOf(2), { journal: [made, stop] });
  assert.match(text, /^ +10 Nov 12:00 +created +as the region's canary +run canaries/m);
  assert.match(text, /^ +11 Nov 12:00 +stopped +run canaries/m);
  assert.doesNotMatch(text, /^ +1[01] Nov 12:00 +marked/m);
  assert.match(textOf(provenStory, idOf(2), { journal: [failed] }), / 10 Nov 12:00 +create failed/);
});

Deno.test("an instance to which nothing was ever done is said so", () => {
  assert.match(textOf(provenStory, idOf(1)), /nothing was ever done to it/);
});

Deno.test("an instance that DescribeTags was not asked about is said so", () => {
  const whole = aRegion("us-east-1", [anInstance(1)]);
  const planning = planningOf(
    partsOf([anAccount(DEV, [{ ...whole, secondSource: null }])]),
    storyConfig,
  );
  assert.match(textOf(planning, idOf(1)), /DescribeTags was not asked/);
});

Deno.test("an instance on the ladder says which step comes next and when, exactly and relatively", () => {
  const { text, json } = explained(ladderStory, idOf(0x25))!;
  assert.match(text, /is marked, and is to be stopped from 22 Nov 11:00 on \(in 1 day\)\./);
  assert.match(text, /^ +22 Nov 11:00 +stop +next, if nothing changes/m);
  assert.match(text, /^ +3 Dec 11:00 +terminate +after that, at the earliest/m);
  assert.deepEqual(json["next"], {
    step: "stop",
    due: "2026-11-22T11:00:00.000Z",
    extended: false,
  });
});

Deno.test("everything that may keep an instance from its next step is told, and how it stands", () => {
  const { text, json } = explained(ladderStory, idOf(0x24))!;
  for (const what of ["looks", "protection", "more time", "limits", "breakers", "canary"]) {
    assert.match(text, new RegExp(`^  ${what} `, "m"));
    assert.ok(what.replace(" ", "_") in (json["may_hold_back"] as object), what);
  }
});

Deno.test("time that the owner asked for is told, with how much of it counts", () => {
  assert.match(
    textOf(ladderStory, idOf(0x26)),
    /its owner asks for it until 28 Nov 00:00; granted$/m,
  );
  const observed = partsOf(structuredClone([...ladderStory.observed]));
  for (const { instances, secondSource } of [...observed][0]!.regions) {
    const tags = instances.find(({ id }) => id === idOf(0x26))?.tags;
    if (!tags) continue;
    tags["groundskeeper-until"] = "2027-11-27";
    secondSource!.tags[idOf(0x26)] = tags;
  }
  assert.match(
    textOf({ ...ladderStory, observed }, idOf(0x26)).replaceAll(/\n +/g, " "),
    /until 28 Nov 2027 00:00; granted until 3 Dec 11:00 \(audit\.extension is 14d\)/,
  );
});

Deno.test("who is on the ladder is told how to leave it, and how to ask for time", () => {
  const text = textOf(ladderStory, idOf(0x23)).replaceAll("\n", " ");
  assert.match(text, /To leave the ladder: tag it department \(web\|data\), or exempt it/);
  assert.match(text, /To ask for time: tag it groundskeeper-until: YYYY-MM-DD, which counts until/);
  assert.doesNotMatch(textOf(ladderStory, idOf(0x22)), /To ask for time/);
});

Deno.test("a plan that is refused is no next step with apply", () => {
  const plan = documentOf(ladderStory, { refused: { ...refusal, limit: "--max-changes" } });
  const text = textOf(ladderStory, idOf(0x23), { plan });
  assert.match(text, /It is to be stopped, and --max-changes refuses the run\./);
  assert.doesNotMatch(text, /next, with apply/);
});

Deno.test("the owner is told with the grounds for it", () => {
  assert.match(textOf(ladderStory, idOf(0x23)), /^owner data team \(stack\): tag owner of stack/m);
});

Deno.test("what was marked and stopped is in the timeline, also where the journal has lost it", () => {
  const text = textOf(ladderStory, idOf(0x24));
  assert.match(text, /^ +6 Nov 11:00 +marked +run 01JC0+ +\(14 days ago\)$/m);
  assert.match(text, /^ +9 Nov 11:30 +stopped/m);
});

Deno.test("what the journal says is not told a second time from the rows", () => {
  const mark = { ...entry("2026-11-16T11:00:00.000Z", "01JD"), target: arnOf(0x23) };
  const text = textOf(ladderStory, idOf(0x23), { journal: [mark] });
  assert.equal(text.match(/ marked /g)!.length, 1);
  assert.match(text, / marked +run 01JD /);
});

Deno.test("each action of the journal is said in its own words", () => {
  const actions: readonly [Partial<JournalEntry>, RegExp][] = [
    [{ action: "ec2:StopInstances" }, / stopped +run a /],
    [
      { action: "ec2:TerminateInstances", outcome: "failed", error: { code: "x", message: "no" } },
      / terminate failed +no +run a /,
    ],
    [
      { action: "ec2:DeleteTags", reason: "it keeps the rules now" },
      / unmarked +it keeps the rules/,
    ],
    [{ action: "ec2:ModifyInstanceAttribute" }, / protection restored +run a /],
  ];
  for (const [part, said] of actions) {
    const one = { ...entry("2026-11-10T12:00:00Z", "a"), target: arnOf(0x22), ...part };
    assert.match(textOf(ladderStory, idOf(0x22), { journal: [one] }), said);
  }
});

Deno.test("a canary is said to be one, and that no rule applies to it", () => {
  const { text, json } = explained(ladderStory, idOf(CANARY))!;
  assert.match(text, /^It is the canary of dev us-east-1, created 1 Oct 08:00 \(50 days ago\)\.$/m);
  assert.match(text, /^It is well: /m);
  assert.doesNotMatch(text, /To leave the ladder|To put it right/);
  assert.equal((json["canary"] as { status: string }).status, "ok");
  assert.match(
    textOf(noCanaryStory, idOf(STALE_CANARY)),
    /How it is \(stale\): the canary i-0+31 says/,
  );
});

Deno.test("the canary of a new account is not judged yet", () => {
  assert.match(
    textOf(ladderStory, idOf(NEW_CANARY)),
    /^It is the canary of fresh us-east-1, [^]*^How it is \(disabled\): none is asked for here\.$/m,
  );
});

Deno.test("an instance that copies the canary's tags is told to take them away", () => {
  const text = textOf(ladderStory, idOf(0x2d));
  assert.match(text, /canary +copied +it carries the tags of the region's canary/);
  assert.match(text, /remove the canary's tags from it/);
});

Deno.test("a region says how its canary is, what it looked like, and what has tripped", () => {
  const text = textOf(breakerStory, "dev/eu-west-1").replaceAll(/\n +/g, " ");
  assert.match(text, /canary +i-0+21 is well/);
  assert.match(text, /level +60 instances, 2 of 58 violating, when it was believed last, 19 Nov/);
  assert.match(text, /breakers .*audit\.breakers\.populationDrop allows 0\.5.*nothing is changed/);
  assert.match(
    textOf(ladderStory, "dev/us-east-1"),
    /^7 changes planned here: 2 terminate, 1 stop/m,
  );
});

Deno.test("an account that is not enforced has no next step", () => {
  const { text, json } = explained(
    {
      ...ladderStory,
      config: { ...ladderConfig, enforce: { ...ladderConfig.enforce, accounts: [] } },
    },
    idOf(0x22),
  )!;
  assert.doesNotMatch(text, /What may keep it|next, /);
  assert.equal(json["next"], null);
  assert.equal(json["enforced"], false);
});

const WRITTEN: readonly (readonly [tags: Record<string, string>, row: RegExp])[] = [
  [{ "Owner": "alice" }, /^ +owner +alice +owner is written "Owner"$/m],
  [{ "owner\u200b": "alice" }, /^ +owner +alice +owner is written "owner<U\+200B>"$/m],
  [{ "Besitzer": "alice" }, /^ +owner +alice +owner stands under its old name "Besitzer"$/m],
  [{}, /^ +owner +missing +owner is missing$/m],
];

for (const [tags, row] of WRITTEN) {
  Deno.test(`a value is shown where it stands under ${JSON.stringify(tags)}`, () => {
    const config = configOf({ required: [{ key: "owner", aliases: ["besitzer"] }] });
    const planning = planningOf(oneRegion(anInstance(1, { tags })), config);
    assert.match(textOf(planning, idOf(1)), row);
  });
}

Deno.test("what is created after the moment that is judged has no age yet", () => {
  const config = configOf({ required: [{ key: "owner" }] });
  const instance = anInstance(1, { created: "2026-11-22T12:00:00.000Z" });
  assert.match(
    textOf(planningOf(oneRegion(instance), config), idOf(1)),
    /\(in-grace\): created 2 days after the moment that is judged\./,
  );
});
