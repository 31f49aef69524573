import assert from "assert";
import { DatabaseSync } from "node:sqlite";
import { StoreError } from "../../../runners/core/errors.ts";
import {
  APPLICATION_ID,
  MIGRATIONS,
  RENAMED_KINDS,
} from "../../../runners/adapters/sqlite/schema.ts";
import {
  openSqliteStore,
  openSqliteStoreReadOnly,
} from "../../../runners/adapters/sqlite/sqlite_store.ts";
import { put } from "../../conformance/store_asking.ts";
import { fingerprint, withFolder } from "./store_folder.ts";

const SECOND = "ALTER TABLE entries ADD COLUMN note TEXT NOT NULL DEFAULT 'second'";
const THIRD = "CREATE TABLE extra (note TEXT NOT NULL) STRICT; INSERT INTO extra VALUES ('third')";

Deno.test("A new store carries our mark and the number of its version", async () => {
  await withFolder((_, path) => {
    openSqliteStore(path).close();
    assert.equal(ask(path, "PRAGMA application_id"), APPLICATION_ID);
    assert.equal(ask(path, "PRAGMA user_version"), MIGRATIONS.length);
    assert.equal(ask(path, "PRAGMA journal_mode"), "delete");
  });
});

Deno.test("An older store is brought to the newest version by every step it lacks, and keeps its rows", async () => {
  await withFolder(async (_, path) => {
    const old = openSqliteStore(path);
    await put(old, "mark", "i-1", { kept: true });
    const row = await old.get("mark", "i-1");
    old.close();
    const store = openSqliteStore(path, { migrations: [...MIGRATIONS, SECOND, THIRD] });
    assert.deepEqual(await store.get("mark", "i-1"), row);
    await put(store, "mark", "i-2", 1);
    store.close();
    assert.equal(ask(path, "PRAGMA user_version"), MIGRATIONS.length + 2);
    assert.equal(ask(path, "SELECT note FROM entries"), "second");
    assert.equal(ask(path, "SELECT group_concat(note) FROM extra"), "third");
  });
});

Deno.test("Rows of each kind that was renamed are found under its new name, as they were", async () => {
  await withFolder(async (_, path) => {
    const old = openSqliteStore(path, { migrations: MIGRATIONS.slice(0, 1) });
    const kinds = Object.keys(RENAMED_KINDS);
    for (const [index, kind] of kinds.entries()) await put(old, kind, "id", index);
    await put(old, "journal", "id", "stays");
    const rows = await Promise.all(kinds.map((kind) => old.get(kind, "id")));
    old.close();
    const store = openSqliteStore(path);
    for (const row of rows) {
      const kind = RENAMED_KINDS[row!.kind]!;
      assert.deepEqual(await store.get(kind, "id"), { ...row, kind });
      assert.equal(await store.get(row!.kind, "id"), undefined);
    }
    assert.equal((await store.get("journal", "id"))?.value, "stays");
    assert.equal(new Set(Object.values(RENAMED_KINDS)).size, kinds.length);
    store.close();
  });
});

Deno.test("A step that fails takes back the steps before it, and the store stays as it was", async () => {
  await withFolder(async (_, path) => {
    const old = openSqliteStore(path);
    await put(old, "mark", "i-1", 1);
    old.close();
    const migrations = [...MIGRATIONS, SECOND, "CREATE TABLE half (a) STRICT; nonsense"];
    assert.throws(() => openSqliteStore(path, { migrations }), StoreError);
    assert.equal(ask(path, "PRAGMA user_version"), MIGRATIONS.length);
    assert.equal(ask(path, "SELECT count(*) FROM sqlite_schema WHERE name = 'half'"), 0);
    const store = openSqliteStore(path);
    assert.equal((await store.get("mark", "i-1"))?.value, 1);
    store.close();
  });
});

Deno.test("A newer store is refused, for writing and for reading, with the version that is needed", async () => {
  await withFolder((folder, path) => {
    openSqliteStore(path, { migrations: [...MIGRATIONS, SECOND] }).close();
    const before = fingerprint(folder);
    const version = MIGRATIONS.length + 1;
    const message = `Cannot open the store "${path}": it has version ${version} and this ` +
      `Groundskeeper knows ${MIGRATIONS.length} at most. ` +
      `Use a Groundskeeper that knows store version ${version}`;
    for (const open of [openSqliteStore, openSqliteStoreReadOnly]) {
      assert.throws(() => open(path), { name: "StoreError", message });
    }
    assert.deepEqual(fingerprint(folder), before);
  });
});

Deno.test("An older store is read as the newest version would have it, and stays as it was", async () => {
  await withFolder(async (folder, path) => {
    const old = openSqliteStore(path);
    await put(old, "mark", "i-1", { kept: true });
    const row = await old.get("mark", "i-1");
    old.close();
    const before = fingerprint(folder);
    const migrations = [...MIGRATIONS, SECOND, "UPDATE entries SET kind = 'audit/' || kind"];
    const reader = openSqliteStoreReadOnly(path, { migrations });
    assert.deepEqual(await reader.get("audit/mark", "i-1"), { ...row, kind: "audit/mark" });
    assert.equal(await reader.get("mark", "i-1"), undefined);
    reader.close();
    assert.deepEqual(fingerprint(folder), before);
  });
});

function ask(path: string, question: string): unknown {
  using database = new DatabaseSync(path, { readOnly: true });
  return Object.values(database.prepare(question).get() ?? {})[0];
}
