import assert from "assert";
import type { JournalEntry } from "../../runners/core/journal/entry.ts";
import { openIntents } from "../../runners/core/journal/journal.ts";
import { reservationsOf } from "../../runners/core/limits/reservations.ts";
import { runsOf } from "../../runners/core/run/run_register.ts";
import type { ReadStore } from "../../runners/core/store/store.ts";
import { journalChange, kindOf, policiesAfter } from "../../runners/repo/change/repo_change.ts";
import { findRole } from "../../runners/repo/inventory/role_state.ts";
import { listVersions, readPolicies } from "../../runners/repo/inventory/versions.ts";
import type { RepoWorld } from "../e2e/repo_world.ts";
import type { KillStore } from "./kill_store.ts";
import { momentsOf, type Seeded } from "./policy_moments.ts";
import { UNBOUNDED } from "../../runners/core/limits/limits.ts";
import { wholeJournal } from "../runners/core/journal/whole_journal.ts";

/**
 * What an account and the store hold after some runs of the job, as it can be compared from world
 * to world.
 *
 * How a change got there is not part of it: one that was refused, or made in part, has an entry of
 * its own in the journal, and so has a moment between two calls among the versions. What must hold
 * of these is asserted here.
 *
 * @param seeded the inline policies of each role before the first run
 * @param earlier the run that came before it, of which the journal is not looked at
 */
export async function repoKillState(
  world: RepoWorld,
  store: KillStore,
  seeded: Seeded,
  earlier?: string,
) {
  const names = Object.keys(seeded);
  const live = Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await world.policies(name)] as const)),
  );
  const moments = momentsOf(world.aws.proxy.calls, seeded, live);
  const kept = await store.read(world, (opened) => rows(opened, world, seeded, live, earlier));
  return { live, ...moments, ...kept };
}

async function rows(
  store: ReadStore,
  world: RepoWorld,
  seeded: Seeded,
  live: Seeded,
  earlier?: string,
) {
  const entries = (await wholeJournal(store, "repo")).filter(({ run_id }) => run_id !== earlier);
  const runs = [];
  for await (const run of runsOf(store, "repo")) runs.push(run);
  const { reservations } = await reservationsOf(store, "repo", { limits: UNBOUNDED, share: false });
  const versions: Record<string, unknown> = {};
  for (const name of Object.keys(seeded)) {
    versions[name] = await versionsOf(store, world, name, seeded, live);
  }
  return {
    journal: Object.fromEntries(
      [...Map.groupBy(entries.filter((entry) => kindOf(entry) !== "stamp"), nameOf)]
        .map(([name, those]) => [name, journalOf(those)]).sort(),
    ),
    versions,
    open: (await openIntents(store, "repo")).length,
    spent: reservations.flatMap(({ wanted }) => wanted).reduce((sum, { count }) => sum + count, 0),
    unfinished: [
      ...runs.filter(({ finished }) => finished === null).map(({ run_id }) => run_id),
      ...reservations.filter(({ finished }) => !finished).map(({ run_id }) => run_id),
    ],
  };
}

/** Of a role, or of a managed policy. */
function nameOf({ target }: JournalEntry): string {
  return target.split("/").at(-1)!;
}

/** What the last entry of a role says; those before it had no effect, or not the whole one. */
function journalOf(entries: readonly JournalEntry[]) {
  const last = entries.at(-1)!;
  for (const { outcome } of entries.slice(0, -1)) assert.equal(outcome, "failed");
  // A read that AWS refuses after the write leaves it unseen, and it is there all the same.
  const { outcome, error } = last;
  const isMade = outcome === "done" || (outcome === "unknown" && error?.code === "not-seen");
  assert.ok(isMade, `${last.target}: ${outcome}, ${JSON.stringify(error)}`);
  const { after } = journalChange(last);
  assert.ok(after.kind !== "stamp");
  return { kind: after.kind, policies: policiesAfter(after) };
}

/** The first and the last version of a role, either of which can be brought back. */
async function versionsOf(
  store: ReadStore,
  { accounts: [account = ""] }: RepoWorld,
  name: string,
  seeded: Seeded,
  live: Seeded,
) {
  const row = await findRole(store, { account, name });
  assert.ok(row, `nothing is known of ${name}`);
  const versions = await listVersions(store, row);
  const policies = await Promise.all(
    versions.map(({ hash }) => readPolicies(store, row, hash)),
  );
  assert.ok(policies.every((one) => one !== undefined), `a version of ${name} is damaged`);
  const at = policies.findIndex((one) => isSame(one!, seeded[name]!));
  assert.ok(at >= 0, `what ${name} had before is no version`);
  assert.deepEqual({ ...policies.at(-1) }, live[name], `the newest version of ${name}`);
  // What lies between them is ours too, and nobody else's.
  const sources = new Set(versions.slice(at + 1).map(({ source }) => source));
  return { before: versions[at]!.source, since: [...sources] };
}

function isSame(a: Seeded[string], b: Seeded[string]): boolean {
  const text = (policies: Seeded[string]) => JSON.stringify(Object.entries(policies).sort());
  return text(a) === text(b);
}
