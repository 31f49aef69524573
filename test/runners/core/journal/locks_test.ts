import assert from "assert";
import fc from "fast-check";
import { finished, intentOf } from "../../../../runners/core/journal/entry.ts";
import {
  intentWrites,
  journalIdOf,
  outcomeWrites,
} from "../../../../runners/core/journal/journal.ts";
import type { Change } from "../../../../runners/core/plan/change.ts";
import type { Store } from "../../../../runners/core/store/store.ts";
import { propertyTest } from "../properties.ts";
import { rowsOf, withStore } from "../run/store_in_folder.ts";

const NOW = new Date("2026-11-20T12:00:00.000Z");

const entryOf = (worker: number, change: Change) =>
  intentOf(change, {
    job: "repo",
    runId: `run-${worker}`,
    planId: "plan",
    principal: "",
    toolVersion: "",
    now: NOW,
  });

/** Announces a worker's own change of a thing. @returns whether the worker may make it */
type Announce = (store: Store, worker: number, change: Change) => Promise<boolean>;

const announce: Announce = async (store, worker, change) =>
  (await store.write(intentWrites(entryOf(worker, change)))).written;

const changeOf = (id: string, lock: string): Change => ({
  kind: "inline",
  id,
  lock,
  account: "111111111111",
  region: "global",
  action: "iam:PutRolePolicy",
  target: `arn:aws:iam::111111111111:role/${lock}`,
  reason: "",
  before: {},
  after: {},
});

propertyTest<Announce>(
  "of workers that announce changes of one lock at once exactly one wins, round after round",
  announce,
  (subject) =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 2, max: 6 }), { minLength: 1, maxLength: 3 }),
        fc.constantFrom("role-a", "role-b"),
        (rounds, lock) =>
          withStore(async (store) => {
            let revision = 0;
            for (const [round, workers] of rounds.entries()) {
              const changes = Array.from(
                { length: workers },
                (_, worker) => changeOf(`${round}-${worker}`, lock),
              );
              const won = await Promise.all(
                changes.map((change, worker) => subject(store, worker, change)),
              );
              assert.equal(won.filter(Boolean).length, 1);
              const [held] = await rowsOf(store, "repo/open-intent");
              assert.ok(held!.revision > revision, "a revision is never given again");
              revision = held!.revision;
              const winner = won.indexOf(true);
              const entry = entryOf(winner, changes[winner]!);
              const failed = finished(entry, "failed", NOW);
              await store.write(outcomeWrites({ entry, journalId: journalIdOf(entry) }, failed));
            }
          }),
      ),
      { seed: 44, numRuns: 20 },
    ),
  {
    "minds its own change alone": (store, worker, { lock: _, ...change }) =>
      announce(store, worker, change),
    "takes what is there for its own": async (store, worker, change) => {
      const writes = intentWrites(entryOf(worker, change));
      return (await store.write(writes.map(({ expect: _, ...write }) => write))).written;
    },
  },
);
