import assert from "assert";
import fc from "fast-check";
import type { Store } from "../../../../runners/core/store/store.ts";
import {
  currentRows,
  findRole,
  readRoleState,
} from "../../../../runners/repo/inventory/role_state.ts";
import {
  inactiveWrites,
  type Judged,
  roleWrites,
  type Seen,
} from "../../../../runners/repo/inventory/role_writes.ts";
import {
  LAST_CHANGES,
  POLICIES,
  ROLES,
  SCHEDULES,
  STATS,
} from "../../../../runners/repo/inventory/rows.ts";
import { listVersions, readVersion } from "../../../../runners/repo/inventory/versions.ts";
import type { RoleRow } from "../../../../runners/repo/planning.ts";
import { withStore } from "../../core/run/store_in_folder.ts";
import { FIXED, propertyTest } from "../../core/properties.ts";
import {
  allowing,
  anEntry,
  aRole,
  DATA,
  JUDGED,
  keyOf,
  PROD,
  roleIdOf,
  seenAt,
  writesOf,
} from "./roles.ts";

const [MONDAY, TUESDAY, WEDNESDAY, THURSDAY] = [16, 17, 18, 19].map((day) =>
  `2026-11-${day}T12:00:00.000Z`
) as [string, string, string, string];
const ROLE = roleIdOf(1);
const KEY = keyOf(1);
const APP = { app: allowing("s3:Get*", "sqs:*") };
const LESS = { app: allowing("s3:Get*") };
const MORE = { app: allowing("s3:*", "sqs:*") };

async function look(store: Store, seen: Seen): Promise<void> {
  const state = await readRoleState(store, { account: PROD, role_id: seen.role.roleId });
  assert.ok((await store.write(roleWrites(seen, state, undefined, true))).written);
}

async function history(store: Store): Promise<string[]> {
  return (await listVersions(store, KEY)).map(({ seq, source, discovered }) =>
    `${seq} ${source} ${discovered.slice(8, 10)}`
  );
}

async function statsOf(store: Store): Promise<string[]> {
  const rows = await Array.fromAsync(STATS.of(PROD).list(store));
  return rows.map(({ value: { source, permissions, removable } }) =>
    `${source} ${permissions} ${removable}`
  );
}

Deno.test("the first look at a role leaves a version, a row of stats and its row", async () => {
  await withStore(async (store) => {
    await look(store, seenAt(MONDAY, aRole(1)));
    assert.deepEqual(await history(store), ["1 Scan 16"]);
    assert.deepEqual(await statsOf(store), ["Scan 100 20"]);
    const row = await findRole(store, { account: PROD, name: "role-1" });
    assert.equal(row?.first_seen, MONDAY);
    assert.equal(row?.version, 1);
  });
});

Deno.test("a look that finds the same leaves no version, whatever the order of keys and white space", async () => {
  await withStore(async (store) => {
    await look(store, seenAt(MONDAY, aRole(1)));
    const { Version, Statement } = JSON.parse(APP.app);
    const inline = { app: JSON.stringify({ Statement, Version }, null, 2) };
    await look(store, seenAt(TUESDAY, aRole(1, { inline })));
    assert.deepEqual(await history(store), ["1 Scan 16"]);
    assert.deepEqual(await statsOf(store), ["Scan 100 20"]);
  });
});

Deno.test("policies that somebody else changed are an external version", async () => {
  await withStore(async (store) => {
    await look(store, seenAt(MONDAY, aRole(1)));
    await look(store, seenAt(TUESDAY, aRole(1, { inline: MORE })));
    assert.deepEqual(await history(store), ["1 Scan 16", "2 External 17"]);
  });
});

Deno.test("a role without any inline policy has a version too, so that old ones are not its newest", async () => {
  await withStore(async (store) => {
    await look(store, seenAt(MONDAY, aRole(1)));
    await look(store, seenAt(TUESDAY, aRole(1, { inline: {} })));
    assert.deepEqual(await history(store), ["1 Scan 16", "2 External 17"]);
    const newest = await readVersion(store, KEY, 2);
    assert.deepEqual("policies" in newest && newest.policies, {});
  });
});

Deno.test("policies of the same text under another name are another set", async () => {
  await withStore(async (store) => {
    await look(store, seenAt(MONDAY, aRole(1)));
    await look(store, seenAt(TUESDAY, aRole(1, { inline: { other: APP.app } })));
    assert.deepEqual(await history(store), ["1 Scan 16", "2 External 17"]);
  });
});

Deno.test("a malformed document and a policy named __proto__ are kept as they are", async () => {
  await withStore(async (store) => {
    const inline = Object.fromEntries([["__proto__", "{ no JSON"], ["app", APP.app]]);
    await look(store, seenAt(MONDAY, aRole(1, { inline })));
    const version = await readVersion(store, KEY, 1);
    assert.deepEqual("policies" in version && Object.entries(version.policies).sort(), [
      ["__proto__", "{ no JSON"],
      ["app", APP.app],
    ]);
  });
});

const lastChange = { roleId: ROLE, before: APP, after: LESS, intended: TUESDAY } as const;

Deno.test("a change of ours leaves its version, its stats and when it was", async () => {
  await withStore(async (store) => {
    await look(store, seenAt(MONDAY, aRole(1)));
    await store.write(writesOf(anEntry(lastChange)));
    await store.write(
      writesOf(anEntry({ ...lastChange, outcome: "done", finished: WEDNESDAY })),
    );
    assert.deepEqual(await history(store), ["1 Scan 16", "2 Repo 18"]);
    assert.deepEqual(await statsOf(store), ["Scan 100 20", "Repo 80 0"]);
    const [row] = await Array.fromAsync(currentRows(store, [PROD]));
    assert.deepEqual(
      [row!.version, row!.permissions, row!.removable, row!.repoed],
      [2, 80, 0, WEDNESDAY],
    );
    await look(
      store,
      seenAt(THURSDAY, aRole(1, { inline: LESS }), { permissions: 80, removable: 0 }),
    );
    assert.deepEqual(await history(store), ["1 Scan 16", "2 Repo 18"]);
    assert.deepEqual(await statsOf(store), ["Scan 100 20", "Repo 80 0"]);
    assert.equal((await ROLES.of(PROD).get(store, ROLE))?.value.repoed, WEDNESDAY);
  });
});

Deno.test("what was there before a change is kept before it, also of a role that was never seen", async () => {
  await withStore(async (store) => {
    await store.write(writesOf(anEntry({ ...lastChange, before: MORE })));
    assert.deepEqual(await history(store), ["1 Scan 17"]);
    const version = await readVersion(store, KEY, 1);
    assert.deepEqual("policies" in version && version.policies, MORE);
  });
});

Deno.test("to write down the same entry twice changes nothing", async () => {
  await withStore(async (store) => {
    await look(store, seenAt(MONDAY, aRole(1)));
    for (let time = 0; time < 2; time++) {
      await store.write(writesOf(anEntry(lastChange)));
      await store.write(
        writesOf(anEntry({ ...lastChange, outcome: "done", finished: WEDNESDAY })),
      );
    }
    assert.deepEqual(await history(store), ["1 Scan 16", "2 Repo 18"]);
    assert.deepEqual(await statsOf(store), ["Scan 100 20", "Repo 80 0"]);
  });
});

for (const outcome of [null, "unknown"] as const) {
  Deno.test(`a change whose outcome is ${outcome} is known as ours when its effect is found`, async () => {
    await withStore(async (store) => {
      await look(store, seenAt(MONDAY, aRole(1)));
      await store.write(writesOf(anEntry(lastChange)));
      if (outcome) {
        await store.write(writesOf(anEntry({ ...lastChange, outcome, finished: TUESDAY })));
      }
      await look(store, seenAt(WEDNESDAY, aRole(1, { inline: LESS })));
      await store.write(
        writesOf(anEntry({ ...lastChange, outcome: "done", finished: THURSDAY })),
      );
      assert.deepEqual(await history(store), ["1 Scan 16", "2 Repo 18"]);
    });
  });
}

Deno.test("a change that failed leaves the version that was there", async () => {
  await withStore(async (store) => {
    await look(store, seenAt(MONDAY, aRole(1)));
    await store.write(writesOf(anEntry(lastChange)));
    await store.write(
      writesOf(anEntry({ ...lastChange, outcome: "failed", finished: TUESDAY })),
    );
    await look(store, seenAt(WEDNESDAY, aRole(1)));
    assert.deepEqual(await history(store), ["1 Scan 16"]);
  });
});

Deno.test("a look that is older than a change of ours does not take what was there for an edit", async () => {
  await withStore(async (store) => {
    await look(store, seenAt(MONDAY, aRole(1)));
    await store.write(writesOf(anEntry(lastChange)));
    await store.write(
      writesOf(anEntry({ ...lastChange, outcome: "done", finished: WEDNESDAY })),
    );
    await look(store, seenAt(MONDAY, aRole(1), { permissions: 7 }));
    assert.deepEqual(await history(store), ["1 Scan 16", "2 Repo 18"]);
    assert.deepEqual(await statsOf(store), ["Scan 100 20", "Repo 80 0"]);
  });
});

Deno.test("a change that comes while a role is looked at is not written over", async () => {
  await withStore(async (store) => {
    await look(store, seenAt(MONDAY, aRole(1)));
    const state = await readRoleState(store, KEY);
    await store.write(writesOf(anEntry(lastChange)));
    const late = roleWrites(seenAt(THURSDAY, aRole(1, { inline: MORE })), state, undefined, true);
    const result = await store.write(late);
    assert.ok(!result.written);
    assert.equal(result.inTheWay.kind, LAST_CHANGES.of(PROD).kind);
  });
});

Deno.test("a schedule ends with the change that it was for, and with no other", () => {
  for (const [kind, stays] of [["repo", false], ["remove", true], ["restore", true]] as const) {
    const writes = writesOf(
      anEntry({ ...lastChange, kind, outcome: "done", finished: TUESDAY }),
    );
    assert.equal(writes.some(({ kind }) => kind === SCHEDULES.of(PROD).kind), !stays, kind);
  }
});

Deno.test("a role that was made anew under its name is another role, and the old one inactive", async () => {
  await withStore(async (store) => {
    await look(store, seenAt(MONDAY, aRole(1, { name: "app" })));
    const old = (await ROLES.of(PROD).get(store, ROLE))!.value;
    const anew = aRole(2, { name: "app" });
    await store.write(
      roleWrites(seenAt(TUESDAY, anew), await readRoleState(store, keyOf(2)), old, true),
    );
    assert.equal((await ROLES.of(PROD).get(store, ROLE))?.value.active, false);
    const found = await findRole(store, { account: PROD, name: "app" });
    assert.equal(found?.role_id, anew.roleId);
    assert.equal(found?.version, 1);
  });
});

Deno.test("a role is never found under another account", async () => {
  await withStore(async (store) => {
    await look(store, seenAt(MONDAY, aRole(1)));
    assert.equal(await findRole(store, { account: DATA, name: "role-1" }), undefined);
    assert.ok(await findRole(store, { account: PROD, name: "ROLE-1" }));
  });
});

Deno.test("a version whose policies were tampered with in the store cannot be had", async () => {
  await withStore(async (store) => {
    await look(store, seenAt(MONDAY, aRole(1)));
    for await (const { id } of POLICIES.of(PROD).list(store)) {
      await store.write([POLICIES.of(PROD).write(id, { policies: MORE })]);
    }
    const version = await readVersion(store, KEY, 1);
    assert.equal("reason" in version && version.reason, "version-damaged");
    const none = await readVersion(store, KEY, 2);
    assert.equal("reason" in none && none.reason, "no-such-version");
  });
});

const rowsArbitrary = fc.uniqueArray(
  fc.record({
    account: fc.constant(PROD),
    role_id: fc.nat(30).map(roleIdOf),
    active: fc.boolean(),
  }),
  { selector: ({ role_id }) => role_id },
) as fc.Arbitrary<unknown> as fc.Arbitrary<readonly RoleRow[]>;

propertyTest(
  "the roles that become inactive are those that were active and were not seen, and no other",
  inactiveWrites,
  (subject) =>
    fc.assert(
      fc.property(rowsArbitrary, fc.array(fc.nat(30).map(roleIdOf)), (rows, seen) => {
        const writes = subject(rows, new Set(seen));
        const known = new Map(rows.map((row) => [row.role_id, row.active]));
        const expected = [...known].filter(([id, active]) => active && !seen.includes(id));
        assert.deepEqual(writes.map(({ id }) => id), expected.map(([id]) => id));
        assert.ok(writes.every(({ value }) => (value as { active: boolean }).active === false));
      }),
      FIXED,
    ),
  {
    "takes those that were seen (as Repokid does)": (rows, seen) =>
      [...rows].filter(({ role_id }) => seen.has(role_id)).map((row) =>
        ROLES.of(PROD).write(row.role_id, { ...row, active: false })
      ),
    "marks those again that are inactive": (rows, seen) =>
      [...rows].filter(({ role_id }) => !seen.has(role_id)).map((row) =>
        ROLES.of(PROD).write(row.role_id, { ...row, active: false })
      ),
  },
);

/** The rows of stats after several reads, each with its numbers. */
function statsAfter(write: typeof roleWrites, numbers: readonly Judged[]): number[][] {
  let row: RoleRow | undefined;
  const left: number[][] = [];
  for (const [index, judged] of numbers.entries()) {
    const at = new Date(Date.parse(MONDAY) + index * 1000).toISOString();
    const revisions = { row: "absent", lastChange: "absent" } as const;
    for (
      const { kind, value } of write(seenAt(at, aRole(1), judged), {
        row,
        newest: row,
        lastChange: undefined,
        revisions,
      })
    ) {
      if (kind === ROLES.of(PROD).kind) row = value as unknown as RoleRow;
      if (kind === STATS.of(PROD).kind) left.push([index]);
    }
  }
  return left;
}

const judgedArbitrary = fc.record({
  permissions: fc.nat(2),
  removable: fc.nat(2),
  disqualified_by: fc.subarray(["age", "lambda"]),
}).map((one): Judged => ({ ...JUDGED, ...one }));

propertyTest(
  "a row of stats is left by a look that changes a number or a reason, and by no other",
  roleWrites,
  (subject) =>
    fc.assert(
      fc.property(fc.array(judgedArbitrary, { maxLength: 8 }), (numbers) => {
        const expected = numbers.flatMap((one, index) =>
          index > 0 && JSON.stringify(one) === JSON.stringify(numbers[index - 1]) ? [] : [[index]]
        );
        assert.deepEqual(statsAfter(subject, numbers), expected);
      }),
      FIXED,
    ),
  {
    "leaves one with each look": (seen, earlier) => [
      ...roleWrites(seen, earlier).filter(({ kind }) => kind !== STATS.of(PROD).kind),
      { kind: STATS.of(PROD).kind, id: "one", value: null },
    ],
    "overlooks the reasons": (seen, earlier) =>
      roleWrites({ ...seen, judged: { ...seen.judged, disqualified_by: [] } }, earlier),
  },
);
