import assert from "assert";
import { DatabaseSync } from "node:sqlite";
import { StoreError } from "../../../runners/core/errors.ts";
import type { ReadStore } from "../../../runners/core/store/store.ts";
import {
  openSqliteStore,
  openSqliteStoreReadOnly,
} from "../../../runners/adapters/sqlite/sqlite_store.ts";
import { toLines } from "../../conformance/lines.ts";
import { startProgram } from "./sqlite_programs.ts";
import { withFolder } from "./store_folder.ts";

/** More than SQLite's page cache, so that it writes to the file long before the commit. */
const ROWS = 100, CHARACTERS = 38_000;

/** The moment of a kill: a line that the program says, or a size that its journal reaches. */
type Moment = { readonly line: string } | { readonly journalBytes: number };

const MOMENTS: readonly Moment[] = [
  { line: "begin 1" },
  { line: "done" },
  ...Array.from({ length: 16 }, (_, index) => ({ journalBytes: index * 220_000 })),
  { line: "begin" },
  { line: "done" },
];

/** Late enough in a write that SQLite has begun to write to the file itself. */
const LATE: Moment = { journalBytes: 2_600_000 };

Deno.test("A store whose writer is killed at any moment holds whole writes alone, and every one that was reported", async () => {
  await withFolder(async (_, path) => {
    openSqliteStore(path).close();
    let halfDone = 0;
    for (const moment of MOMENTS) {
      if (await leavesHalfDone(path, moment)) halfDone++;
    }
    // Kills that hit nothing prove nothing. On a busy machine one may come too late.
    for (let more = 0; halfDone < 4 && more < 50; more++) {
      if (await leavesHalfDone(path, LATE)) halfDone++;
    }
    assert.ok(halfDone >= 4, `only ${halfDone} kills left a write half done`);
  });
});

/** Kills a writer, checks the store, and answers whether there was something to repair. */
async function leavesHalfDone(path: string, moment: Moment): Promise<boolean> {
  const reader = openSqliteStoreReadOnly(path);
  const { begun, done } = await killAt(path, moment);
  const isHalfDone = await meetsHalfDone(reader);
  const store = openSqliteStore(path);
  const turns = await turnsOf(store);
  store.close();
  assert.equal(turns.size, 1, `${turns.size} writes are mixed after ${JSON.stringify(moment)}`);
  const [turn = 0] = turns;
  assert.ok(done <= turn && turn <= begun, `turn ${turn} is not in ${done} to ${begun}`);
  assert.deepEqual(await turnsOf(reader), turns, "the reader goes on after the repair");
  reader.close();
  assert.equal(integrityOf(path), "ok");
  assert.throws(() => Deno.statSync(`${path}-journal`), Deno.errors.NotFound);
  return isHalfDone;
}

/** Whether the reader is told of a write that is half done; if not, what it reads must be whole. */
async function meetsHalfDone(reader: ReadStore): Promise<boolean> {
  try {
    assert.ok((await turnsOf(reader)).size <= 1);
    return false;
  } catch (error) {
    assert.ok(error instanceof StoreError);
    assert.match(error.message, /killed while it wrote.*"report" or "apply".*-journal/);
    return true;
  }
}

async function turnsOf(store: ReadStore): Promise<Set<number>> {
  const rows = await Array.fromAsync(store.list("storm"));
  assert.ok(rows.length === 0 || rows.length === ROWS, `${rows.length} rows are there`);
  const turns = rows.map((row) => (row.value as { turn: number }).turn);
  return new Set(rows.length === 0 ? [0] : turns);
}

/** Lets the storm run until the moment, kills it, and answers the last writes it spoke of. */
async function killAt(path: string, moment: Moment): Promise<{ begun: number; done: number }> {
  const storm = startProgram(
    "sqlite_storm.ts",
    { permissions: ["-A"] },
    path,
    `${ROWS}`,
    `${CHARACTERS}`,
  );
  await storm.stdin.close();
  const said: string[] = [];
  const lines = toLines(storm.stdout);
  for (let line = await lines.next(); !line.done; line = await lines.next()) {
    said.push(line.value);
    if ("line" in moment ? line.value.startsWith(moment.line) : said.length === 2) break;
  }
  if ("journalBytes" in moment) await journalReaches(path, moment.journalBytes);
  storm.kill("SIGKILL");
  said.push(...await Array.fromAsync(lines));
  assert.equal((await storm.status).signal, "SIGKILL");
  const lastOf = (word: string): number =>
    Number(said.findLast((line) => line.startsWith(word))?.split(" ")[1] ?? 0);
  return { begun: lastOf("begin"), done: lastOf("done") };
}

/** Looks again and again: the storm writes on and on, so that it must come. */
async function journalReaches(path: string, bytes: number): Promise<void> {
  for (;;) {
    try {
      if ((await Deno.stat(`${path}-journal`)).size >= bytes) return;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

function integrityOf(path: string): unknown {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return database.prepare("PRAGMA integrity_check").get()?.integrity_check;
  } finally {
    database.close();
  }
}
