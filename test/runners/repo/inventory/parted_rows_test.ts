import assert from "assert";
import { partsOf } from "../../../../runners/core/parts.ts";
import { MemoryStore } from "../../../../runners/adapters/memory/memory_store.ts";
import type { FreeWrite, Store } from "../../../../runners/core/store/store.ts";
import { observationWrites } from "../../../../runners/repo/inventory/observation_writes.ts";
import { readEarlier } from "../../../../runners/repo/inventory/read_earlier.ts";
import { readObserved } from "../../../../runners/repo/inventory/read_observed.ts";
import { findRole } from "../../../../runners/repo/inventory/role_state.ts";
import { listVersions, readPolicies } from "../../../../runners/repo/inventory/versions.ts";
import type { ObservedRole } from "../../../../runners/repo/observed.ts";
import { allowing, aRole, JUDGED, PROD } from "./roles.ts";

/** How the rows of a round may come: their store does not say in which order. */
const ORDERS: readonly ((round: readonly FreeWrite[]) => readonly FreeWrite[])[] = [
  (round) => round,
  (round) => round.toReversed(),
];

/** The rows of a run that has read all roles of `prod`. */
async function rowsOf(
  store: Store,
  roles: ObservedRole[],
  at: string,
  inOrder = ORDERS[0]!,
) {
  const reading = { accounts: [PROD], named: null, now: new Date(at), sightMs: 0 };
  const account = {
    ...{ id: PROD, name: "prod", partition: "aws", failure: null, at },
    ...{ whole: true, managed: {}, roles },
  };
  const earlier = await readEarlier(store, reading);
  const observed = partsOf([account]);
  return observationWrites({ earlier, observed, judge: () => JUDGED }).flatMap(inOrder);
}

/** After how many rows of a second run it is cut, in each order. */
async function cutsOf(then: ObservedRole[], now: ObservedRole[]) {
  const store = new MemoryStore();
  await store.writeEach(await rowsOf(store, then, "2026-11-18T12:00:00.000Z"));
  const { length } = await rowsOf(store, now, "2026-11-19T12:00:00.000Z");
  return ORDERS.flatMap((inOrder) =>
    Array.from({ length: length + 1 }, (_, cut) => ({ inOrder, cut }))
  );
}

Deno.test("wherever the rows of a run are cut, the next run completes what is known of each role", async () => {
  const then = [aRole(1), aRole(2, { name: "app" })];
  const now = [
    aRole(1, { inline: { app: allowing("s3:*") } }),
    aRole(3, { name: "app" }),
    aRole(4),
  ];
  for (const { inOrder, cut } of await cutsOf(then, now)) {
    const store = new MemoryStore();
    await store.writeEach(await rowsOf(store, then, "2026-11-18T12:00:00.000Z"));
    const rows = await rowsOf(store, now, "2026-11-19T12:00:00.000Z", inOrder);
    const of = rows.length;
    await store.writeEach(rows.slice(0, cut));
    await store.writeEach(await rowsOf(store, now, "2026-11-20T12:00:00.000Z"));
    for (const { name, roleId, inline } of now) {
      const row = await findRole(store, { account: PROD, name });
      assert.ok(row, `${name} is found after ${cut} of ${of} rows`);
      assert.equal(row.role_id, roleId);
      const newest = (await listVersions(store, row)).at(-1);
      assert.equal(newest?.hash, row.hash, `${name} has its version after ${cut} of ${of} rows`);
      assert.deepEqual(await readPolicies(store, row, row.hash), inline);
    }
    const [account] = await readObserved(store);
    assert.deepEqual(account!.roles.map(({ roleId }) => roleId), now.map(({ roleId }) => roleId));
  }
});

Deno.test("an account does not count as read before all rows of its roles are there", async () => {
  const roles = [aRole(1), aRole(2)];
  for (const { inOrder, cut } of await cutsOf([], roles)) {
    const rows = await rowsOf(new MemoryStore(), roles, "2026-11-20T12:00:00.000Z", inOrder);
    const store = new MemoryStore();
    await store.writeEach(rows.slice(0, cut));
    const read = (await readObserved(store)).filter(({ failure }) => failure === null);
    assert.deepEqual(read.map((account) => account.roles.length), cut < rows.length ? [] : [2]);
  }
});
