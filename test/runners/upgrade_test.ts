import assert from "assert";
import {
  openSqliteStore,
  openSqliteStoreReadOnly,
} from "../../runners/adapters/sqlite/sqlite_store.ts";
import { readSightings } from "../../runners/audit/ladder/sightings.ts";
import { readMarks } from "../../runners/audit/ladder/mark.ts";
import { SCHEMA } from "../../runners/core/contract/names.ts";
import { journalEntries } from "../../runners/core/journal/journal.ts";
import { reservationsOf } from "../../runners/core/limits/reservations.ts";
import { readDocumentFile } from "../../runners/core/run/document_file.ts";
import { runsOf } from "../../runners/core/run/run_register.ts";
import type { ReadStore } from "../../runners/core/store/store.ts";

const CASES = new URL("../cases/upgrade/", import.meta.url);

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** Everything that a run of this version would read of the store. */
async function contents(store: ReadStore) {
  const entries = await collect(journalEntries(store));
  return {
    outcomes: entries.map(({ outcome }) => outcome),
    marks: [...(await readMarks(store)).values()].map(({ value }) => value),
    looks: (await readSightings(store)).size,
    verbs: (await collect(runsOf(store, "audit"))).map(({ verb }) => verb),
    reserved: (await reservationsOf(store, "audit")).reservations.length,
    values: entries.map(({ after }) => after["value"]),
  };
}

for (const { name: version } of [...Deno.readDirSync(CASES)]) {
  const folder = new URL(`${version}/`, CASES).pathname;

  Deno.test(`a store that version ${version} has written is read, and taken over`, async () => {
    const copy = await Deno.makeTempFile({ suffix: ".db" });
    try {
      await Deno.copyFile(`${folder}groundskeeper.db`, copy);
      const reader = openSqliteStoreReadOnly(copy);
      const before = await contents(reader);
      reader.close();
      assert.deepEqual(before.outcomes, ["done", "done"]);
      assert.deepEqual(before.marks.sort(), before.values.sort());
      assert.deepEqual([before.looks, before.reserved], [2, 1]);
      assert.deepEqual(before.verbs, ["report", "apply"]);
      const store = openSqliteStore(copy);
      assert.deepEqual(await contents(store), before);
      store.close();
    } finally {
      await Deno.remove(copy);
    }
  });

  Deno.test(`a plan that version ${version} has written is whole`, async () => {
    const plan = await readDocumentFile(`${folder}audit-plan.json`, "plan", SCHEMA.plan);
    assert.equal((plan["changes"] as unknown[]).length, 2);
  });
}
