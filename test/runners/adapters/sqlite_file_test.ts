import assert from "assert";
import { DatabaseSync } from "node:sqlite";
import { StoreError } from "../../../runners/core/errors.ts";
import {
  openSqliteStore,
  openSqliteStoreReadOnly,
} from "../../../runners/adapters/sqlite/sqlite_store.ts";
import { toLines } from "../../conformance/lines.ts";
import { idsOf, put, rowsOf } from "../../conformance/store_asking.ts";
import { startProgram } from "./sqlite_programs.ts";
import { fingerprint, withFolder } from "./store_folder.ts";

const AS_ROOT = Deno.uid() === 0;

Deno.test("A new store's file is for this user alone, and there is no other beside it", async () => {
  await withFolder(async (folder, path) => {
    const store = openSqliteStore(path);
    await put(store, "mark", "i-1", 1);
    assert.equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["groundskeeper.db"]);
    store.close();
  });
});

Deno.test("A file that is there keeps its mode", async () => {
  await withFolder((_, path) => {
    openSqliteStore(path).close();
    Deno.chmodSync(path, 0o640);
    openSqliteStore(path).close();
    assert.equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o640);
  });
});

Deno.test("A path is the name of a file, whatever SQLite would make of it", async () => {
  await withFolder(async (folder) => {
    const names = [":memory:", "a b#%20?.db", "file:a.db?mode=memory"];
    for (const name of names) {
      // In a process of its own, since the paths are relative to the working directory.
      const visit = startVisit(name, "visitor", ["-A"], folder);
      await visit.go();
      assert.equal(await visit.end(), 1);
      const reader = openSqliteStoreReadOnly(`${folder}/sub/../${name}`);
      assert.deepEqual(await idsOf(reader, "visit"), ["visitor"]);
      reader.close();
    }
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), names);
  });
});

Deno.test("A program that may read anything and write this one path can use the store", async () => {
  await withFolder(async (_, path) => {
    for (const [index, name] of ["first", "second"].entries()) {
      const visit = startVisit(path, name, ["--allow-read", `--allow-write=${path}`]);
      await visit.go();
      assert.equal(await visit.end(), index + 1);
    }
  });
});

Deno.test("Programs that make the same new store at the same moment all succeed", async () => {
  for (let round = 0; round < 4; round++) {
    await withFolder(async (_, path) => {
      const names = ["a", "b", "c", "d"];
      const visits = names.map((name) => startVisit(path, name, ["-A"]));
      await Promise.all(visits.map((visit) => visit.isReady()));
      await Promise.all(visits.map((visit) => visit.go()));
      await Promise.all(visits.map((visit) => visit.end()));
      const store = openSqliteStoreReadOnly(path);
      assert.deepEqual(await idsOf(store, "visit"), names);
      store.close();
    });
  }
});

Deno.test("What cannot be a store is refused with the reason and a way out, and stays as it is", async () => {
  await withFolder(async (folder, path) => {
    const good = `${folder}/good.db`;
    const store = openSqliteStore(good);
    for (let index = 0; index < 50; index++) {
      await put(store, "mark", `i-${index}`, "x".repeat(900));
    }
    store.close();
    const size = Deno.statSync(good).size;
    const truncated = (bytes: number) => () => {
      Deno.copyFileSync(good, path);
      Deno.truncateSync(path, bytes);
    };
    const text = (content: string) => () => Deno.writeTextFileSync(path, content);
    const foreign = (script: string) => () => {
      using database = new DatabaseSync(path);
      database.exec(script);
    };
    const cases: [make: () => void, reason: RegExp][] = [
      [text("x"), /its 1 bytes are too few for a store.*Name another path/],
      [text("not a database ".repeat(1_000)), /not an SQLite database.*Name another path/],
      [text("SQLite format 3\0 and then nothing of it ".repeat(500)), /not an SQLite database/],
      [truncated(511), /too few.*restore it from a backup/],
      [truncated(600), /damaged.*Restore it from a backup/],
      [truncated(512), /damaged/],
      [truncated(4_096), /damaged/],
      [truncated(Math.floor(size / 2)), /damaged/],
      [truncated(size - 4_096), /damaged/],
      [truncated(size - 1), /damaged: \d+ of \d+ bytes are there/],
      [foreign("CREATE TABLE entries (a)"), /not a Groundskeeper store/],
      [foreign("PRAGMA application_id = 7"), /not a Groundskeeper store/],
      [foreign("PRAGMA user_version = 1; CREATE TABLE a (b)"), /not a Groundskeeper store/],
      [() => Deno.mkdirSync(path), /it is a directory. Name a file/],
    ];
    for (const [make, reason] of cases) {
      make();
      const before = fingerprintOf(path);
      for (const open of [openSqliteStore, openSqliteStoreReadOnly]) {
        assert.throws(() => open(path), (error) => isAbout(error, path, reason));
        assert.deepEqual(fingerprintOf(path), before);
      }
      Deno.removeSync(path, { recursive: true });
    }
  });
});

Deno.test("A store in a folder that is not there, or may not be written, is refused", async () => {
  await withFolder((folder) => {
    const missing = `${folder}/no/such/groundskeeper.db`;
    assert.throws(
      () => openSqliteStore(missing),
      (error) => isAbout(error, missing, /there is no folder ".*\/no\/such". Make the folder/),
    );
    // Nothing is forbidden to root but what no user may do.
    const locked = AS_ROOT ? "/sys/groundskeeper.db" : `${folder}/locked/groundskeeper.db`;
    if (!AS_ROOT) Deno.mkdirSync(`${folder}/locked`, { mode: 0o500 });
    assert.throws(
      () => openSqliteStore(locked),
      (error) => isAbout(error, locked, /Permission denied.*Let this user read and write/),
    );
  });
});

Deno.test("A store that cannot be written says so when it is opened, and can still be read", async () => {
  // Nobody makes files there, not even root, whom no mode of a file keeps out.
  const closed = "/sys/kernel/groundskeeper.db";
  assert.throws(
    () => openSqliteStore(closed),
    (error) => isAbout(error, closed, /Let this user (read and )?write the file/),
  );
  if (AS_ROOT) return;
  await withFolder(async (folder, path) => {
    const store = openSqliteStore(path);
    await put(store, "mark", "i-1", 1);
    store.close();
    for (const [target, mode] of [[folder, 0o500], [path, 0o400]] as const) {
      Deno.chmodSync(target, mode);
      assert.throws(
        () => openSqliteStore(path),
        (error) => isAbout(error, path, /Let this user (read and )?write the file/),
      );
      const reader = openSqliteStoreReadOnly(path);
      assert.equal((await rowsOf(reader, "mark")).length, 1);
      reader.close();
      Deno.chmodSync(target, 0o700);
    }
  });
});

Deno.test("Damage within the file is an error when it is met, and not a shorter list", async () => {
  await withFolder(async (_, path) => {
    const store = openSqliteStore(path);
    for (let index = 0; index < 50; index++) {
      await put(store, "mark", `i-${index}`, "x".repeat(900));
    }
    await put(store, "text", "bad", "fine");
    store.close();
    {
      using database = new DatabaseSync(path);
      database.exec("UPDATE kept_rows SET value = '{' WHERE kind = 'text'");
      using file = Deno.openSync(path, { write: true });
      file.seekSync(8 * 4_096, Deno.SeekMode.Start);
      file.writeSync(new Uint8Array(4_096).fill(0xff));
    }
    const damaged = openSqliteStore(path);
    await assert.rejects(rowsOf(damaged, "mark"), (error) => isAbout(error, path, /damaged/));
    await assert.rejects(
      damaged.get("text", "bad"),
      (error) => isAbout(error, path, /^Cannot read the row "text" "bad" of the store/),
    );
    damaged.close();
  });
});

Deno.test("A writer that another program keeps out for too long says so, and has written nothing", async () => {
  await withFolder(async (_, path) => {
    const store = openSqliteStore(path, { busyMilliseconds: 20 });
    const writes = [{ kind: "mark", id: "i-1", value: 1 }];
    using other = new DatabaseSync(path);
    // The first keeps it from beginning, the second, a reader, from committing.
    for (const script of ["BEGIN IMMEDIATE", "BEGIN; SELECT count(*) FROM kept_rows"]) {
      other.exec(script);
      await assert.rejects(
        store.write(writes),
        (error) =>
          isAbout(error, path, /^Cannot write 1 row to the store.*another program holds it/),
      );
      other.exec("ROLLBACK");
      assert.deepEqual(await rowsOf(store, "mark"), []);
    }
    assert.deepEqual(await store.write(writes), { written: true });
    store.close();
  });
});

Deno.test("Between two pieces of rows that may part, timers and signals have their turn", async () => {
  await withFolder(async (_, path) => {
    const store = openSqliteStore(path);
    const controller = new AbortController();
    setTimeout(() => controller.abort());
    const rows = Array.from(
      { length: 5_000 },
      (_, id) => ({ kind: "look", id: `${id}`, value: 1 }),
    );
    await assert.rejects(store.writeEach(rows, controller.signal), { name: "AbortError" });
    assert.ok((await idsOf(store, "look")).length < rows.length);
    store.close();
  });
});

/** Whether it is a StoreError that names the path, the reason and, but for our own, its cause. */
function isAbout(error: unknown, path: string, reason: RegExp): boolean {
  assert.ok(error instanceof StoreError, String(error));
  assert.match(error.message, reason);
  assert.ok(error.message.includes(`"${path}": `), error.message);
  return true;
}

function fingerprintOf(path: string): string[] {
  if (Deno.statSync(path).isDirectory) return fingerprint(path);
  return fingerprint(path.slice(0, path.lastIndexOf("/")));
}

/** A program that opens the store when it is told to. */
function startVisit(path: string, name: string, permissions: readonly string[], cwd?: string) {
  const process = startProgram("sqlite_visitor.ts", { permissions, cwd }, path, name);
  const lines = toLines(process.stdout);
  return {
    async isReady(): Promise<void> {
      assert.equal((await lines.next()).value, "ready");
    },
    async go(): Promise<void> {
      const writer = process.stdin.getWriter();
      await writer.write(new TextEncoder().encode("go\n"));
      await writer.close();
    },
    /** How many visits it saw. */
    async end(): Promise<number> {
      const said = await Array.fromAsync(lines);
      assert.equal((await process.status).code, 0);
      return Number(said.at(-1));
    },
  };
}
