import assert from "assert";
import type { ReadStore, Store } from "../../../../runners/core/store/store.ts";
import { NO_EXTENSIONS } from "../../../../runners/repo/extensions.ts";
import { OPT_OUTS, SCHEDULES, UNKNOWN_ACCOUNT } from "../../../../runners/repo/inventory/rows.ts";
import { repoJob } from "../../../../runners/repo/job.ts";
import type { Asked } from "../../../../runners/repo/config.ts";
import { ManualClock } from "../../core/manual_clock.ts";
import { withStore } from "../../core/run/store_in_folder.ts";
import { settings } from "../decide/deciding.ts";
import { refresh } from "../verbs/inventory.ts";
import { aRole, DATA, PROD, roleIdOf } from "./roles.ts";

const ROLE = { account: PROD, name: "role-1" };
const OPT_OUT = { owner: "alice", reason: "mine", until: "2027-06-30", at: "" };
const SCHEDULE = { due: "2026-11-27T12:00:00.000Z", actions: ["sqs:SendMessage"], at: "" };

/** What a run of the job reads of earlier runs. */
function earlierOf(store: ReadStore, asked: Partial<Asked> = {}, publishes = false) {
  const job = repoJob({
    settings: settings({}, asked),
    extensions: () => NO_EXTENSIONS,
    clock: new ManualClock(),
  });
  return job.earlier(store, { accounts: [PROD, DATA], publishes });
}

/** A store that counts what is read of it. */
function counting(store: ReadStore) {
  const read = { gets: 0, rows: 0, kinds: new Set<string>() };
  const counted: ReadStore = {
    get: (kind, id) => {
      read.gets++;
      return store.get(kind, id);
    },
    list: async function* (kind, prefix) {
      read.kinds.add(kind);
      for await (const row of store.list(kind, prefix)) {
        read.rows++;
        yield row;
      }
    },
    close: () => {},
  };
  return { read, counted };
}

/** Two accounts with so many roles each. */
async function withRoles(count: number, work: (store: Store) => Promise<void>): Promise<void> {
  await withStore(async (store) => {
    const roles = (from: number) => Array.from({ length: count }, (_, at) => aRole(from + at));
    await refresh(store, { [PROD]: { roles: roles(1) }, [DATA]: { roles: roles(1_001) } });
    await work(store);
  });
}

Deno.test("a run of one role knows of it what a run of all roles does", async () => {
  await withRoles(3, async (store) => {
    const [all, one] = [await earlierOf(store), await earlierOf(store, { roles: [ROLE] })];
    const id = roleIdOf(1);
    assert.deepEqual([...one.roles], [[id, all.roles.get(id)]]);
    assert.deepEqual([...one.versions], [[id, all.versions.get(id)]]);
    assert.equal(all.roles.size, 6);
    assert.deepEqual(one.accounts, all.accounts);
  });
});

Deno.test("a run of one role gets as many rows, however many roles there are", async () => {
  const gets = async (count: number) => {
    const counts: number[] = [];
    await withRoles(count, async (store) => {
      const { read, counted } = counting(store);
      await earlierOf(counted, { roles: [ROLE] });
      assert.ok([...read.kinds].every((kind) => !kind.endsWith(DATA)), [...read.kinds].join());
      assert.ok(!read.kinds.has(`repo/role#${PROD}`));
      counts.push(read.gets);
    });
    return counts[0]!;
  };
  assert.equal(await gets(40), await gets(2));
});

Deno.test("a run of one role lists the schedules of the others of its account, too", async () => {
  await withRoles(3, async (store) => {
    await store.write([
      SCHEDULES.of(PROD).write(roleIdOf(2), SCHEDULE),
      SCHEDULES.of(DATA).write(roleIdOf(1_001), SCHEDULE),
    ]);
    const { roles, schedules, versions } = await earlierOf(store, { roles: [ROLE] });
    assert.deepEqual([...schedules], [[roleIdOf(2), SCHEDULE]]);
    assert.deepEqual([...roles.keys()].sort(), [roleIdOf(1), roleIdOf(2)]);
    assert.deepEqual([...versions.keys()], [roleIdOf(1)]);
  });
});

Deno.test("how numbers have changed is read of all roles, or where it is published", async () => {
  await withRoles(2, async (store) => {
    const accountsOf = async (asked: Partial<Asked>, publishes: boolean) =>
      (await earlierOf(store, asked, publishes)).numberChanges?.map(({ account }) => account);
    assert.equal(await accountsOf({ roles: [ROLE] }, false), undefined);
    for (const publishes of [false, true]) {
      assert.deepEqual(await accountsOf({}, publishes), [PROD, PROD, DATA, DATA].sort());
    }
    assert.deepEqual(await accountsOf({ roles: [ROLE] }, true), [PROD, PROD]);
  });
});

Deno.test("an opt-out counts whose account was not known when it was imported", async () => {
  await withRoles(2, async (store) => {
    const imported = OPT_OUTS.of(UNKNOWN_ACCOUNT);
    await store.write([imported.write(roleIdOf(1), OPT_OUT), imported.write(roleIdOf(2), OPT_OUT)]);
    const own = { ...OPT_OUT, owner: "bob" };
    await store.write([OPT_OUTS.of(PROD).write(roleIdOf(2), own)]);
    for (const asked of [{}, { roles: [ROLE] }]) {
      const { optOuts } = await earlierOf(store, asked);
      assert.equal(optOuts.get(roleIdOf(1))?.owner, "alice");
      assert.equal(optOuts.get(roleIdOf(2))?.owner, "bob");
    }
  });
});
