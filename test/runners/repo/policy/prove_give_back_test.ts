import assert from "assert";
import fc from "fast-check";
import { canonicalJson } from "../../../../runners/core/contract/canonical_json.ts";
import { loadCatalogue } from "../../../../runners/repo/catalogue/catalogue.ts";
import { makeUniverse } from "../../../../runners/repo/catalogue/universe.ts";
import { DENY_POLICY, denyText } from "../../../../runners/repo/policy/deny_policy.ts";
import {
  disproveGiveBack,
  type GivenFrom,
} from "../../../../runners/repo/policy/prove_give_back.ts";
import { FIXED, generated, propertyTest } from "../../core/properties.ts";
import { aLife, BEYOND, judging, type Life, type Texts } from "../give_back_life.ts";
import { GIVE_BACK, givesBack } from "../give_back_properties.ts";

const UNIVERSE = makeUniverse(loadCatalogue(), BEYOND);
const doc = (...Statement: unknown[]) => JSON.stringify({ Version: "2012-10-17", Statement });
const allow = (Action: unknown, more = {}) => ({
  Effect: "Allow",
  Action,
  Resource: "arn:aws:sqs:*:*:a",
  ...more,
});
const condition = { Condition: { Bool: { "aws:SecureTransport": "true" } } };
const secret = { Effect: "Deny", Action: "sqs:*", Resource: "arn:aws:sqs:*:*:secret" };

const THEN = { app: doc(allow(["sqs:Send*", "sqs:PurgeQueue"], condition), secret, allow("s3:*")) };
const NOW = {
  app: doc(secret, allow("s3:*")),
  [DENY_POLICY]: denyText(["sqs:SendMessage", "s3:A"]),
};

/** Checks whether sqs:SendMessage may come back so. @returns what does not hold */
function faultOf(after: Readonly<Record<string, string | null>>, before: Texts = NOW) {
  const given = [{ actions: UNIVERSE.expand("sqs:SendMessage"), policies: THEN }];
  const rest = { [DENY_POLICY]: denyText(["s3:A"]) };
  return disproveGiveBack({
    universe: UNIVERSE,
    asked: ["sqs:Send*"],
    given,
    before,
    after: { ...rest, ...after },
  });
}

const was = [secret, allow("s3:*")];
const right = allow(["sqs:SendMessage"], condition);

Deno.test("what comes back as its version had it is proven", () => {
  assert.equal(faultOf({ app: doc(...was, right) }), undefined);
  assert.equal(faultOf({ app: NOW.app, other: doc(right) }), undefined);
});

const LIES:
  readonly (readonly [what: string, after: Parameters<typeof faultOf>[0], fault: RegExp])[] = [
    ["nothing comes back", { app: NOW.app }, /sqs:SendMessage has no statement/],
    ["the condition is gone", { app: doc(...was, allow(["sqs:SendMessage"])) }, /reaches further/],
    [
      "the resource is wider",
      { app: doc(...was, { ...right, Resource: "*" }) },
      /reaches further/,
    ],
    ["another action comes, too", {
      app: doc(...was, allow(["sqs:SendMessage", "sqs:PurgeQueue"], condition)),
    }, /sqs:PurgeQueue is given, too/],
    ["the pattern comes", { app: doc(...was, allow(["sqs:*"], condition)) }, /is given, too/],
    [
      "a pattern that no one asked for comes",
      { app: doc(...was, allow(["sqs:S*dMessage"], condition)) },
      /"sqs:S\*dMessage" reaches further/,
    ],
    [
      "an unknown name comes",
      { app: doc(...was, allow(["sqs:SendMessage", "sqs:SendNext"], condition)) },
      /"sqs:SendNext" reaches further/,
    ],
    ["a Deny is gone", { app: doc(was[1], right) }, /a statement has changed/],
    ["a statement has changed", { app: doc(secret, allow("s3:Get*"), right) }, /has changed/],
    ["a policy is gone", { app: null, other: doc(right) }, /everything is gone/],
    [
      "the version of the language is another",
      { app: doc(...was, right).replace("2012-10-17", "2008-10-17") },
      /around the statements/,
    ],
    ["an element comes that says more", {
      app: doc(...was, { ...right, Principal: "*" }),
    }, /has the element Principal/],
    ["a NotAction comes", {
      app: doc(...was, { Effect: "Allow", NotAction: "iam:*", Resource: "*" }),
    }, /has the element NotAction/],
    ["a Deny comes", { app: doc(...was, { ...right, Effect: "Deny" }) }, /more than to allow/],
    [
      "something else is no longer denied",
      { app: doc(...was, right), [DENY_POLICY]: null },
      /s3:A is no longer denied/,
    ],
    [
      "it is still denied",
      { app: doc(...was, right), [DENY_POLICY]: NOW[DENY_POLICY]! },
      /sqs:SendMessage is denied everywhere/,
    ],
    [
      "more is denied",
      { app: doc(...was, right), [DENY_POLICY]: denyText(["s3:A", "s3:B"]) },
      /s3:b is denied/,
    ],
  ];

for (const [what, after, fault] of LIES) {
  Deno.test(`a give-back is not proven if ${what}`, () => {
    assert.match(faultOf(after) ?? "", fault);
  });
}

Deno.test("a give-back is not proven if the role no longer denies what its version denied", () => {
  const before = { app: doc(was[1]) };
  const fault = faultOf({ app: doc(was[1], right), [DENY_POLICY]: null }, before);
  assert.match(fault ?? "", /sqs:SendMessage has no statement with \["Deny"/);
});

/** What was given, and by which versions, by a judgement of its own. */
function claimOf(life: Life, after: Texts) {
  const before = life.moments.at(-1)!.policies;
  const [now, then] = [judging(before), judging(after)];
  const judged = life.moments.map(({ policies }) => judging(policies));
  const byMoment = Map.groupBy(
    [...UNIVERSE.union(["sqs:*", "sns:*", "sts:*", ...BEYOND])].filter((action) =>
      then.has(action) && !now.has(action)
    ),
    (action) => judged.findLastIndex((one) => one.has(action)),
  );
  const given = [...byMoment].map(([at, actions]): GivenFrom => ({
    policies: life.moments[at]!.policies,
    actions: UNIVERSE.union(actions),
  }));
  return { universe: UNIVERSE, asked: life.asked, given, before };
}

/** Mutants whose grants are others if their text is another. */
const SPOILS = [
  "drops the condition",
  "widens the resource",
  "turns a NotResource around",
  "gives the first action only",
] as const;

propertyTest(
  "the proof always refuses what grants otherwise than was planned, and never what was",
  disproveGiveBack,
  (disprove) =>
    fc.assert(
      fc.property(aLife, (life) => {
        const { policies } = givesBack(life);
        const before = life.moments.at(-1)!.policies;
        if (policies === before) return;
        const claim = claimOf(life, policies);
        const all = Object.fromEntries(Object.keys(before).map((name) => [name, null]));
        assert.equal(disprove({ ...claim, after: { ...all, ...policies } }), undefined);
        for (const what of SPOILS) {
          const other = GIVE_BACK.mutants[what](life).policies;
          if (!differs(policies, other)) continue;
          assert.ok(
            disprove({ ...claim, after: { ...all, ...other } }),
            what + JSON.stringify([policies, other, claim.given.map((g) => [...g.actions])]),
          );
        }
      }),
      { ...FIXED, numRuns: generated(300, 40) },
    ),
  {
    "believes everything": () => undefined,
    "refuses everything": () => "It is not proven",
  },
);

function differs(one: Texts, other: Texts): boolean {
  return Object.keys(one).some((name) =>
    canonicalJson(JSON.parse(one[name]!)) !== canonicalJson(JSON.parse(other[name]!))
  );
}
