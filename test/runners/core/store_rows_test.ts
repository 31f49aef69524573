import assert from "assert";
import { StoreError } from "../../../runners/core/errors.ts";
import type { Json } from "../../../runners/core/json.ts";
import { journalEntries, openIntents } from "../../../runners/core/journal/journal.ts";
import { reservationsOf } from "../../../runners/core/limits/reservations.ts";
import { runsOf } from "../../../runners/core/run/run_register.ts";
import { rowKind } from "../../../runners/core/store/row_kind.ts";
import type { ReadStore } from "../../../runners/core/store/store.ts";
import { storeOf } from "../audit/store_rows.ts";

const AT = "2026-11-20T12:00:00.000Z";
const all = async (rows: AsyncIterable<unknown>) => await Array.fromAsync(rows);

/** What reads each kind, a value of it that cannot be read, and the field that is told. */
const unreadable: readonly [
  kind: string,
  id: string,
  read: (store: ReadStore) => Promise<unknown>,
  field: string,
  value: Json,
][] = [
  ["budget", "audit", (store) => reservationsOf(store, "audit"), "reservations", {}],
  [
    "budget",
    "audit",
    (store) => reservationsOf(store, "audit"),
    "reservations.0.at",
    { reservations: [{ run_id: "run-1", at: "soon", finished: true, wanted: [] }] },
  ],
  ["journal", `${AT}/audit/1`, (store) => all(journalEntries(store)), "its value", "an entry"],
  ["open-intent", "audit/1", (store) => openIntents(store, "audit"), "journal_id", {
    journal_id: 7,
  }],
  [
    "run",
    "audit/run-1",
    (store) => all(runsOf(store, "audit")),
    "finished",
    { run_id: "run-1", started: AT },
  ],
  ["any", "1", (store) => rowKind("any").get(store, "1"), "its value", null],
  ["any", "1", (store) => rowKind("any").read(store), "its value", [1]],
];

for (const [kind, id, read, field, value] of unreadable) {
  Deno.test(`a row "${kind}" whose ${field} cannot be read is an error that names it: ${JSON.stringify(value)}`, async () => {
    await assert.rejects(read(storeOf({ kind, id, value })), (error) => {
      assert.ok(error instanceof StoreError);
      const named = `Cannot read the row "${kind}" "${id}" of the store: ${field}: `;
      assert.ok(error.message.startsWith(named), error.message);
      return true;
    });
  });
}
