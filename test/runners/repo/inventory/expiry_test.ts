import assert from "assert";
import { MemoryStore } from "../../../../runners/adapters/memory/memory_store.ts";
import { DAY_MS } from "../../../../runners/core/duration.ts";
import { RETENTION_MS } from "../../../../runners/core/store/store.ts";
import {
  ACCESS,
  IMPORTED,
  LAST_CHANGES,
  listImported,
  OPT_OUTS,
  ROLES,
  SCHEDULES,
  STATS,
} from "../../../../runners/repo/inventory/rows.ts";
import { listVersions, readPolicies } from "../../../../runners/repo/inventory/versions.ts";
import { exportAccess } from "../../../../runners/repo/verbs/access_export.ts";
import { ManualClock } from "../../core/manual_clock.ts";
import { refresh } from "../verbs/inventory.ts";
import { anEntry, aRole, keyOf, PROD, roleIdOf, writesOf } from "./roles.ts";

/** A store with two roles, the second of which was deleted, and its clock. */
async function afterDeletion() {
  const clock = new ManualClock();
  const store = new MemoryStore(undefined, { now: () => clock.now(), retentionMs: RETENTION_MS });
  await refresh(store, { [PROD]: { roles: [aRole(1), aRole(2)] } }, clock.now());
  const before = aRole(2).inline;
  const intended = clock.now().toISOString();
  await store.write(writesOf(anEntry({ roleId: roleIdOf(2), before, after: {}, intended })));
  const schedule = { due: intended, actions: [], at: intended };
  const optOut = { owner: "alice", reason: "mine", until: "2026-12-31", at: intended };
  const version = { source: "Scan", discovered: intended, policies: {}, imported: true } as const;
  await store.write([
    SCHEDULES.of(PROD).write(roleIdOf(2), schedule),
    OPT_OUTS.of(PROD).write(roleIdOf(2), optOut),
    IMPORTED.of(PROD).write(`${roleIdOf(2)}/${intended}/000000`, version),
  ]);
  await clock.advance(DAY_MS);
  await refresh(store, { [PROD]: { roles: [aRole(1)] } }, clock.now());
  return { clock, store };
}

Deno.test("the row of a deleted role and what was imported are over after the retention, and nothing else", async () => {
  const { clock, store } = await afterDeletion();
  const role = () => ROLES.of(PROD).get(store, roleIdOf(2));
  await clock.advance(RETENTION_MS - 2 * DAY_MS);
  assert.equal((await role())?.value.active, false);
  assert.equal((await listImported(store, keyOf(2))).length, 1);
  await clock.advance(2 * DAY_MS);
  assert.equal(await role(), undefined);
  assert.equal((await listImported(store, keyOf(2))).length, 0);
  // The row of a role that exists is never over, whenever it was written.
  assert.equal((await ROLES.of(PROD).get(store, roleIdOf(1)))?.value.active, true);
  const [version] = await listVersions(store, keyOf(2));
  assert.deepEqual(await readPolicies(store, keyOf(2), version!.hash), aRole(2).inline);
  for (const rows of [ACCESS, LAST_CHANGES, OPT_OUTS, SCHEDULES]) {
    assert.ok(await rows.of(PROD).get(store, roleIdOf(2)), rows.kind);
  }
  assert.equal((await STATS.of(PROD).read(store)).size, 2);
});

Deno.test("a role that comes back before its row is over keeps it", async () => {
  const { clock, store } = await afterDeletion();
  await refresh(store, { [PROD]: { roles: [aRole(1), aRole(2)] } }, clock.now());
  await clock.advance(2 * RETENTION_MS);
  assert.equal((await ROLES.of(PROD).get(store, roleIdOf(2)))?.value.active, true);
});

Deno.test("a deleted role is not exported, nor when its row is over", async () => {
  const { clock, store } = await afterDeletion();
  for (const later of [0, RETENTION_MS]) {
    await clock.advance(later);
    const text = (await Array.fromAsync(exportAccess(store, null))).join("");
    assert.deepEqual(
      Object.keys(JSON.parse(text)).sort(),
      ["count", "page", "total", aRole(1).arn].sort(),
    );
  }
});
