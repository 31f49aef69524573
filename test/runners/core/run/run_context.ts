import { organizationSchema } from "../../../../runners/core/config/organization.ts";
import type { Sessions } from "../../../../runners/core/aws/session.ts";
import type { RunContext, RunOptions } from "../../../../runners/core/run/context.ts";
import type { RunRecord } from "../../../../runners/core/report/sink.ts";
import {
  openSqliteStore,
  openSqliteStoreReadOnly,
} from "../../../../runners/adapters/sqlite/sqlite_store.ts";
import { toDisk } from "../files/faulty_disk.ts";
import type { ManualClock } from "../manual_clock.ts";
import { silent, UNLIMITED } from "./apply_in_store.ts";
import { scriptedJob, type ScriptedTypes, sessionOf, type World } from "./scripted_job.ts";

export type ScriptedContext = RunContext<ScriptedTypes>;

export const OPTIONS: RunOptions = {
  accounts: [],
  regions: [],
  narrowed: false,
  snapshotDirectory: null,
  saveSnapshotDirectory: null,
  asOf: null,
  planFile: null,
  slot: null,
  outDirectory: null,
  maxChanges: null,
  yes: true,
};

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
  const { world, path, clock } = told;
  return {
    job: scriptedJob(world),
    config: UNLIMITED,
    organization: organizationSchema.parse({
      accounts: [{ id: "111111111111" }, { id: "222222222222" }],
    }),
    configHash: "sha256:01",
    planMaxAgeMs: 86_400_000,
    options: { ...OPTIONS, ...told.options },
    runId: "run-1",
    toolVersion: "0.0.0",
    clock,
    log: silent,
    leaseMs: 15_000,
    writeFiles: toDisk,
    // The class has private fields; a run asks it for these three things only.
    sessions: () =>
      Promise.resolve(
        {
          clockSkewMs: told.clockSkewMs ?? 0,
          identity: () => Promise.resolve({ account: "111111111111", arn: "", partition: "aws" }),
          member: sessionOf,
        } as unknown as Sessions,
      ),
    cached: null,
    openStoreToRead: () => openSqliteStoreReadOnly(path),
    openStore: () => openSqliteStore(path),
    sinks: [{
      name: "memory",
      publish: (record) => {
        told.published?.push(record);
        return Promise.resolve(["memory"]);
      },
    }],
    notifiers: () => [],
    signal: new AbortController().signal,
    progress: () => {},
    confirm: null,
    ...told.part,
  };
}
