import assert from "assert";
import {
  openSqliteStore,
  openSqliteStoreReadOnly,
} from "../../runners/adapters/sqlite/sqlite_store.ts";
import { CANARIES } from "../../runners/audit/canary/canary.ts";
import { SIGHTINGS } from "../../runners/audit/ladder/sightings.ts";
import { MARKS } from "../../runners/audit/ladder/mark.ts";
import { SCHEMA } from "../../runners/core/contract/names.ts";
import { UNBOUNDED } from "../../runners/core/limits/limits.ts";
import { reservationsOf } from "../../runners/core/limits/reservations.ts";
import { readDocumentFile } from "../../runners/core/run/document_file.ts";
import { runsOf } from "../../runners/core/run/run_register.ts";
import type { ReadStore } from "../../runners/core/store/store.ts";
import { readRoleState } from "../../runners/repo/inventory/role_state.ts";
import { OPT_OUTS } from "../../runners/repo/inventory/rows.ts";
import { listVersions, readVersion } from "../../runners/repo/inventory/versions.ts";
import { wholeJournal } from "./core/journal/whole_journal.ts";
import { BEFORE_ALL } from "./core/run/store_in_folder.ts";

const CASES = new URL("../cases/upgrade/", import.meta.url);

/** The accounts of both stores. */
const ACCOUNTS = ["222222222222", "894388159728"];

/** What a run of this version reads of the store. */
async function contents(store: ReadStore) {
  const entries = [...await wholeJournal(store, "audit"), ...await wholeJournal(store, "repo")];
  return {
    outcomes: entries.map(({ outcome }) => outcome),
    marks: [...(await MARKS.read(store, ACCOUNTS)).values()].map(({ value }) => value),
    sightings: (await SIGHTINGS.read(store, ACCOUNTS)).size,
    verbs: (await Array.fromAsync(runsOf(store, "audit"))).map(({ verb }) => verb),
    reserved:
      (await reservationsOf(store, "audit", { limits: UNBOUNDED, share: false })).reservations
        .length,
  };
}

const CONTENTS: { readonly [version: string]: Awaited<ReturnType<typeof contents>> } = {
  "0.1.0": {
    outcomes: ["done", "done"],
    marks: Array(2).fill("gk1/mark/2026-11-21T06:24:30Z/594d5d71"),
    sightings: 2,
    verbs: ["report", "apply"],
    reserved: 1,
  },
  // Of the demo, just before the kinds of rows got other names.
  "0.1.0-both-jobs": {
    outcomes: Array(8).fill("done"),
    marks: [
      "gk1/stop/2026-12-05T22:56:54Z/terminate/2026-12-16T22:56:54Z/c2c81362",
      "gk1/stop/2026-12-02T22:56:48Z/terminate/2026-12-13T22:56:48Z/c2c81362",
    ],
    sightings: 2,
    verbs: ["report", "apply", "apply", "apply", "apply"],
    reserved: 1,
  },
};

/** A copy of the store that a version has written. */
async function withCopy(version: string, work: (path: string) => Promise<void>): Promise<void> {
  const copy = await Deno.makeTempFile({ suffix: ".db" });
  try {
    await Deno.copyFile(new URL(`${version}/groundskeeper.db`, CASES), copy);
    await work(copy);
  } finally {
    await Deno.remove(copy);
  }
}

for (const { name: version } of [...Deno.readDirSync(CASES)]) {
  Deno.test(`a store that version ${version} has written is read without a trace, and taken over`, () =>
    withCopy(version, async (copy) => {
      const bytes = await Deno.readFile(copy);
      const reader = openSqliteStoreReadOnly(copy, { time: BEFORE_ALL });
      assert.deepEqual(await contents(reader), CONTENTS[version]);
      reader.close();
      assert.deepEqual(await Deno.readFile(copy), bytes);
      const store = openSqliteStore(copy, { time: BEFORE_ALL });
      assert.deepEqual(await contents(store), CONTENTS[version]);
      store.close();
    }));
}

Deno.test("a plan that version 0.1.0 has written is whole", () => {
  const path = new URL("0.1.0/audit-plan.json", CASES).pathname;
  const plan = readDocumentFile(path, "plan", SCHEMA.plan);
  assert.equal((plan["changes"] as unknown[]).length, 2);
});

Deno.test("of a store that was taken over, what both jobs rely on stands", () =>
  withCopy("0.1.0-both-jobs", async (copy) => {
    const store = openSqliteStore(copy, { time: BEFORE_ALL });
    const marked = [...(await MARKS.read(store, ACCOUNTS)).keys()];
    assert.deepEqual(marked.filter((id) => id.startsWith("222222222222/us-west-2/i-")), marked);
    assert.deepEqual([...(await SIGHTINGS.read(store, ACCOUNTS)).keys()], marked);
    assert.equal((await CANARIES.read(store, ACCOUNTS)).size, 2);
    const restored = { account: "111111111111", role_id: "AROARTXV5AHDXGZAS6SB4" };
    const versions = await listVersions(store, restored);
    assert.deepEqual(versions.map(({ source }) => source), ["Scan", "Repo", "Restore"]);
    assert.equal(versions[0]!.hash, versions[2]!.hash);
    const { row, lastChange } = await readRoleState(store, restored);
    assert.deepEqual([row?.name, lastChange?.outcome], ["checkout-api", "done"]);
    const first = await readVersion(store, restored, 1);
    assert.ok("policies" in first && Object.keys(first.policies).length > 0);
    const [optOut] = (await OPT_OUTS.read(store, ACCOUNTS)).values();
    assert.equal(optOut?.owner, "alice");
    store.close();
  }));
