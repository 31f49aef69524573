/**
 * `sqlite_storm.ts PATH ROWS CHARACTERS`: writes all rows anew in one write, and again, until it is
 * killed. Says "begin N" before and "done N" after the Nth write, and goes on counting from what
 * the store has.
 */
import { openSqliteStore } from "../../../runners/adapters/sqlite/sqlite_store.ts";

const [path = "", rows = "", characters = ""] = Deno.args;
const store = openSqliteStore(path);
const ids = Array.from({ length: Number(rows) }, (_, index) => `row-${1_000 + index}`);
const before = (await store.get("storm", ids[0] ?? ""))?.value as { turn: number } | undefined;
for (let turn = (before?.turn ?? 0) + 1;; turn++) {
  // Another in each turn: SQLite does not write a page on which nothing changes.
  const filler = String(turn % 10).repeat(Number(characters));
  console.log(`begin ${turn}`);
  await store.write(ids.map((id) => ({ kind: "storm", id, value: { turn, filler } })));
  console.log(`done ${turn}`);
}
