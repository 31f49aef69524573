import assert from "assert";
import { DatabaseSync } from "node:sqlite";
import { StoreError } from "../../../runners/core/errors.ts";
import {
  openSqliteStore,
  openSqliteStoreReadOnly,
} from "../../../runners/adapters/sqlite/sqlite_store.ts";
import { idsOf, put } from "../../conformance/store_asking.ts";
import { toLines } from "../../conformance/lines.ts";
import { startProgram } from "./sqlite_programs.ts";
import { fingerprint, withFolder } from "./store_folder.ts";

Deno.test("Read without a file, a store is empty, and no file is made", async () => {
  await withFolder(async (folder, path) => {
    const before = fingerprint(folder);
    for (const missing of [path, `${folder}/no/such/folder/groundskeeper.db`]) {
      const store = openSqliteStoreReadOnly(missing);
      assert.equal(await store.get("mark", "i-1"), undefined);
      assert.deepEqual(await idsOf(store, "mark"), []);
      assert.equal("write" in store, false);
      store.close();
      store.close();
      await assert.rejects(store.get("mark", "i-1"), /closed/);
      await assert.rejects(idsOf(store, "mark"), /closed/);
    }
    assert.deepEqual(fingerprint(folder), before);
  });
});

Deno.test("Read before anything was committed, a store is empty, and the file stays as it is", async () => {
  await withFolder(async (folder, path) => {
    Deno.writeFileSync(path, new Uint8Array(0));
    // SQLite deletes a journal beside an empty file, if it may.
    Deno.writeTextFileSync(`${path}-journal`, "a journal");
    const before = fingerprint(folder);
    const store = openSqliteStoreReadOnly(path);
    assert.deepEqual(await idsOf(store, "mark"), []);
    store.close();
    assert.deepEqual(fingerprint(folder), before);
  });
});

Deno.test("Reading a store leaves no trace, while it is open and afterwards", async () => {
  await withFolder(async (folder, path) => {
    await fill(path, 1_000);
    const before = fingerprint(folder);
    const store = openSqliteStoreReadOnly(path);
    assert.equal((await idsOf(store, "look")).length, 1_000);
    assert.equal((await store.get("look", "i-1000"))?.id, "i-1000");
    assert.deepEqual(fingerprint(folder), before);
    store.close();
    assert.deepEqual(fingerprint(folder), before);
  });
});

Deno.test("A reader beside an open write reads what was committed last", async () => {
  await withFolder(async (_, path) => {
    await fill(path, 10);
    using writer = new DatabaseSync(path);
    writer.exec("BEGIN IMMEDIATE; UPDATE kept_rows SET value = '\"not yet\"'");
    const store = openSqliteStoreReadOnly(path);
    assert.deepEqual((await store.get("look", "i-1000"))?.value, { before: 1_000 });
    writer.exec("COMMIT");
    assert.deepEqual((await store.get("look", "i-1000"))?.value, "not yet");
    store.close();
  });
});

Deno.test("A reader that another program keeps out for too long says so, and reads on when it can", async () => {
  await withFolder(async (_, path) => {
    await fill(path, 10);
    const store = openSqliteStoreReadOnly(path, { busyMilliseconds: 20 });
    using writer = new DatabaseSync(path);
    writer.exec("BEGIN EXCLUSIVE");
    const held = { name: "StoreError", message: /another program holds it/ };
    await assert.rejects(store.get("look", "i-1000"), held);
    assert.throws(() => openSqliteStoreReadOnly(path, { busyMilliseconds: 20 }), held);
    writer.exec("ROLLBACK");
    assert.deepEqual((await store.get("look", "i-1000"))?.value, { before: 1_000 });
    store.close();
  });
});

Deno.test("A reader beside a program that writes all the time sees whole writes, each newer than the last", async () => {
  await withFolder(async (_, path) => {
    openSqliteStore(path).close();
    // As many rows as the first page of a list has: what is read at one moment is whole.
    const storm = startProgram("sqlite_storm.ts", { permissions: ["-A"] }, path, "100", "100");
    const lines = toLines(storm.stdout);
    try {
      while ((await lines.next()).value !== "done 1");
      const store = openSqliteStoreReadOnly(path);
      let turn = 0;
      for (let changes = 0; changes < 10;) {
        const rows = await Array.fromAsync(store.list("storm"));
        const turns = new Set(rows.map((row) => (row.value as { turn: number }).turn));
        assert.equal(rows.length, 100);
        assert.equal(turns.size, 1);
        const [seen = 0] = turns;
        assert.ok(seen >= turn);
        if (seen > turn) changes++;
        turn = seen;
      }
      store.close();
    } finally {
      storm.kill("SIGKILL");
      await storm.stdin.close();
      await Array.fromAsync(lines);
      await storm.status;
    }
  });
});

Deno.test("What a killed program left half done is never read: the reader says who repairs it", async () => {
  await withFolder(async (folder, path) => {
    await fillHalfDone(path);
    const before = fingerprint(folder);
    assert.throws(() => openSqliteStoreReadOnly(path), {
      name: "StoreError",
      message:
        `Cannot open the store "${path}": a program was killed while it wrote, and what it ` +
        `left half done must be taken back first. The next "report" or "apply" does that when it ` +
        `starts; until then keep "${path}-journal", without it the store is lost`,
    });
    assert.deepEqual(fingerprint(folder), before);

    openSqliteStore(path).close();
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["groundskeeper.db"]);
    const store = openSqliteStoreReadOnly(path);
    for await (const { id, value } of store.list("look")) {
      assert.deepEqual(value, { before: Number(id.slice(2)) });
    }
    store.close();
  });
});

Deno.test("A store that was switched to a write-ahead log is not read but switched back by a writer", async () => {
  await withFolder(async (folder, path) => {
    await fill(path, 10);
    const other = new DatabaseSync(path);
    other.exec("PRAGMA journal_mode = WAL");
    other.close();
    const before = fingerprint(folder);
    assert.throws(() => openSqliteStoreReadOnly(path), (error) => {
      assert.ok(error instanceof StoreError);
      assert.match(error.message, /write-ahead log.*"report" or "apply" switches it back/);
      return true;
    });
    assert.deepEqual(fingerprint(folder), before);
    openSqliteStore(path).close();
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["groundskeeper.db"]);
    const store = openSqliteStoreReadOnly(path);
    assert.equal((await idsOf(store, "look")).length, 10);
    store.close();
  });
});

async function fill(path: string, rows: number): Promise<void> {
  const store = openSqliteStore(path);
  await store.writeEach(Array.from({ length: rows }, (_, index) => ({
    kind: "look",
    id: `i-${1_000 + index}`,
    value: { before: 1_000 + index },
  })));
  await put(store, "mark", "i-1", "a mark");
  store.close();
}

/** Makes a store as a program leaves it that is killed after it began to write to the file. */
async function fillHalfDone(path: string): Promise<void> {
  const living = `${path}.living`;
  await fill(living, 1_000);
  using writer = new DatabaseSync(living);
  // A small cache, so that SQLite must write to the file before the commit.
  writer.exec(
    "PRAGMA cache_size = 5; BEGIN IMMEDIATE; UPDATE kept_rows SET value = '\"half done\"'",
  );
  Deno.copyFileSync(living, path);
  Deno.copyFileSync(`${living}-journal`, `${path}-journal`);
  writer.exec("ROLLBACK");
  Deno.removeSync(living);
}
