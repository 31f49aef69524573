import assert from "assert";
import { partsOf } from "../../../runners/core/parts.ts";
import { enforcementOf } from "../../../runners/audit/enforcement.ts";
import { type ObservedAccount, unreadAccount } from "../../../runners/audit/observed.ts";
import { plan } from "../../../runners/audit/plan.ts";
import {
  anAccount,
  anInstance,
  aRegion,
  configOf,
  DEV,
  NOW,
  planningOf,
  PROD,
  YESTERDAY,
} from "./world.ts";

const required = [{ key: "owner" }];
const enforcing = (enforce: object) => configOf({ required, enforce });
const ALL_BUT_PROD = { accounts: { allExcept: [PROD] } };
const unknown = { joinedUnknown: true } as const;

const accounts: readonly [
  what: string,
  account: Partial<ObservedAccount>,
  enforce: object,
  on: boolean,
  why: RegExp | null,
][] = [
  ["a named account that nobody was asked about", {}, { accounts: [DEV] }, true, null],
  ["all but some of accounts that the file lists", {}, ALL_BUT_PROD, true, null],
  ["an account of unknown day, of all but some", unknown, ALL_BUT_PROD, false, /may be new/],
  [
    "an account of unknown day that a unit names",
    { ...unknown, units: ["ou-ab12-cdef3456"] },
    {
      units: ["ou-ab12-cdef3456"],
    },
    false,
    /may be new/,
  ],
  [
    "an account of unknown day without a quarantine",
    unknown,
    {
      ...ALL_BUT_PROD,
      quarantine: "0m",
    },
    true,
    null,
  ],
  ["an account of unknown day that nothing names", unknown, {}, false, null],
  ["an account of yesterday", { joined: YESTERDAY }, ALL_BUT_PROD, false, /until 2026-12-03T12:0/],
  ["an account of last year", { joined: "2025-11-20T12:00:00.000Z" }, ALL_BUT_PROD, true, null],
];

for (const [what, part, enforce, on, why] of accounts) {
  Deno.test(`${what} is ${on ? "enforced" : "only reported"}`, () => {
    const config = enforcing(enforce);
    const account = anAccount(DEV, [aRegion("us-east-1", [anInstance(1)])], part);
    const enforcement = enforcementOf(account, config, NOW);
    assert.equal(enforcement.on, on);
    if (why) assert.match(enforcement.quarantine!, why);
    else assert.equal(enforcement.quarantine, null);
    const { changes, spared } = plan(planningOf(partsOf([account]), config));
    assert.equal(changes.length, on ? 1 : 0);
    if (why) {
      assert.deepEqual(spared.map(({ reason, detail }) => [reason, detail]), [
        ["quarantine", enforcement.quarantine],
      ]);
    }
  });
}

Deno.test("an account that AWS Organizations lists without a day is one of unknown day", () => {
  const doubt = { reason: "incomplete-record", detail: "no day" };
  const [id, name] = [DEV, null];
  assert.equal(unreadAccount({ id, name, doubt }, []).joinedUnknown, true);
  for (const known of [{ id, name }, { id, name, doubt, joined: NOW }]) {
    assert.ok(!("joinedUnknown" in unreadAccount(known, [])));
  }
});
