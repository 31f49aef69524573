/**
 * `sqlite_visitor.ts PATH NAME`: says "ready", waits for a line, then opens the store, writes a row
 * under its name, deletes another, reads, lists, and says how many rows it saw.
 */
import { openSqliteStore } from "../../../runners/adapters/sqlite/sqlite_store.ts";
import { toLines } from "../../conformance/lines.ts";

const [path = "", name = ""] = Deno.args;
console.log("ready");
await toLines(Deno.stdin.readable).next();
const store = openSqliteStore(path);
const { written } = await store.write([
  { kind: "visit", id: name, value: { name }, expect: "absent" },
  { kind: "passing", id: name, value: null },
]);
await store.write([{ kind: "passing", id: name, value: undefined }]);
if (!written || await store.get("visit", name) === undefined) {
  throw new Error("The row is not there");
}
console.log((await Array.fromAsync(store.list("visit"))).length);
store.close();
