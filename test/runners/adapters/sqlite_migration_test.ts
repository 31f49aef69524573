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

const SECOND = "ALTER TABLE rows ADD COLUMN note TEXT NOT NULL DEFAULT 'second'";
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
    assert.equal(ask(path, "SELECT note FROM rows"), "second");
    assert.equal(ask(path, "SELECT group_concat(note) FROM extra"), "third");
  });
});

Deno.test("Rows of each kind that was renamed are found under its new name, as they were", async () => {
  await withFolder(async (_, path) => {
    const kinds = [...Object.keys(RENAMED_KINDS), "journal"];
    using old = firstVersion(path);
    for (const [index, kind] of kinds.entries()) {
      old.prepare("INSERT INTO entries VALUES (?, 'id', ?, ?)").run(kind, index + 1, String(index));
    }
    const renamed = new Set(Object.values(RENAMED_KINDS));
    assert.equal(renamed.size, kinds.length - 1);
    for (const open of [openSqliteStoreReadOnly, openSqliteStore]) {
      const store = open(path)!;
      for (const [value, was] of kinds.entries()) {
        const kind = RENAMED_KINDS[was] ?? was;
        assert.deepEqual(await store.get(kind, "id"), {
          kind,
          id: "id",
          revision: value + 1,
          value,
        });
        if (kind !== was) assert.equal(await store.get(was, "id"), undefined);
      }
      store.close();
    }
  });
});

Deno.test("A program of the first version that has the store open writes and reads nothing more", async () => {
  await withFolder((_, path) => {
    using old = firstVersion(path);
    const write = old.prepare("INSERT INTO entries VALUES ('intent', 'id', 1, '{}')");
    const read = old.prepare("SELECT value FROM entries WHERE kind = 'fence' AND id = 'run'");
    assert.equal(read.get(), undefined);
    openSqliteStore(path).close();
    for (const ask of [() => write.run(), () => read.get()]) {
      assert.throws(ask, /no such table: entries/);
    }
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
    const migrations = [...MIGRATIONS, SECOND, "UPDATE rows SET kind = 'audit/' || kind"];
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

/** A store of version 1, held open as a program of that version would. */
function firstVersion(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  database.exec(MIGRATIONS[0]!);
  database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = 1`);
  return database;
}
