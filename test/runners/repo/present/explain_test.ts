import assert from "assert";
import { UsageError } from "../../../../runners/core/errors.ts";
import { textWidth } from "../../../../runners/core/text/wrap.ts";
import type { PolicyVersion } from "../../../../runners/repo/planning.ts";
import { locate } from "../../../../runners/repo/present/explain.ts";
import { isAbout } from "../../../../runners/repo/present/explain_subject.ts";
import { type Explained, explained, journalOf } from "./explain_world.ts";
import { aRole, daysAgo, kept, loss, policy, PROD } from "./plan_fixture.ts";
import { checkout as story, roles } from "./stories.ts";
import { AS_DATA, AS_TEXT } from "../../../snapshots.ts";

const SQS = ["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteQueue"];
const checkout = aRole("checkout-api", {
  ...story,
  permissions: 9,
  removable: 4,
  loses: [
    loss("sqs", 3, { actions: SQS }),
    loss("sns", 1, { actions: ["sns:Publish"], last_used: null }),
  ],
  keeps: [
    kept("s3", 2, { actions: ["s3:GetObject", "s3:GetBucketAcl"], last_used: daysAgo(1) }),
    kept("iam", 1, { reason: "never-tracked", actions: ["iam:PassRole"], last_used: null }),
    kept("ecr", 1, {
      reason: "new-permission",
      actions: ["ecr:BatchGetImage"],
      until: daysAgo(-9),
      last_used: null,
    }),
  ],
});
const ROLE = `${PROD}/checkout-api`;
const payments = roles[4]!;
const RUN = "01JD0000000000000000000001";

const version = (seq: number, days: number, part: Partial<PolicyVersion> = {}): PolicyVersion => ({
  seq,
  hash: `hash-${seq}`,
  source: "Scan",
  discovered: daysAgo(days),
  run_id: null,
  policies: {},
  ...part,
});
const lived: Explained = {
  earlier: {
    versions: new Map([[checkout.role_id, [
      version(1, 60),
      version(2, 40, { source: "External" }),
      version(3, 12, { source: "Repo", run_id: RUN }),
    ]]]),
    schedules: new Map([[checkout.role_id, {
      due: daysAgo(-5),
      actions: SQS,
      at: daysAgo(2),
    }]]),
    optOuts: new Map([[checkout.role_id, {
      owner: "alice",
      reason: "audit, OPS-2231",
      until: "2026-11-01",
      at: daysAgo(30),
    }]]),
  },
  journal: [
    journalOf(checkout, 20, "01JD0000000000000000000000", {
      outcome: "failed",
      error: { code: "Throttling", message: "Throttling: slow down" },
    }),
    journalOf(checkout, 12, RUN),
  ],
};
const text = (subject: string, how: Explained = {}) =>
  explained(subject, [checkout, payments], how)!.text;

const unreadable: readonly [what: string, subject: string, said: RegExp][] = [
  ["nothing", "", /Cannot read "" as a role/],
  ["a name without its account", "checkout-api", /does not say the account/],
  ["an instance", "i-0123456789abcdef0", /does not say the account/],
  ["the ARN of a user", `arn:aws:iam::${PROD}:user/alice`, /Give its ARN, or ACCOUNT\/NAME/],
  [
    "two actions",
    `${ROLE} sqs:SendMessage sns:Publish`,
    /is no action: it has a space\. Write it as IAM does/,
  ],
  ["an action that is none", `${ROLE} sqs/SendMessage`, /is no action: it has "\/"/],
];
for (const [what, subject, said] of unreadable) {
  Deno.test(`${what} cannot be explained, and the error says what can`, () => {
    assert.throws(() => locate(subject), (error) => {
      assert.ok(error instanceof UsageError);
      return said.test(error.message);
    });
  });
}

Deno.test("a role that is not in what was read is not explained", () => {
  assert.equal(explained(`${PROD}/other`, [checkout]), null);
  assert.equal(explained("999999999999/checkout-api", [checkout]), null);
});

Deno.test("a role is found by its ARN, with or without a path, and by account and name", () => {
  for (const subject of [ROLE, checkout.arn, `arn:aws:iam::${PROD}:role/team/checkout-api sqs`]) {
    assert.deepEqual(locate(subject), { account: PROD });
    assert.ok(explained(subject, [checkout]), subject);
  }
});

Deno.test("the journal of a role is that of its account and name, whatever the action", () => {
  const [entry] = lived.journal!;
  assert.ok(isAbout(`${ROLE} sqs:SendMessage`, entry!));
  assert.ok(!isAbout(ROLE, { ...entry!, account: "222222222222" }));
  assert.ok(!isAbout(`${PROD}/api`, entry!));
});

const golden: readonly [what: string, subject: string, how: Explained][] = [
  ["a role", ROLE, {}],
  ["a role with a history", ROLE, lived],
  ["a role on a narrow terminal", ROLE, { ...lived, width: 60 }],
  ["a role that is left alone", `${PROD}/payments`, {}],
  ["an action that would go", `${ROLE} sqs:SendMessage`, {}],
  ["an action that stays", `${ROLE} s3:GetObject`, {}],
  ["a service", `${ROLE} sqs`, {}],
  ["an action that is not granted", `${ROLE} dynamodb:GetItem`, {}],
];
for (const [what, subject, how] of golden) {
  Deno.test(`what is explained of ${what} looks as it did`, (t) =>
    t.assertSnapshot(text(subject, how), AS_TEXT));
}

Deno.test("what is explained of an action for programs looks as it did", (t) =>
  t.assertSnapshot(explained(`${ROLE} sqs:SendMessage`, [checkout])!.json, AS_DATA));

Deno.test("an action is told with the statement that grants it, the evidence and the rule", () => {
  const said = text(`${ROLE} sqs:SendMessage`).replaceAll(/\s+/g, " ");
  for (
    const part of [
      "verdict would be removed: unused for 214 days",
      'granted by inline policy "app", statement 1 (Sid "app"): "sqs:*" on all resources',
      "sqs was last used 21 Apr 07:00 (214 days ago) in us-east-1; IAM's report of 21 Nov 03:00",
      "rule service-unused",
      "To keep it: use the service",
    ]
  ) assert.ok(said.includes(part), `${part}\n${said}`);
});

Deno.test("an action is found in any case", () => {
  assert.match(text(`${ROLE} SQS:sendmessage`), /sqs:SendMessage/);
});

Deno.test("an action that is protected says until when, and what ends that", () => {
  const said = text(`${ROLE} ecr:BatchGetImage`).replaceAll(/\s+/g, " ");
  assert.match(said, /verdict stays: new: kept until 30 Nov \(in 9 days\)/);
  assert.match(
    said,
    /repo\.protectNew says how long for what a role had when it was first seen, and repo\.trustFirstScan lifts it/,
  );
});

Deno.test("what is said of several permissions of a service is said once", () => {
  const fresh = { reason: "new-permission" as const, until: daysAgo(-9), last_used: null };
  const role = aRole("checkout-api", {
    ...story,
    keeps: [
      kept("sqs", 1, { ...fresh, actions: ["sqs:SendMessage"] }),
      kept("sqs", 2, { ...fresh, actions: ["sqs:PurgeQueue", "sqs:AddPermission"] }),
      kept("sqs", 1, { reason: "never-tracked", actions: ["sqs:DeleteQueue"], last_used: null }),
    ],
    loses: [],
  });
  const said = explained(ROLE, [role])!.text.replaceAll(/\s+/g, " ");
  assert.match(said, /sqs 4 0 3 new: kept until 30 Nov \(in 9 days\); 1 AWS never tracks it/);
});

Deno.test("a pattern tells each verdict apart", () => {
  const said = text(`${ROLE} s*`).replaceAll(/ +/g, " ");
  assert.match(said, /remove sqs:SendMessage, sqs:ReceiveMessage, sqs:DeleteQueue: unused for 214/);
  assert.match(said, /remove sns:Publish: never used/);
  assert.match(said, /keep s3:GetObject, s3:GetBucketAcl: used 1 day ago/);
});

Deno.test("what only a managed policy grants is said to be so", () => {
  const said = text(`${ROLE} ec2:DescribeInstances`).replaceAll(/\s+/g, " ");
  assert.match(said, /its inline policies do not grant it/);
  assert.match(said, /granted by managed policy "AmazonEC2ReadOnlyAccess", statement 1/);
});

Deno.test("a policy that cannot be read is named, and is no reason to be silent", () => {
  const said = text(`${ROLE} sqs:SendMessage`, {
    role: { inline: { app: "{ not json", other: policy("sqs:Send*") } },
  });
  assert.match(said, /not read +.*app/);
  assert.match(said, /"sqs:Send\*"/);
});

Deno.test("a role that is left alone says every reason", () => {
  const said = text(`${PROD}/payments`);
  assert.match(said, /not eligible +alice has opted it out/);
  assert.match(said, /not eligible +it was created 12 days ago/);
  assert.match(said, /4 of 6 permissions are unused, and stay/);
});

Deno.test("without complete evidence the explanation says that there is none", () => {
  const evidence = { reason: "report-incomplete", detail: "page 3 of the report was missing" };
  assert.match(
    text(`${ROLE} sqs:SendMessage`, { role: { evidence } }),
    /evidence +none that is complete: page 3 of the report was missing/,
  );
});

Deno.test("the last removal can be taken back with the version of before", () => {
  assert.match(text(ROLE, lived), /To go back:\n {2}groundskeeper repo apply --restore 2 --role 1/);
  const unknown = { ...lived, earlier: {} };
  assert.match(text(ROLE, unknown), /To go back:\n {2}groundskeeper repo versions 1/);
  assert.doesNotMatch(text(ROLE), /To go back/);
});

Deno.test("what is scheduled says that only what is removable then goes", () => {
  const said = text(ROLE, lived).replaceAll(/\s+/g, " ");
  assert.match(said, /scheduled 3 permissions since 19 Nov .*due 26 Nov \(in 5 days\)/);
});

for (const width of [40, 70, 100]) {
  Deno.test(`no explanation is wider than a terminal of ${width}, unless one word is`, () => {
    const texts = golden.map(([, subject, how]) => text(subject, { ...how, width }));
    const wide = texts.flatMap((said) =>
      said.split("\n").filter((line) =>
        textWidth(line) > width && !/^ +groundskeeper /.test(line) && /\S\s+\S/.test(line)
      )
    );
    assert.deepEqual(wide, []);
  });
}
