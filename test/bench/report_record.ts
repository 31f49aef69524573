import type { RunRecord } from "../../runners/core/report/sink.ts";
import { reportVerb } from "../../runners/core/run/verbs/report_verb.ts";
import { RULES } from "./audit_parts.ts";
import { contextOf } from "./scale_work.ts";

/** A rule that no generated instance keeps. */
const BROKEN_BY_ALL = { key: "data-class" };

/**
 * What a report of the audit publishes of generated accounts.
 *
 * @param everyViolates whether all 100 instances of an account break a rule, and not five of them
 */
export async function reportRecord(accounts: number, everyViolates: boolean): Promise<RunRecord> {
  const directory = await Deno.makeTempDir({ prefix: "groundskeeper-bench-" });
  const records: RunRecord[] = [];
  const keep = {
    name: "bench",
    publish: (record: RunRecord) => {
      records.push(record);
      return Promise.resolve([]);
    },
  };
  const context = contextOf({ accounts, directory, at: "2026-11-20T12:00:00.000Z" }, {
    sinks: [keep],
    rules: everyViolates ? [...RULES, BROKEN_BY_ALL] : RULES,
  });
  try {
    await reportVerb(context);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
  return records[0]!;
}
