import assert from "assert";
import { StoreError } from "../../../runners/core/errors.ts";
import type { Json } from "../../../runners/core/json.ts";
import { openIntents } from "../../../runners/core/journal/journal.ts";
import { UNBOUNDED } from "../../../runners/core/limits/limits.ts";
import { reservationsOf } from "../../../runners/core/limits/reservations.ts";
import { runsOf } from "../../../runners/core/run/run_register.ts";
import { rowKind } from "../../../runners/core/store/row_kind.ts";
import type { ReadStore } from "../../../runners/core/store/store.ts";
import { wholeJournal } from "./journal/whole_journal.ts";
import { storeOf } from "../audit/store_rows.ts";

const READING = { limits: UNBOUNDED, share: false };
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
  [
    "audit/reservation",
    "run-1/000",
    (store) => reservationsOf(store, "audit", READING),
    "run_id",
    {},
  ],
  [
    "audit/reservation",
    "run-1/000",
    (store) => reservationsOf(store, "audit", READING),
    "at",
    { run_id: "run-1", at: "soon", finished: false, wanted: [] },
  ],
  [
    "audit/reservation",
    "run-1/000",
    (store) => reservationsOf(store, "audit", READING),
    "wanted",
    { run_id: "run-1", at: AT, finished: false },
  ],
  ["audit/journal#2026-11", `${AT}/1`, (store) => wholeJournal(store, "audit"), "its value", "x"],
  ["audit/open-intent", "1", (store) => openIntents(store, "audit"), "journal_id", {
    journal_id: 7,
  }],
  [
    "audit/run",
    "run-1",
    (store) => all(runsOf(store, "audit")),
    "finished",
    { run_id: "run-1", started: AT },
  ],
  ["any", "1", (store) => rowKind("any").get(store, "1"), "its value", null],
  ["any", "1", (store) => rowKind("any").read(store), "its value", [1]],
];

for (const [kind, id, read, field, value] of unreadable) {
  Deno.test(`a row "${kind}" whose ${field} cannot be read is an error that names it: ${JSON.stringify(value)}`, async () => {
    await assert.rejects(read(await storeOf({ kind, id, value })), (error) => {
      assert.ok(error instanceof StoreError);
      const named = `Cannot read the row "${kind}" "${id}" of the store: ${field}: `;
      assert.ok(error.message.startsWith(named), error.message);
      return true;
    });
  });
}
