import assert from "assert";
import { MemoryStore } from "../../../../runners/adapters/memory/memory_store.ts";
import type { Store, Write } from "../../../../runners/core/store/store.ts";
import { LAST_CHANGES, ROLES } from "../../../../runners/repo/inventory/rows.ts";
import { findRole } from "../../../../runners/repo/inventory/role_state.ts";
import { accountsIn, NOW, refresh } from "../verbs/inventory.ts";
import { allowing, aRole, PROD, roleIdOf } from "./roles.ts";

const LATER = new Date("2026-11-21T12:00:00.000Z");

/** The store, with something that happens before a write, and the ids of the rows that are read. */
function watched(store: Store, before: (writes: readonly Write[]) => Promise<void>) {
  const reads: string[] = [];
  const own: Store = {
    get: (kind, id) => {
      if (kind === LAST_CHANGES.of(PROD).kind) reads.push(id);
      return store.get(kind, id);
    },
    list: (kind, prefix) => store.list(kind, prefix),
    write: async (writes) => {
      await before(writes);
      return await store.write(writes);
    },
    writeEach: (writes, signal) => store.writeEach(writes, signal),
    close: () => {},
  };
  return { own, reads };
}

Deno.test("of roles that are written together, only one that another run has written is read again", async () => {
  const store = new MemoryStore();
  const roles = [1, 2, 3, 4].map((number) => aRole(number));
  await refresh(store, { [PROD]: { roles } });
  const inline = { app: allowing("s3:*") };
  let met = false;
  const { own, reads } = watched(store, async (writes) => {
    if (met || !writes.some(({ kind }) => kind === ROLES.of(PROD).kind)) return;
    met = true;
    const row = await ROLES.of(PROD).get(store, roleIdOf(3));
    await store.write([ROLES.of(PROD).write(roleIdOf(3), row!.value)]);
  });
  const changed = roles.map((role) => ({ ...role, inline }));
  const [account] = accountsIn(await refresh(own, { [PROD]: { roles: changed } }, LATER));
  assert.deepEqual([account!.roles, account!.failure], [4, null]);
  assert.deepEqual(reads.sort(), [1, 2, 3, 3, 4].map(roleIdOf));
  for (const { name } of roles) {
    assert.equal((await findRole(store, { account: PROD, name }))?.version, 2, name);
  }
});

Deno.test("roles of large policies are written in as many writes as the store takes", async () => {
  const store = new MemoryStore();
  const sizes: number[] = [];
  const { own } = watched(store, (writes) => {
    sizes.push(JSON.stringify(writes).length);
    return Promise.resolve();
  });
  const inline = { app: `${allowing("s3:*")}${" ".repeat(390_000)}` };
  const roles = Array.from({ length: 20 }, (_, number) => aRole(number, { inline }));
  const [account] = accountsIn(await refresh(own, { [PROD]: { roles } }, NOW));
  assert.deepEqual([account!.roles, account!.failure], [20, null]);
  assert.equal(sizes.filter((size) => size > 390_000).length, 2);
});
