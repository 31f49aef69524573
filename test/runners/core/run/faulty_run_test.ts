import assert from "assert";
import fc from "fast-check";
import { FileError } from "../../../../runners/core/files/file_error.ts";
import { messageOf, StoreError, UsageError } from "../../../../runners/core/errors.ts";
import type { Store } from "../../../../runners/core/store/store.ts";
import { generated, propertyTest } from "../properties.ts";
import { silent } from "./apply/apply_in_store.ts";
import { faultyRun, type Spoil } from "./faulty_run.ts";
import { faultyRuns } from "./faulty_runs.ts";

/** The long number of cases runs with the deep tests. */
const RUNS = generated(2_200, 40);

propertyTest<Spoil>(
  "whichever write of a run fails, no change is unrecorded and nothing is named that is not there",
  (context) => context,
  async (spoil) => {
    let met = 0;
    const property = fc.asyncProperty(
      faultyRuns,
      async (run) => void (met += Number(await faultyRun(run, spoil))),
    );
    await fc.assert(property, { seed: 42, numRuns: RUNS });
    assert.ok(met > RUNS * 0.7, `only ${met} of ${RUNS} runs met their fault`);
  },
  {
    "takes a file that failed for one that is written": (context) => ({
      ...context,
      writeFiles: (files) => context.writeFiles(files).catch(() => {}),
    }),
    "writes in place": (context) => ({
      ...context,
      writeFiles: async (files) => {
        for (const { path } of files) await Deno.writeTextFile(path, "").catch(() => {});
        await context.writeFiles(files);
      },
    }),
    "ends where a file fails": (context) => ({
      ...context,
      writeFiles: (files) =>
        context.writeFiles(files).catch((error: Error) =>
          Promise.reject(new UsageError(error.message))
        ),
    }),
    "names a report that was not written": (context) => ({
      ...context,
      sinks: context.sinks.map((sink) => ({
        ...sink,
        publish: async (record, store) => {
          await sink.publish(record, store).catch(() => {});
          return [`${context.options.outDirectory}/scripted-run-1.csv`];
        },
      })),
    }),
    "goes on where the store did not take a row": (context) => ({
      ...context,
      openStore: async () => trusting(await context.openStore()),
    }),
    "ends with a defect where the store is at fault": (context) => ({
      ...context,
      openStore: async () => anonymous(await context.openStore()),
    }),
    "tells of no fault": (context) => ({ ...context, log: silent }),
    "tells a fault where there is none": (context) => {
      context.log.error(new FileError("a", ".", new Error("none")).message);
      return context;
    },
  },
);

/** The store, with another end of a write that fails. */
function withFault(store: Store, failed: (error: unknown) => void): Store {
  return {
    get: (kind, id) => store.get(kind, id),
    list: (kind, prefix) => store.list(kind, prefix),
    close: () => store.close(),
    write: (writes) =>
      store.write(writes).catch((error: unknown) => {
        failed(error);
        return { written: true };
      }),
    writeEach: (writes, signal) => store.writeEach(writes, signal).catch(failed),
  };
}

function trusting(store: Store): Store {
  return withFault(store, (error) => {
    if (!(error instanceof StoreError)) throw error;
  });
}

function anonymous(store: Store): Store {
  return withFault(store, (error) => {
    throw new Error(messageOf(error));
  });
}
