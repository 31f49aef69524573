import type { RunContext, RunOptions } from "../../../../runners/core/run/context.ts";
import { makeContext } from "../../../../runners/core/run/make_context.ts";
import type { RunRecord } from "../../../../runners/core/report/sink.ts";
import {
  openSqliteStore,
  openSqliteStoreReadOnly,
} from "../../../../runners/adapters/sqlite/sqlite_store.ts";
import { RETENTION_MS } from "../../../../runners/core/store/store.ts";
import type { ManualClock } from "../manual_clock.ts";
import { UNLIMITED } from "./apply/apply_in_store.ts";
import { testParts, testRun } from "./run_parts.ts";
import { scriptedJob, type ScriptedTypes, sessionOf, type World } from "./scripted_job.ts";

export type ScriptedContext = RunContext<ScriptedTypes>;

/** What a scripted run needs to be told; the rest is as programs have it. */
export interface Told {
  readonly world: World;
  /** The store's file. */
  readonly path: string;
  readonly clock: ManualClock;
  readonly options?: Partial<RunOptions>;
  readonly clockSkewMs?: number;
  /** Takes what is published. */
  readonly published?: RunRecord[];
  readonly part?: Partial<ScriptedContext>;
}

/** Everything that a verb works with, over the real store and the scripted job. */
export function contextOf(told: Told): ScriptedContext {
  const { world, path, clock, options = {}, clockSkewMs = 0 } = told;
  const time = { now: () => clock.now(), retentionMs: RETENTION_MS };
  const accounts = [{ id: "111111111111" }, { id: "222222222222" }];
  const parts = testParts(clock, accounts, {
    openStoreToRead: () => Promise.try(openSqliteStoreReadOnly, path, { time }),
    openStore: () => Promise.try(openSqliteStore, path, { time }),
  });
  return {
    ...makeContext({ job: scriptedJob(world), config: UNLIMITED }, {
      ...parts,
      options: { ...parts.options, ...options },
      sinks: [{
        name: "memory",
        publish: (record) => {
          told.published?.push(record);
          return Promise.resolve(["memory"]);
        },
      }],
    }),
    ...testRun("run-1", { account: accounts[0]!.id, clockSkewMs, member: sessionOf }),
    ...told.part,
  };
}
