import assert from "assert";
import fc from "fast-check";
import { partsOf } from "../../../runners/core/parts.ts";
import type { AuditConfig } from "../../../runners/audit/config.ts";
import { auditJobWith } from "../../../runners/audit/job.ts";
import {
  believed,
  listingRows,
  LISTINGS,
  listingsIn,
  readLists,
} from "../../../runners/audit/listings.ts";
import type { ObservedAccount } from "../../../runners/audit/observed.ts";
import { plan } from "../../../runners/audit/plan.ts";
import type { AuditPlanning } from "../../../runners/audit/planning.ts";
import { generated, propertyTest } from "../core/properties.ts";
import { explained, told } from "./render_input.ts";
import {
  anAccount,
  anInstance,
  aRegion,
  configOf,
  DEV,
  documentOf,
  NOTHING_EARLIER,
  NOW,
  planningOf,
  PROD,
} from "./world.ts";

const HOUR_MS = 3_600_000;
const config = configOf({
  required: [
    { key: "team", value: { valueFrom: "teams.txt" } },
    { key: "by", value: { principal: { users: true } } },
  ],
  enforce: { accounts: [DEV] },
});
const named = (count: number) => Array.from({ length: count }, (_, index) => `v${index}`);

/** An account whose instance keeps no rule, with so many values in the file and so many users. */
function accountWith(values: number, users: number): ObservedAccount {
  const instance = anInstance(1, { tags: { team: "sales", by: "mallory" } });
  return anAccount(DEV, [aRegion("us-east-1", [instance])], {
    lists: [{ file: "teams.txt", values: named(values) }],
    users: { names: named(users) },
  });
}

type Rows = AuditPlanning["earlier"]["listings"];
const planningAt = (account: ObservedAccount, listings: Rows, hours: number): AuditPlanning =>
  planningOf(partsOf([account]), config, {
    earlier: { ...NOTHING_EARLIER, listings },
    now: new Date(NOW.getTime() + hours * HOUR_MS),
  });

/** The rows after a report. */
function after(planning: AuditPlanning): Rows {
  const written = listingRows(planning).map(({ id, value }) => [id, value] as const);
  return new Map([...planning.earlier.listings, ...written]) as unknown as Rows;
}

const FILE = `${DEV}/list/teams.txt`;

Deno.test("a smaller list is believed after a day of reports, and not by plans", () => {
  let rows = after(planningAt(accountWith(10, 5), new Map(), 0));
  assert.equal(rows.get(FILE)?.size, 10);
  const small = accountWith(4, 5);
  const isBelieved = (hours: number) =>
    listingsIn(small, planningAt(small, rows, hours))[1]!.values !== undefined;
  assert.ok(!isBelieved(1));
  // Nothing was stored: the doubt has not begun.
  assert.ok(!isBelieved(50));
  rows = after(planningAt(small, rows, 51));
  assert.equal(rows.get(FILE)?.size, 10);
  assert.ok(!isBelieved(74));
  assert.ok(isBelieved(75));
  rows = after(planningAt(small, rows, 75));
  assert.deepEqual(rows.get(FILE), { size: 4, at: "2026-11-23T15:00:00.000Z" });
});

Deno.test("a list that is complete again ends the doubt, and another doubt begins anew", () => {
  const [full, small] = [accountWith(10, 5), accountWith(4, 5)];
  let rows = after(planningAt(full, new Map(), 0));
  rows = after(planningAt(small, rows, 1));
  rows = after(planningAt(full, rows, 2));
  assert.deepEqual(rows.get(FILE), { size: 10, at: "2026-11-20T14:00:00.000Z" });
  rows = after(planningAt(small, rows, 3));
  assert.equal(rows.get(FILE)?.doubted_since, "2026-11-20T15:00:00.000Z");
});

/** Sizes that reports find, each with the hours since the first; whether the last is believed. */
const histories: readonly [
  what: string,
  found: readonly (readonly [hours: number, size: number])[],
  believed: boolean,
][] = [
  ["half of the last size", [[0, 10], [1, 5]], false],
  ["one more than half of the last size", [[0, 10], [1, 6]], true],
  ["half of the last size for a day", [[0, 10], [1, 5], [25, 5]], true],
  ["less after a day of doubt", [[0, 40], [1, 19], [25, 10]], false],
  ["much less after a day of doubt", [[0, 40], [1, 19], [25, 1]], false],
  ["more after a day of doubt, and still too little", [[0, 40], [1, 10], [25, 19]], false],
  ["nearly the same for a day", [[0, 40], [1, 20], [12, 19], [25, 18]], true],
  ["another doubt that is a day old", [[0, 40], [1, 19], [12, 10], [36, 10]], true],
  ["another doubt that is not a day old", [[0, 40], [1, 19], [12, 10], [35, 10]], false],
  ["the first doubt again, after another one", [[0, 40], [1, 19], [12, 10], [26, 19]], false],
];

for (const [what, found, isBelieved] of histories) {
  Deno.test(`a list of ${what} is ${isBelieved ? "" : "not "}believed`, () => {
    let rows: Rows = new Map();
    for (const [hours, size] of found.slice(0, -1)) {
      rows = after(planningAt(accountWith(size, 5), rows, hours));
    }
    const [hours, size] = found.at(-1)!;
    const account = accountWith(size, 5);
    const [, list] = listingsIn(account, planningAt(account, rows, hours));
    assert.equal(list!.values !== undefined, isBelieved);
    assert.equal(list!.doubt?.reason, isBelieved ? undefined : "shrunk");
  });
}

Deno.test("a list that could not be read leaves its row as it is", () => {
  const account = { ...accountWith(0, 5), users: { reason: "throttled", detail: "slow" } };
  assert.deepEqual(listingRows(planningAt(account, new Map(), 0)), []);
});

Deno.test("the sizes of an account are rows of it, which end if no run renews them", () => {
  const [write] = listingRows(planningAt(accountWith(3, 5), new Map(), 0));
  assert.equal(write!.kind, `${LISTINGS.kind}#${DEV}`);
  assert.equal(write!.expires, "retained");
});

Deno.test("the gap says which file it is, both sizes, and what to do; it is one of an account", () => {
  const account = accountWith(4, 1);
  const rows = new Map([
    [FILE, { size: 10, at: "2026-11-19T12:00:00.000Z" }],
    [`${DEV}/users`, { size: 5, at: "2026-11-19T12:00:00.000Z" }],
  ]);
  const { coverage } = documentOf(planningAt(account, rows, 0));
  assert.deepEqual(coverage.unproven.map(({ region, reason }) => [region, reason]), [
    ["global", "users-shrunk"],
  ]);
  const { detail } = coverage.unproven[0]!;
  for (
    const part of [/teams\.txt has 4 values, and had 10/, /iam:ListUsers has 1 value,/, /for a day/]
  ) {
    assert.match(detail, part);
  }
});

type PlanOf = (planning: AuditPlanning) => ReturnType<typeof plan>;

/** A world whose file and users are as large as these, after reports that found them so large. */
const sizes = fc.record({
  values: fc.nat(12),
  users: fc.nat(12),
  before: fc.array(fc.tuple(fc.nat(12), fc.nat(12)), { minLength: 1, maxLength: 4 }),
  hours: fc.constantFrom(1, 5, 30),
});

propertyTest<PlanOf>(
  "a list that is empty, or has lost half of what it was a day ago, never breaks a rule",
  plan,
  (planOf) =>
    fc.assert(
      fc.property(sizes, ({ values, users, before, hours }) => {
        let rows: Rows = new Map();
        let at = 0;
        for (const [had, hadUsers] of before) {
          rows = after(planningAt(accountWith(had, hadUsers), rows, at));
          at += hours;
        }
        const planning = planningAt(accountWith(values, users), rows, at);
        const broken = planOf(planning).own.findings.flatMap((finding) => finding.broken)
          .map(({ key }) => key);
        const isShort = (size: number, id: string) => {
          const { size: was = 0, doubted = 0, doubted_since } = rows.get(id) ?? {};
          const isLong = doubted_since !== undefined &&
            Math.abs(size - doubted) * 10 <= Math.max(size, doubted) &&
            planning.now.getTime() - Date.parse(doubted_since) >= 24 * HOUR_MS;
          return size === 0 || size * 2 <= was && !isLong;
        };
        if (isShort(values, FILE)) assert.ok(!broken.includes("team"));
        if (isShort(users, `${DEV}/users`)) assert.ok(!broken.includes("by"));
      }),
      { seed: 20_261_130, numRuns: generated(500) },
    ),
  {
    "knows of no earlier size": (planning) =>
      plan({ ...planning, earlier: { ...planning.earlier, listings: new Map() } }),
    "believes what a run has found once": (planning) =>
      plan({ ...planning, now: new Date(planning.now.getTime() + 100 * HOUR_MS) }),
  },
);

Deno.test("a file that is missing is told once, with how many accounts need it, and what to do", () => {
  const lists = [{ file: "teams.txt", reason: "missing", detail: "there is no such file" }];
  const accounts = [DEV, PROD, "333333333333"].map((id) =>
    anAccount(id, [aRegion("us-east-1", [anInstance(1, { tags: { by: "v1" } })])], {
      lists,
      users: { names: ["v1"] },
    })
  );
  const text = told(planningOf(partsOf(accounts), config));
  assert.match(text, /Coverage +3 of 6 account-regions proven/);
  assert.equal(text.match(/not proven/g)?.length, 1);
  assert.match(text, /not proven +list-missing in 3 accounts\n +111111111111, 222222222222, 333/);
  const line = text.replaceAll(/\s+/g, " ");
  assert.match(line, /"teams.txt" are not known: there is no such file\. .*Check the file/);
  assert.match(line, /3 of 3 accounts are affected\. Another run finds the same until this/);
});

Deno.test("explain says of each rule whether it applies, and why nobody knows", () => {
  const rules = configOf({
    required: [
      { anyOf: [{ key: "owner" }, { key: "team" }] },
      { key: "backup", when: { tag: { key: "env", value: "prod" }, regions: ["us-east-1"] } },
      { key: "tier", when: { accounts: [PROD] } },
      { key: "cost", when: { not: { tag: { key: "Env", value: "prod" } } } },
    ],
  });
  const instance = anInstance(1, { tags: { Env: "prod" } });
  const observed = partsOf([anAccount(DEV, [aRegion("us-east-1", [instance])])]);
  const { text, json } = explained(planningOf(observed, rules), instance.id)!;
  for (
    const line of [
      /owner or team +missing +owner or team is missing\n/,
      /backup +missing +undecided: whether audit\.required\[1\] applies is not known: its tag is\n +written "Env": "prod"/,
      /tier +missing +does not apply: it is for instances in 222222222222\n/,
      /cost +missing +does not apply: it is for instances except where Env is prod\n/,
      /To put it right: tag it owner or team, or exempt it/,
    ]
  ) assert.match(text, line);
  assert.deepEqual(
    (json["rules"] as { key: string }[]).map(({ key }) => key),
    ["owner or team", "backup", "tier", "cost"],
  );
});

Deno.test("files are read once for all accounts, and not where no rule asks for one", async () => {
  let reads = 0;
  const job = auditJobWith(() => Promise.resolve((reads++, [])));
  const observing = { config, session: () => Promise.reject(new Error("no")) };
  const asking = { ...observing, scope: { accounts: [], regions: [] }, now: NOW };
  for (const id of [DEV, PROD]) {
    await job.observeAccount({ id, name: null }, asking as never).catch(() => {});
  }
  assert.equal(reads, 1);
  const none: Pick<AuditConfig, "required"> = configOf({ required: [{ key: "owner" }] });
  assert.deepEqual(await readLists(none, () => assert.fail("a path was asked for")), []);
});

Deno.test("a file of values is read where the configuration stands", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/teams.txt`, "web\n");
  const lists = await readLists(config, (file) => `${folder}/${file}`);
  assert.deepEqual(lists, [{ file: "teams.txt", values: ["web"] }]);
  const account = anAccount(DEV, [], { lists });
  const { fileOf } = believed(listingsIn(account, planningAt(account, new Map(), 0)));
  assert.deepEqual(fileOf("teams.txt"), new Set(["web"]));
  assert.equal(fileOf("other.txt"), undefined);
  await Deno.remove(folder, { recursive: true });
});
