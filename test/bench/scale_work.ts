/**
 * Reports an audit of generated accounts, and prints what `audit report` prints:
 * `deno run scale_work.ts '{"accounts": 1000, "directory": "…", "at": "2026-11-20T12:00:00Z"}'`.
 *
 * `report` takes no snapshot. So the verb's own function runs here, with a store and files on disk as
 * the program has them, and with accounts that are made when they are asked for. What is left out:
 * the calls of AWS's APIs, the reading of their answers, and the configuration file.
 */

import { fileSink } from "../../reports/files/file_sink.ts";
import { denoDisk } from "../../runners/adapters/disk/deno_disk.ts";
import {
  openSqliteStore,
  openSqliteStoreReadOnly,
} from "../../runners/adapters/sqlite/sqlite_store.ts";
import type { AuditTypes } from "../../runners/audit/audit_plan.ts";
import { auditSchema } from "../../runners/audit/config.ts";
import { auditJob } from "../../runners/audit/job.ts";
import { PLAIN_COMMAND } from "../../runners/core/cli/next_command.ts";
import { type Clock, systemClock } from "../../runners/core/clock.ts";
import type { RunContext } from "../../runners/core/run/context.ts";
import { makeContext } from "../../runners/core/run/make_context.ts";
import type { Sink } from "../../runners/core/report/sink.ts";
import { reportVerb } from "../../runners/core/run/verbs/report_verb.ts";
import { RETENTION_MS } from "../../runners/core/store/store.ts";
import { plainText } from "../../runners/core/text/terminal_text.ts";
import { testParts, testRun } from "../runners/core/run/run_parts.ts";
import { accountIdOf, auditPart, RULES } from "./audit_parts.ts";

/** What is to be done. */
export interface ScaleWork {
  readonly accounts: number;
  /** Holds the store, and gets the files of the report. */
  readonly directory: string;
  /** The instant of the run, RFC 3339. */
  readonly at: string;
}

/** Where the record of the report goes, and which rules it is about. */
type Reporting = {
  /** Default: files, in the folder of the work. */
  readonly sinks?: readonly Sink[];
  readonly rules?: readonly object[];
};

/** A run of the audit that has its accounts without AWS, and its store in the folder of the work. */
export function contextOf(
  { accounts: count, directory, at }: ScaleWork,
  {
    sinks = [fileSink(`${directory}/out`, { disk: denoDisk, toolVersion: "0.0.0" })],
    rules = RULES,
  }: Reporting = {},
): RunContext<AuditTypes> {
  const clock: Clock = { ...systemClock, now: () => new Date(at) };
  const accounts = Array.from({ length: count }, (_, index) => ({ id: accountIdOf(index) }));
  const indexes = new Map(accounts.map(({ id }, index) => [id, index]));
  const time = { now: () => clock.now(), retentionMs: RETENTION_MS };
  const path = `${directory}/groundskeeper.db`;
  const job: RunContext<AuditTypes>["job"] = {
    ...auditJob,
    observeAccount: ({ id }) => Promise.resolve(auditPart(indexes.get(id)!, clock.now())),
  };
  return {
    ...makeContext({ job, config: auditSchema.parse({ required: rules }) }, {
      ...testParts(clock, accounts, {
        openStoreToRead: () => Promise.try(openSqliteStoreReadOnly, path, { time }),
        openStore: () => Promise.try(openSqliteStore, path, { time }),
      }),
      sinks,
    }),
    ...testRun("scale", {
      account: accountIdOf(0),
      clockSkewMs: 0,
      member: () => Promise.reject(new Error("There is no AWS here")),
    }),
  };
}

if (import.meta.main) {
  const context = contextOf(JSON.parse(Deno.args[0] ?? ""));
  const { job, config, clock } = context;
  const told = { config, command: PLAIN_COMMAND, settings: [], asking: false };
  console.log(plainText(job.text({ ...told, ...await reportVerb(context) }), clock.now()));
}
