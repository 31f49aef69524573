import assert from "assert";
import { DatabaseSync } from "node:sqlite";
import type { JsonObject } from "../../../runners/core/json.ts";
import { StoreError } from "../../../runners/core/errors.ts";
import { APPLICATION_ID, MIGRATIONS } from "../../../runners/adapters/sqlite/schema.ts";
import {
  openSqliteStore,
  openSqliteStoreReadOnly,
} from "../../../runners/adapters/sqlite/sqlite_store.ts";
import { put } from "../../conformance/store_asking.ts";
import { fingerprint, withFolder } from "./store_folder.ts";

const SECOND = "ALTER TABLE kept_rows ADD COLUMN note TEXT NOT NULL DEFAULT 'second'";
const THIRD = "CREATE TABLE extra (note TEXT NOT NULL) STRICT; INSERT INTO extra VALUES ('third')";

Deno.test("A new store carries our mark and the number of its version", async () => {
  await withFolder((_, path) => {
    openSqliteStore(path).close();
    assert.equal(ask(path, "PRAGMA application_id"), APPLICATION_ID);
    assert.equal(ask(path, "PRAGMA user_version"), MIGRATIONS.length);
    assert.equal(ask(path, "PRAGMA journal_mode"), "delete");
  });
});

Deno.test("An older store is brought to the newest version by every step it lacks, and keeps its rows", async () => {
  await withFolder(async (_, path) => {
    const old = openSqliteStore(path);
    await put(old, "mark", "i-1", { kept: true });
    const row = await old.get("mark", "i-1");
    old.close();
    const store = openSqliteStore(path, { migrations: [...MIGRATIONS, SECOND, THIRD] });
    assert.deepEqual(await store.get("mark", "i-1"), row);
    await put(store, "mark", "i-2", 1);
    store.close();
    assert.equal(ask(path, "PRAGMA user_version"), MIGRATIONS.length + 2);
    assert.equal(ask(path, "SELECT note FROM kept_rows"), "second");
    assert.equal(ask(path, "SELECT group_concat(note) FROM extra"), "third");
  });
});

const AT = "2026-11-20T12:00:00.000Z";
const ACCOUNT = "111111111111";
const ROLE = "AROAEXAMPLE";
const ARN = `arn:aws:iam::${ACCOUNT}:role/a`;
const KNOWN = {
  account: "222222222222",
  arn: "arn:aws-cn:iam::222222222222:role/known",
  refreshed: AT,
};
const CHANGED = `${AT}/repo/c1`;

const entry = (id: string, more: JsonObject): [string, string, JsonObject] => [
  "journal",
  `${AT}/repo/${id}`,
  {
    job: "repo",
    run_id: "run-1",
    account: ACCOUNT,
    target: ARN,
    before: {},
    intended_at: AT,
    change_id: id,
    ...more,
  },
];

/** What a store of version 1 may hold of each kind: kind, id and value. */
const OLD_ROWS: readonly (readonly [kind: string, id: string, value: JsonObject])[] = [
  ["run", "repo/run-1", { job: "repo", run_id: "run-1", started: AT, finished: AT, beat: 7 }],
  ["run", "repo/run-2", { job: "repo", run_id: "run-2", started: AT, finished: null, beat: 8 }],
  ["fence", "run-2", {}],
  entry("c1", { outcome: "done", before: { role_id: ROLE } }),
  entry("c2", { outcome: null, before: { role_arn: ARN }, target: `${ARN}-policy` }),
  ["intent", "repo/lock", { journal_id: `${AT}/repo/c2` }],
  ["made", "repo/lock", { at: AT }],
  ["used-plan", "plan-1/c1", { run_id: "run-1", at: AT, journal_id: CHANGED }],
  ["used-plan", "plan-0", { run_id: "run-0", at: AT }],
  ["used-plan", "plan-2", { run_id: "run-2", at: AT }],
  ["budget", "repo", {
    reservations: [
      { run_id: "run-1", at: AT, finished: true, share: false, wanted: [1], examined: [2] },
      { run_id: "run-2", at: AT, finished: false, share: true, wanted: [3], examined: [] },
    ],
  }],
  ["handled-message", "repo/m-1", { at: AT, verdict: "handled", answer: null }],
  ["rejected-message", `repo/${AT}/m-2`, { at: AT, reason: "r", body: "" }],
  ["audit-look", `${ACCOUNT}/us-east-1/i-1`, { a: 1 }],
  ["audit-mark", `${ACCOUNT}/us-east-1/i-1`, { a: 2 }],
  ["audit-lift", `${ACCOUNT}/us-east-1/i-1`, { a: 3 }],
  ["audit-owner", `${ACCOUNT}/us-east-1/i-1`, { a: 4 }],
  ["audit-canary", `${ACCOUNT}/us-east-1`, { a: 5 }],
  ["audit-stamp", `${ACCOUNT}/us-east-1`, { a: 6 }],
  ["audit-level", `${ACCOUNT}/us-east-1`, { a: 7 }],
  ["repo-role", "AROAKNOWN", KNOWN],
  ["repo-access", "AROAKNOWN", { account: "222222222222", b: 1 }],
  ["repo-name", `${ACCOUNT}/name`, { role_id: "AROAKNOWN" }],
  ["repo-version", `AROAKNOWN/${AT}/0-abc`, { b: 2 }],
  ["repo-policies", "AROAKNOWN/sha256:abc", { b: 3 }],
  ["repo-stats", `AROAKNOWN/${AT}/Scan`, { b: 4 }],
  ["repo-opt-out", "AROAKNOWN", { b: 5 }],
  ["repo-schedule", "AROAKNOWN", { b: 6 }],
  ["repo-imported", "AROAKNOWN/0", { b: 7 }],
  // Of a role that was changed and never stored, the journal knows the account.
  ["repo-deed", ROLE, { b: 8 }],
  ["repo-deed", "AROANOBODY", { b: 9 }],
  ["repo-managed", `${ACCOUNT}/arn:aws:iam::${ACCOUNT}:policy/p`, { b: 10 }],
  ["repo-managed", "aws/arn:aws:iam::aws:policy/ReadOnlyAccess", { b: 11 }],
  ["repo-policy-sight", `${ACCOUNT}/arn:aws:iam::${ACCOUNT}:policy/p`, { b: 12 }],
  ["repo-tracked", "s3:getobject", { b: 13 }],
  ["repo-account", ACCOUNT, { b: 14 }],
];

const days = (count: number) => Date.parse(AT) + count * 86_400_000;
const PLAN = { run_id: "run-1", at: AT };

/** The same in this version: partition, id, value, and when it is over. */
const NEW_ROWS: readonly (readonly [string, string, JsonObject, number | null])[] = [
  ["repo/run", "run-1", { job: "repo", run_id: "run-1", started: AT, finished: AT }, days(400)],
  ["repo/run", "run-2", { job: "repo", run_id: "run-2", started: AT, finished: null }, days(400)],
  ["repo/open-run", "run-2", { beat: 8 }, null],
  ["repo/revoked-run", "run-2", {}, days(400)],
  ["repo/journal#2026-11", `${AT}/c1`, OLD_ROWS[3]![2], days(400)],
  ["repo/journal#2026-11", `${AT}/c2`, OLD_ROWS[4]![2], null],
  ["repo/journal-by-run#run-1", `${AT}/c1`, { journal_id: `${AT}/c1` }, days(400)],
  ["repo/journal-by-run#run-1", `${AT}/c2`, { journal_id: `${AT}/c2` }, days(400)],
  [`repo/journal-by-target#${ACCOUNT}`, `${ARN} ${AT}/c1`, { journal_id: `${AT}/c1` }, days(400)],
  [`repo/journal-by-target#${ACCOUNT}`, `${ARN} ${AT}/c2`, { journal_id: `${AT}/c2` }, days(400)],
  [
    `repo/journal-by-target#${ACCOUNT}`,
    `${ARN}-policy ${AT}/c2`,
    { journal_id: `${AT}/c2` },
    days(400),
  ],
  ["repo/open-intent", "lock", { journal_id: `${AT}/c2` }, null],
  ["repo/used-change", "plan-1/c1", { ...PLAN, journal_id: `${AT}/c1` }, days(400)],
  ["audit/used-change", "plan-0", { run_id: "run-0", at: AT }, days(400)],
  ["repo/used-change", "plan-2", { run_id: "run-2", at: AT }, days(400)],
  [
    "repo/reservation",
    "run-1/000",
    { ...PLAN, finished: true, share: false, wanted: [1] },
    days(1),
  ],
  ["repo/examined", "run-1/000", { ...PLAN, finished: true, share: false, examined: [2] }, days(1)],
  [
    "repo/reservation",
    "run-2/000",
    { run_id: "run-2", at: AT, finished: false, share: true, wanted: [3] },
    null,
  ],
  [
    "repo/examined",
    "run-2/000",
    { run_id: "run-2", at: AT, finished: false, share: true, examined: [] },
    null,
  ],
  ["repo/handled-message", "m-1", { at: AT, verdict: "handled", answer: null }, days(15)],
  ["repo/rejected-message", `${AT}/m-2`, { at: AT, reason: "r", body: "" }, days(30)],
  [`audit/sighting#${ACCOUNT}`, `${ACCOUNT}/us-east-1/i-1`, { a: 1 }, null],
  [`audit/mark#${ACCOUNT}`, `${ACCOUNT}/us-east-1/i-1`, { a: 2 }, null],
  [`audit/lifted-protection#${ACCOUNT}`, `${ACCOUNT}/us-east-1/i-1`, { a: 3 }, null],
  [`audit/owner#${ACCOUNT}`, `${ACCOUNT}/us-east-1/i-1`, { a: 4 }, null],
  [`audit/canary#${ACCOUNT}`, `${ACCOUNT}/us-east-1`, { a: 5 }, null],
  [`audit/canary-stamp#${ACCOUNT}`, `${ACCOUNT}/us-east-1`, { a: 6 }, null],
  [`audit/level#${ACCOUNT}`, `${ACCOUNT}/us-east-1`, { a: 7 }, null],
  ["repo/role#222222222222", "AROAKNOWN", KNOWN, null],
  // Its roles were read by name, and its row was never written.
  [
    "repo/account",
    "222222222222",
    {
      account: "222222222222",
      name: null,
      partition: "aws-cn",
      refreshed: null,
      tried: AT,
      failure: null,
    },
    null,
  ],
  ["repo/access#222222222222", "AROAKNOWN", { account: "222222222222", b: 1 }, null],
  [`repo/role-name#${ACCOUNT}`, `${ACCOUNT}/name`, { role_id: "AROAKNOWN" }, null],
  ["repo/version#222222222222", `AROAKNOWN/${AT}/0-abc`, { b: 2 }, null],
  ["repo/policies#222222222222", "AROAKNOWN/sha256:abc", { b: 3 }, null],
  ["repo/stats#222222222222", `AROAKNOWN/${AT}/Scan`, { b: 4 }, null],
  ["repo/opt-out#222222222222", "AROAKNOWN", { b: 5 }, null],
  ["repo/schedule#222222222222", "AROAKNOWN", { b: 6 }, null],
  ["repo/imported-version#222222222222", "AROAKNOWN/0", { b: 7 }, null],
  [`repo/last-change#${ACCOUNT}`, ROLE, { b: 8 }, null],
  ["repo/last-change#unknown", "AROANOBODY", { b: 9 }, null],
  [
    `repo/managed-policy#${ACCOUNT}`,
    `${ACCOUNT}/arn:aws:iam::${ACCOUNT}:policy/p`,
    { b: 10 },
    null,
  ],
  ["repo/managed-policy#aws", "aws/arn:aws:iam::aws:policy/ReadOnlyAccess", { b: 11 }, null],
  [
    `repo/policy-first-seen#${ACCOUNT}`,
    `${ACCOUNT}/arn:aws:iam::${ACCOUNT}:policy/p`,
    { b: 12 },
    null,
  ],
  ["repo/tracked-action", "s3:getobject", { b: 13 }, null],
  ["repo/account", ACCOUNT, { b: 14 }, null],
];

Deno.test("The rows of a store of version 1 are all where this version reads them, with their ends", async () => {
  await withFolder(async (_, path) => {
    using old = firstVersion(path);
    const insert = old.prepare("INSERT INTO entries VALUES (?, ?, ?, ?)");
    for (const [index, [kind, id, value]] of OLD_ROWS.entries()) {
      insert.run(kind, id, index + 1, JSON.stringify(value));
    }
    // Before any of them is over, and in one that reads alone they are the same.
    const time = { now: () => new Date(AT), retentionMs: 1 };
    for (const open of [openSqliteStoreReadOnly, openSqliteStore]) {
      const store = open(path, { time });
      for (const [kind, id, value] of NEW_ROWS) {
        assert.deepEqual((await store.get(kind, id))?.value, value, `${kind} ${id}`);
      }
      store.close();
    }
    const found = old.prepare("SELECT kind, id, expires FROM kept_rows ORDER BY kind, id").all();
    assert.deepEqual(
      found.map((row) => [row["kind"], row["id"], row["expires"]]),
      NEW_ROWS.map(([kind, id, , end]) => [kind, id, end]).sort(byKindAndId),
    );
  });
});

function byKindAndId([kindA, idA]: unknown[], [kindB, idB]: unknown[]): number {
  const [a, b] = [`${kindA}\0${idA}`, `${kindB}\0${idB}`];
  return a < b ? -1 : 1;
}

for (
  const [what, row] of [
    ["no JSON", "('journal', '2026-11-20T12:00:00.000Z/audit/1', 1, '{')"],
    ["nothing that says its job", "('run', 'audit/1', 1, '{}')"],
  ] as const
) {
  Deno.test(`A store of version 1 with a row that is ${what} is refused as damaged, and stays as it was`, async () => {
    await withFolder((_, path) => {
      firstVersion(path)[Symbol.dispose]();
      using old = new DatabaseSync(path);
      old.exec(`INSERT INTO entries VALUES ${row}`);
      old.close();
      const before = Deno.readFileSync(path);
      for (const open of [openSqliteStore, openSqliteStoreReadOnly]) {
        assert.throws(() => open(path), /a row of it is damaged \(.+\)\. Restore it from a backup/);
      }
      assert.deepEqual(Deno.readFileSync(path), before);
    });
  });
}

Deno.test("A program of the first version that has the store open writes and reads nothing more", async () => {
  await withFolder((_, path) => {
    using old = firstVersion(path);
    const write = old.prepare("INSERT INTO entries VALUES ('intent', 'id', 1, '{}')");
    const read = old.prepare("SELECT value FROM entries WHERE kind = 'fence' AND id = 'run'");
    assert.equal(read.get(), undefined);
    openSqliteStore(path).close();
    for (const ask of [() => write.run(), () => read.get()]) {
      assert.throws(ask, /no such table: entries/);
    }
  });
});

Deno.test("A step that fails takes back the steps before it, and the store stays as it was", async () => {
  await withFolder(async (_, path) => {
    const old = openSqliteStore(path);
    await put(old, "mark", "i-1", 1);
    old.close();
    const migrations = [...MIGRATIONS, SECOND, "CREATE TABLE half (a) STRICT; nonsense"];
    assert.throws(() => openSqliteStore(path, { migrations }), StoreError);
    assert.equal(ask(path, "PRAGMA user_version"), MIGRATIONS.length);
    assert.equal(ask(path, "SELECT count(*) FROM sqlite_schema WHERE name = 'half'"), 0);
    const store = openSqliteStore(path);
    assert.equal((await store.get("mark", "i-1"))?.value, 1);
    store.close();
  });
});

Deno.test("A newer store is refused, for writing and for reading, with the version that is needed", async () => {
  await withFolder((folder, path) => {
    openSqliteStore(path, { migrations: [...MIGRATIONS, SECOND] }).close();
    const before = fingerprint(folder);
    const version = MIGRATIONS.length + 1;
    const message = `Cannot open the store "${path}": it has version ${version} and this ` +
      `Groundskeeper knows ${MIGRATIONS.length} at most. ` +
      `Use a Groundskeeper that knows store version ${version}`;
    for (const open of [openSqliteStore, openSqliteStoreReadOnly]) {
      assert.throws(() => open(path), { name: "StoreError", message });
    }
    assert.deepEqual(fingerprint(folder), before);
  });
});

Deno.test("An older store is read as the newest version would have it, and stays as it was", async () => {
  await withFolder(async (folder, path) => {
    const old = openSqliteStore(path);
    await put(old, "mark", "i-1", { kept: true });
    const row = await old.get("mark", "i-1");
    old.close();
    const before = fingerprint(folder);
    const migrations = [...MIGRATIONS, SECOND, "UPDATE kept_rows SET kind = 'audit/' || kind"];
    const reader = openSqliteStoreReadOnly(path, { migrations });
    assert.deepEqual(await reader.get("audit/mark", "i-1"), { ...row, kind: "audit/mark" });
    assert.equal(await reader.get("mark", "i-1"), undefined);
    reader.close();
    assert.deepEqual(fingerprint(folder), before);
  });
});

function ask(path: string, question: string): unknown {
  using database = new DatabaseSync(path, { readOnly: true });
  return Object.values(database.prepare(question).get() ?? {})[0];
}

/** A store of version 1, held open as a program of that version would. */
function firstVersion(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  database.exec(MIGRATIONS[0]!);
  database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = 1`);
  return database;
}
