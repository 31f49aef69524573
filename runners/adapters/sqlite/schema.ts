import type { Connection } from "./connection.ts";
import { storeFault } from "./store_fault.ts";
import { VERSION_3 } from "./version_3.ts";

/** Marks an SQLite file as ours ("GKst"), so that another program's is never written to. */
export const APPLICATION_ID = 0x474B7374;

/** The kinds of rows that have other names since version 2, by the names of version 1. */
const RENAMED_KINDS: { readonly [was: string]: string } = {
  intent: "open-intent",
  fence: "revoked-run",
  made: "recently-applied",
  "used-plan": "used-change",
  "audit-look": "audit/sighting",
  "audit-mark": "audit/mark",
  "audit-lift": "audit/lifted-protection",
  "audit-owner": "audit/owner",
  "audit-canary": "audit/canary",
  "audit-stamp": "audit/canary-stamp",
  "audit-level": "audit/level",
  "repo-role": "repo/role",
  "repo-name": "repo/role-name",
  "repo-version": "repo/version",
  "repo-policies": "repo/policies",
  "repo-stats": "repo/stats",
  "repo-deed": "repo/last-change",
  "repo-opt-out": "repo/opt-out",
  "repo-schedule": "repo/schedule",
  "repo-access": "repo/access",
  "repo-tracked": "repo/tracked-action",
  "repo-managed": "repo/managed-policy",
  "repo-policy-sight": "repo/policy-first-seen",
  "repo-account": "repo/account",
  "repo-imported": "repo/imported-version",
};

/**
 * What makes each version of the schema out of the one before it, from the empty file on. The
 * version of a store is how many of these it has seen. Never change one that was released: add one.
 * Since version 3 a large value is compressed, which SQL cannot read.
 * A later one changes tables of the first; readers run it on copies of these (`isReadable`).
 */
export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE entries (
     kind     TEXT    NOT NULL,
     id       TEXT    NOT NULL,
     revision INTEGER NOT NULL,
     value    TEXT    NOT NULL, -- JSON
     PRIMARY KEY (kind, id)
   ) STRICT, WITHOUT ROWID;
   -- How many writes this store has seen: the revision of the latest. It outlives the rows, so
   -- that a row which is deleted and made again never has a revision that it had before.
   CREATE TABLE writes (
     only INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
     done INTEGER NOT NULL
   ) STRICT;
   INSERT INTO writes (only, done) VALUES (1, 0);`,
  // The table has another name, so that an older program which has the store open can write nothing
  // more: it would not see by which rows it is revoked, nor what is locked.
  "ALTER TABLE entries RENAME TO rows;\n" +
  Object.entries(RENAMED_KINDS).map(([was, is]) =>
    `UPDATE rows SET kind = '${is}' WHERE kind = '${was}';`
  ).join("\n"),
  VERSION_3,
];

/**
 * Brings the store to the newest version, all steps or none.
 *
 * @throws StoreError when the file is not a store or a newer Groundskeeper's, or cannot be written.
 */
export function migrate(connection: Connection, migrations: readonly string[]): void {
  connection.transaction("open the store", () => {
    const version = identify(connection, migrations.length);
    for (const migration of migrations.slice(version ?? 0)) connection.execute(migration);
    if (version === null) connection.execute(`PRAGMA application_id = ${APPLICATION_ID}`);
    // Also where nothing changes: a store that cannot be written should say so now, and not after
    // an hour of reading.
    connection.execute(`PRAGMA user_version = ${migrations.length}`);
    return true;
  });
  // A store that someone switched to a write-ahead log is switched back: with a log beside it, not
  // even reading would leave the folder as it was. Nothing else may hold the file at that moment.
  connection.attempt(
    "open the store",
    () => connection.prepare("PRAGMA journal_mode = DELETE").get(),
  );
}

/**
 * Whether there is a store to read. An older one is copied to memory and read there as the newest
 * version, since reading leaves no trace: the connection sees the store as it is now.
 *
 * @returns false where the file holds nothing yet.
 * @throws StoreError when it is not a store, or a newer Groundskeeper's.
 */
export function isReadable(connection: Connection, migrations: readonly string[]): boolean {
  // One snapshot: between two queries a program may make the store in the file.
  return connection.snapshot("open the store", () => {
    const version = identify(connection, migrations.length);
    if (version === null) return false;
    const missing = migrations.slice(version);
    if (missing.length > 0) copyToMemory(connection);
    for (const migration of missing) connection.execute(migration);
    return true;
  });
}

/** Copies all tables. A temporary table hides the table of the file that has the same name. */
function copyToMemory(connection: Connection): void {
  const tables = connection.prepare(
    "SELECT name, sql FROM main.sqlite_schema WHERE type = 'table'",
  );
  for (const { name, sql } of tables.all()) {
    connection.execute(String(sql).replace(/^CREATE TABLE/, "CREATE TEMP TABLE"));
    connection.execute(`INSERT INTO temp."${name}" SELECT * FROM main."${name}"`);
  }
}

/** The version of the store; null where the file holds nothing yet. */
function identify(connection: Connection, known: number): number | null {
  const { path } = connection;
  const application = connection.numberOf("PRAGMA application_id");
  const version = connection.numberOf("PRAGMA user_version");
  refuseShortFile(connection);
  if (application === 0 && connection.numberOf("SELECT count(*) FROM sqlite_schema") === 0) {
    return null;
  }
  if (application !== APPLICATION_ID) {
    throw storeFault(
      "open the store",
      path,
      "it is not a Groundskeeper store but another program's SQLite database",
      "Name another path",
    );
  }
  if (version > known) {
    throw storeFault(
      "open the store",
      path,
      `it has version ${version} and this Groundskeeper knows ${known} at most`,
      `Use a Groundskeeper that knows store version ${version}`,
    );
  }
  return version;
}

/**
 * SQLite notices by itself if a complete page is missing, but not if a part of the last one is: it
 * reads zeros there.
 */
function refuseShortFile(connection: Connection): void {
  const expected = connection.numberOf("PRAGMA page_count") *
    connection.numberOf("PRAGMA page_size");
  const { size } = Deno.statSync(connection.path);
  // In a transaction that writes, a file of no bytes already counts as one page.
  if (size >= expected || size === 0) return;
  throw storeFault(
    "open the store",
    connection.path,
    `it is damaged: ${size} of ${expected} bytes are there`,
    "Restore it from a backup",
  );
}
