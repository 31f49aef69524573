import assert from "assert";
import type { Store } from "../../../../runners/core/store/store.ts";
import { isOptedOut } from "../../../../runners/repo/inventory/opt_outs.ts";
import { OPT_OUTS, UNKNOWN_ACCOUNT } from "../../../../runners/repo/inventory/rows.ts";
import {
  type OptOutRequest,
  optOutsVerb,
  optOutVerb,
  removeOptOutVerb,
} from "../../../../runners/repo/verbs/opt_out.ts";
import { withStore } from "../../core/run/store_in_folder.ts";
import { aRole, DATA, PROD, roleIdOf } from "../inventory/roles.ts";
import { answering, answeringAt, refresh, said } from "./inventory.ts";

const ROLE = { account: PROD, name: "role-1" };
const REQUEST: OptOutRequest = { owner: "alice", reason: "year end", until: "2027-01-31" };

async function inStore(work: (store: Store) => Promise<void>): Promise<void> {
  await withStore(async (store) => {
    await refresh(store, { [PROD]: { roles: [aRole(1)] } });
    await work(store);
  });
}

const wrong: readonly [what: string, Partial<OptOutRequest>, RegExp][] = [
  ["no owner", { owner: " " }, /needs an --owner/],
  ["no reason", { reason: "" }, /needs a --reason/],
  ["a day that is none", { until: "2027-02-30" }, /must be a day such as 2027-01-31/],
  ["an instant", { until: "2027-01-31T00:00:00Z" }, /must be a day/],
  ["a day that is over", { until: "2026-11-19" }, /2026-11-19 is over already/],
];

for (const [what, part, message] of wrong) {
  Deno.test(`an opt-out with ${what} is refused`, async () => {
    await inStore(async (store) => {
      await assert.rejects(optOutVerb(store, ROLE, { ...REQUEST, ...part }, answering), message);
      assert.equal((await OPT_OUTS.read(store, [PROD, DATA])).size, 0);
    });
  });
}

Deno.test("an opt-out of another account's role of that name is refused", async () => {
  await inStore(async (store) => {
    await assert.rejects(
      optOutVerb(store, { ...ROLE, account: DATA }, REQUEST, answering),
      /Cannot find the role/,
    );
  });
});

Deno.test("a role that is opted out is not opted out again: it says by whom, why and until when", async () => {
  await inStore(async (store) => {
    await optOutVerb(store, ROLE, REQUEST, answering);
    await assert.rejects(
      optOutVerb(store, ROLE, { owner: "bob", reason: "mine", until: "2028-01-01" }, answering),
      /opted out already until the end of 2027-01-31 by alice: year end/,
    );
    assert.equal((await OPT_OUTS.of(PROD).get(store, roleIdOf(1)))?.value.owner, "alice");
  });
});

Deno.test("an opt-out that is over can be renewed", async () => {
  await inStore(async (store) => {
    await optOutVerb(store, ROLE, REQUEST, answering);
    const renewed = { ...REQUEST, until: "2027-06-30" };
    await optOutVerb(store, ROLE, renewed, answeringAt("2027-02-01T00:00:00.000Z"));
    assert.equal((await OPT_OUTS.of(PROD).get(store, roleIdOf(1)))?.value.until, "2027-06-30");
  });
});

Deno.test("an opt-out can be taken back, once", async () => {
  await inStore(async (store) => {
    await optOutVerb(store, ROLE, REQUEST, answering);
    const { text } = await removeOptOutVerb(store, ROLE, answering);
    assert.match(said({ text }), /role-1 is no longer opted out.*alice: year end/);
    await assert.rejects(removeOptOutVerb(store, ROLE, answering), /is not opted out/);
  });
});

const ends: readonly [now: string, counts: boolean][] = [
  ["2027-01-31T00:00:00.000Z", true],
  ["2027-01-31T23:59:59.999Z", true],
  ["2027-02-01T00:00:00.000Z", false],
];

for (const [now, counts] of ends) {
  Deno.test(`an opt-out until 2027-01-31 ${counts ? "counts" : "is over"} at ${now}`, () => {
    assert.equal(isOptedOut(REQUEST, new Date(now)), counts);
  });
}

Deno.test("an opt-out whose end cannot be read counts", () => {
  assert.equal(isOptedOut({ until: "soon" }, answering.now), true);
});

/** Opt-outs of `count` roles, each until its day, in the store. */
async function optedOut(store: Store, untils: readonly string[]): Promise<void> {
  await refresh(store, {
    [PROD]: { roles: untils.map((_, index) => aRole(index + 1)) },
    [DATA]: { roles: [] },
  });
  await store.write(untils.map((until, index) =>
    OPT_OUTS.of(PROD).write(roleIdOf(index + 1), {
      owner: `owner-${index + 1}`,
      reason: `reason-${index + 1}`,
      until,
      at: "2026-11-01T00:00:00.000Z",
    })
  ));
}

Deno.test("opt-outs are listed with who, why and until when; the next to end first, those over last", async () => {
  await withStore(async (store) => {
    await optedOut(store, ["2027-06-30", "2026-11-19", "2026-12-01", "2026-11-20"]);
    const answer = await optOutsVerb(store, answering);
    assert.equal(
      said(answer),
      `3 opt-outs hold, 2 of them until a day within 30 days; 1 is over

  role     account   until                      owner     reason
  role-4   prod      2026-11-20   in 12 hours   owner-4   reason-4
  role-3   prod      2026-12-01   in 11 days    owner-3   reason-3
  role-1   prod      2027-06-30   in 222 days   owner-1   reason-1
  role-2   prod      2026-11-19   over          owner-2   reason-2

To take one back:
  groundskeeper repo opt-out 111111111111/role-4 --remove
`,
    );
    const listed = answer.json as unknown as { role: string; state: string; owner: string }[];
    assert.deepEqual(
      listed.map(({ role, state, owner }) => [role, state, owner]),
      [
        ["role-4", "holds", "owner-4"],
        ["role-3", "holds", "owner-3"],
        ["role-1", "holds", "owner-1"],
        ["role-2", "over", "owner-2"],
      ],
    );
  });
});

Deno.test("an opt-out from Repokid's table is listed before its role was ever read, and by its name after", async () => {
  await withStore(async (store) => {
    await refresh(store, { [PROD]: { roles: [] } });
    const listed = async () => said(await optOutsVerb(store, answering));
    assert.equal(await listed(), "No role is opted out\n");
    const optOut = { owner: "alice", reason: "year end", until: "2027-01-31", at: "" };
    await store.write([OPT_OUTS.of(UNKNOWN_ACCOUNT).write(roleIdOf(1), optOut)]);
    assert.match(await listed(), new RegExp(`${roleIdOf(1)} +not known +2027-01-31`));
    await refresh(store, { [PROD]: { roles: [aRole(1)] } });
    assert.match(await listed(), /role-1 +prod +2027-01-31/);
  });
});
