/*
 * Store version 3: kinds begin with their job's name, kinds with a row per target have the account
 * behind it, and what grew in one row is a row each. Of older rows ends are known by their own times.
 */

const DAY_MS = 86_400_000;

/** The instant of a JSON value and some days, in milliseconds. */
const end = (of: string, path: string, days: number) =>
  `unixepoch(json_extract(${of}, '$.${path}')) * 1000 + ${days * DAY_MS}`;

/** Moves rows of kinds to the partition of their account. */
const toAccounts = (account: string, kinds: readonly string[]) =>
  `UPDATE kept_rows AS moved SET kind = kind || '#' || ${account}
     WHERE kind IN (${kinds.map((kind) => `'${kind}'`).join(", ")});`;

const FIRST_OF_ID = "substr(moved.id, 1, instr(moved.id || '/', '/') - 1)";

/** The account of a role: its own row has it, or else what was done to it. */
const ACCOUNT_OF_ROLE = `COALESCE(
  (SELECT json_extract(role.value, '$.account') FROM kept_rows AS role
     WHERE role.kind = 'repo/role' AND role.id = ${FIRST_OF_ID}),
  (SELECT account FROM entry WHERE role_id = ${FIRST_OF_ID}),
  'unknown')`;

/** The entries of the journal, with what new rows say of them. */
const ENTRIES = `
  CREATE TEMP TABLE entry AS SELECT
    id AS old_id, revision, value,
    substr(id, 1, instr(id, '/')) || json_extract(value, '$.change_id') AS journal_id,
    json_extract(value, '$.job') AS job,
    json_extract(value, '$.account') AS account,
    json_extract(value, '$.run_id') AS run_id,
    json_extract(value, '$.target') AS target,
    json_extract(value, '$.before.role_id') AS role_id,
    json_extract(value, '$.before.role_arn') AS role_arn,
    ${end("value", "intended_at", 400)} AS expires
  FROM kept_rows WHERE kind = 'journal';
  CREATE INDEX temp.entry_by_old_id ON entry (old_id);
  CREATE INDEX temp.entry_by_role ON entry (role_id);`;

/** The job of the run that used up a plan: a row of all of a plan leads to no entry. */
const JOB_OF_RUN = `(SELECT json_extract(run.value, '$.job') FROM kept_rows AS run
  WHERE run.kind = 'run' AND json_extract(run.value, '$.run_id') =
    json_extract(used.value, '$.run_id'))`;

/** The journal, and the rows by which it is found by run and by target. */
const JOURNAL = `
  INSERT INTO kept_rows (kind, id, revision, value, expires)
    SELECT job || '/journal#' || substr(journal_id, 1, 7), journal_id, revision, value,
        iif(json_extract(value, '$.outcome') IS NULL, NULL, expires)
      FROM entry
    UNION ALL
    SELECT job || '/journal-by-run#' || run_id, journal_id, revision,
        json_object('journal_id', journal_id), expires
      FROM entry
    UNION ALL
    SELECT job || '/journal-by-target#' || account, about.arn || ' ' || journal_id, revision,
        json_object('journal_id', journal_id), expires
      FROM (SELECT *, target AS arn FROM entry UNION SELECT *, role_arn AS arn FROM entry) AS about
      WHERE about.arn IS NOT NULL;
  INSERT INTO kept_rows (kind, id, revision, value)
    SELECT entry.job || '/open-intent', substr(intent.id, instr(intent.id, '/') + 1),
        intent.revision, json_object('journal_id', entry.journal_id)
      FROM kept_rows AS intent
      JOIN entry ON entry.old_id = json_extract(intent.value, '$.journal_id')
      WHERE intent.kind = 'open-intent';
  INSERT INTO kept_rows (kind, id, revision, value, expires)
    SELECT COALESCE(entry.job, ${JOB_OF_RUN}, 'audit') || '/used-change', used.id, used.revision,
        iif(entry.journal_id IS NULL, used.value,
          json_set(used.value, '$.journal_id', entry.journal_id)),
        ${end("used.value", "at", 400)}
      FROM kept_rows AS used
      LEFT JOIN entry ON entry.old_id = json_extract(used.value, '$.journal_id')
      WHERE used.kind = 'used-change';`;

/** The runs, those of them that have not ended, and those that were taken for dead. */
const RUNS = `
  CREATE TEMP TABLE run AS SELECT
    json_extract(value, '$.job') AS job, json_extract(value, '$.run_id') AS id, revision, value,
    ${end("value", "started", 400)} AS expires
  FROM kept_rows WHERE kind = 'run';
  INSERT INTO kept_rows (kind, id, revision, value, expires)
    SELECT job || '/run', id, revision, json_remove(value, '$.beat'), expires FROM run;
  INSERT INTO kept_rows (kind, id, revision, value)
    SELECT job || '/open-run', id, revision,
        json_object('beat', COALESCE(json_extract(value, '$.beat'), 0))
      FROM run WHERE json_extract(value, '$.finished') IS NULL;
  INSERT INTO kept_rows (kind, id, revision, value, expires)
    SELECT run.job || '/revoked-run', dead.id, dead.revision, dead.value, run.expires
      FROM kept_rows AS dead JOIN run ON run.id = dead.id WHERE dead.kind = 'revoked-run';`;

/** Of an account of which only some roles were stored: its roles are found by this row. */
const ACCOUNTS = `
  INSERT OR IGNORE INTO kept_rows (kind, id, revision, value)
    SELECT 'repo/account', json_extract(value, '$.account'), min(revision),
        json_object('account', json_extract(value, '$.account'), 'name', NULL,
          'partition', substr(json_extract(value, '$.arn'), 5,
            instr(substr(json_extract(value, '$.arn'), 5), ':') - 1),
          'refreshed', NULL, 'tried', max(json_extract(value, '$.refreshed')), 'failure', NULL)
      FROM kept_rows WHERE kind = 'repo/role' GROUP BY json_extract(value, '$.account');`;

/** One row per run in place of one row of all. */
const RESERVATIONS = ["reservation", "examined"].map((name) => `
  INSERT INTO kept_rows (kind, id, revision, value, expires)
    SELECT budget.id || '/${name}', json_extract(one.value, '$.run_id') || '/000', budget.revision,
        json_remove(one.value, '$.${name === "examined" ? "wanted" : "examined"}'),
        iif(json_extract(one.value, '$.finished'), ${end("one.value", "at", 1)}, NULL)
      FROM kept_rows AS budget, json_each(budget.value, '$.reservations') AS one
      WHERE budget.kind = 'budget';`).join("");

const MESSAGES = Object.entries({ "handled-message": 15, "rejected-message": 30 })
  .map(([kind, days]) => `
  INSERT INTO kept_rows (kind, id, revision, value, expires)
    SELECT substr(id, 1, instr(id, '/') - 1) || '/${kind}', substr(id, instr(id, '/') + 1), revision,
        value, ${end("value", "at", days)}
      FROM kept_rows WHERE kind = '${kind}';`).join("");

/**
 * The rows lie in a table with another name, so that an older program which has the store open can
 * write nothing more. `recently-applied` speaks to runs that had read before this: they are older
 * programs, and it goes.
 */
export const VERSION_3 = `
  ALTER TABLE rows RENAME TO kept_rows;
  ALTER TABLE kept_rows ADD COLUMN expires INTEGER; -- milliseconds since the epoch; null: never
  CREATE INDEX kept_rows_by_end ON kept_rows (expires) WHERE expires IS NOT NULL;
  ALTER TABLE writes ADD COLUMN purged INTEGER NOT NULL DEFAULT 0;
  ${ENTRIES}
  ${JOURNAL}
  ${RUNS}
  ${RESERVATIONS}
  ${MESSAGES}
  ${ACCOUNTS}
  ${
  toAccounts("substr(id, 1, 12)", [
    "audit/sighting",
    "audit/mark",
    "audit/lifted-protection",
    "audit/owner",
    "audit/canary",
    "audit/canary-stamp",
    "audit/level",
    "repo/role-name",
  ])
}
  ${toAccounts(FIRST_OF_ID, ["repo/managed-policy", "repo/policy-first-seen"])}
  ${
  toAccounts(ACCOUNT_OF_ROLE, [
    "repo/version",
    "repo/policies",
    "repo/stats",
    "repo/last-change",
    "repo/opt-out",
    "repo/schedule",
    "repo/imported-version",
  ])
}
  ${toAccounts("json_extract(value, '$.account')", ["repo/access", "repo/role"])}
  DELETE FROM kept_rows WHERE instr(kind, '/') = 0;
  DROP TABLE temp.run;
  DROP TABLE temp.entry;`;
