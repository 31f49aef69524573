import assert from "assert";
import { DOORS } from "../rigs/doors.ts";
import { ROOT } from "./module_graph.ts";

const PAGE = Deno.readTextFileSync(`${ROOT}docs/dirty_doors.md`);

/** The rows of the first table, cell by cell. */
function tried(): string[][] {
  const [, table = ""] = PAGE.split("## ").slice(1)[0]!.split(/^\| -.*\n/m);
  return table.split("\n").filter((line) => line.startsWith("|"))
    .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
}

function codes(names: readonly string[], none: string): string {
  return names.map((name) => `\`${name}\``).join(", ") || none;
}

Deno.test("the page of ways into an instance has what the rig of doors tries", () =>
  assert.deepEqual(
    tried(),
    DOORS.map(({ name, opens, records }) => [
      name,
      codes(opens, "no session"),
      codes(records, "nothing"),
    ]),
  ));
