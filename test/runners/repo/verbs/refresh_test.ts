import assert from "assert";
import { partsOf } from "../../../../runners/core/parts.ts";
import { StoreError } from "../../../../runners/core/errors.ts";
import { type Store, type Write, writeRounds } from "../../../../runners/core/store/store.ts";
import { observationWrites } from "../../../../runners/repo/inventory/observation_writes.ts";
import type { ObservedRole } from "../../../../runners/repo/observed.ts";
import { readEarlier } from "../../../../runners/repo/inventory/read_earlier.ts";
import { readObserved } from "../../../../runners/repo/inventory/read_observed.ts";
import { currentRows, findRole } from "../../../../runners/repo/inventory/role_state.ts";
import {
  ACCESS,
  ACCOUNTS,
  NAMES,
  POLICIES,
  ROLES,
  STATS,
  TRACKED,
  VERSIONS,
} from "../../../../runners/repo/inventory/rows.ts";
import { listVersions, readVersion } from "../../../../runners/repo/inventory/versions.ts";
import { withStore } from "../../core/run/store_in_folder.ts";
import {
  allowing,
  aRole,
  DATA,
  evidenceOf,
  JUDGED,
  keyOf,
  PROD,
  roleIdOf,
} from "../inventory/roles.ts";
import { accountsIn, NOW, refresh, said } from "./inventory.ts";

const LATER = new Date("2026-11-21T12:00:00.000Z");
const AN_ACCOUNT = {
  id: PROD,
  name: "prod",
  partition: "aws",
  failure: null,
  at: LATER.toISOString(),
  managed: {},
};
const ALL = { accounts: [PROD, DATA], named: null };
const DENIED = Object.assign(new Error("not authorized"), { name: "AccessDenied" });

async function activeOf(store: Store): Promise<string[]> {
  return [...(await ROLES.read(store, [PROD, DATA])).values()].filter(({ active }) => active)
    .map(({ name }) => name);
}

Deno.test("an account that fails in the middle is told, is exit 3, and none of its roles is gone", async () => {
  await withStore(async (store) => {
    await refresh(store, { [PROD]: { roles: [aRole(1), aRole(2)] } });
    const answer = await refresh(store, { [PROD]: { roles: [aRole(1)], fails: DENIED } }, LATER);
    assert.equal(answer.exitCode, 3);
    assert.match(said(answer), /Not refreshed.*\n.*prod.*AccessDenied: not authorized/);
    assert.deepEqual(await activeOf(store), ["role-1", "role-2"]);
    const row = (await ACCOUNTS.get(store, PROD))!.value;
    assert.equal(row.refreshed, NOW.toISOString());
    assert.equal(row.failure?.reason, "access-denied");
  });
});

Deno.test("one account that fails does not keep the others from being refreshed", async () => {
  await withStore(async (store) => {
    const answer = await refresh(store, {
      [PROD]: { roles: [], fails: DENIED },
      [DATA]: { roles: [aRole(2)] },
    });
    assert.deepEqual(accountsIn(answer).map(({ roles }) => roles), [0, 1]);
    assert.equal((await ACCOUNTS.get(store, PROD))?.value.refreshed, null);
  });
});

Deno.test("roles that a whole read no longer has are inactive and kept, with all that was known", async () => {
  await withStore(async (store) => {
    await refresh(store, {
      [PROD]: { roles: [aRole(1), aRole(2)] },
      [DATA]: { roles: [aRole(3)] },
    });
    const answer = await refresh(store, { [PROD]: { roles: [aRole(2)] } }, LATER);
    assert.equal(accountsIn(answer)[0]!.gone, 1);
    assert.deepEqual(await activeOf(store), ["role-2", "role-3"]);
    const gone = await findRole(store, { account: PROD, name: "role-1" });
    assert.equal(gone?.active, false);
    assert.equal((await listVersions(store, keyOf(1))).length, 1);
  });
});

/** What a run stores that has read only some of the roles of `prod`. */
async function observeSome(store: Store, roles: ObservedRole[]): Promise<void> {
  const named = roles.map(({ name }) => ({ account: PROD, name }));
  const earlier = await readEarlier(store, { accounts: [PROD], named, now: LATER, sightMs: 0 });
  const account = { ...AN_ACCOUNT, whole: false, roles };
  const looking = { earlier, observed: partsOf([account]), judge: () => JUDGED };
  await writeRounds(store, observationWrites(looking));
}

Deno.test("a read of some roles concludes nothing about the others", async () => {
  await withStore(async (store) => {
    await refresh(store, { [PROD]: { roles: [aRole(1), aRole(2)] } });
    await observeSome(store, [aRole(2)]);
    assert.deepEqual(await activeOf(store), ["role-1", "role-2"]);
    assert.equal((await ACCOUNTS.get(store, PROD))?.value.refreshed, NOW.toISOString());
  });
});

Deno.test("the roles of an account are found of which only some were ever read", async () => {
  await withStore(async (store) => {
    await observeSome(store, [aRole(2)]);
    const rows = await Array.fromAsync(currentRows(store));
    assert.deepEqual(rows.map(({ name }) => name), ["role-2"]);
    assert.equal((await ACCOUNTS.get(store, PROD))?.value.refreshed, null);
    const [account] = await readObserved(store);
    assert.equal(account!.failure?.reason, "never-refreshed");
  });
});

Deno.test("the roles of an account are found whose first refresh was killed", async () => {
  await withStore(async (store) => {
    const roles = Array.from({ length: 21 }, (_, number) => aRole(number));
    const killed = new StoreError("killed");
    await assert.rejects(refresh(store, { [PROD]: { roles, fails: killed } }), killed);
    assert.equal((await Array.fromAsync(currentRows(store))).length, 20);
  });
});

Deno.test("a role made anew under its name is another role, also in a read of some roles", async () => {
  for (const isNarrowed of [true, false]) {
    await withStore(async (store) => {
      await refresh(store, { [PROD]: { roles: [aRole(1, { name: "app" })] } });
      const anew = aRole(2, { name: "app" });
      if (isNarrowed) await observeSome(store, [anew]);
      else await refresh(store, { [PROD]: { roles: [anew] } }, LATER);
      assert.equal((await ROLES.of(PROD).get(store, roleIdOf(1)))?.value.active, false);
      assert.equal((await findRole(store, { account: PROD, name: "app" }))?.role_id, roleIdOf(2));
    });
  }
});

Deno.test("a role that comes back is active again", async () => {
  await withStore(async (store) => {
    await refresh(store, { [PROD]: { roles: [aRole(1)] } });
    await refresh(store, { [PROD]: { roles: [] } }, LATER);
    await refresh(store, { [PROD]: { roles: [aRole(1)] } }, new Date(LATER.getTime() + 1000));
    assert.deepEqual(await activeOf(store), ["role-1"]);
  });
});

Deno.test("a store that cannot be written ends the refresh, and is no failure of an account", async () => {
  await withStore(async (store) => {
    const broken: Store = {
      get: (kind, id) => store.get(kind, id),
      list: (kind, prefix) => store.list(kind, prefix),
      close: () => {},
      write: () => Promise.reject(new StoreError("disk full")),
      writeEach: () => Promise.reject(new StoreError("disk full")),
    };
    await assert.rejects(refresh(broken, { [PROD]: { roles: [aRole(1)] } }), StoreError);
  });
});

Deno.test("a role is judged by what earlier runs left of it, and of no other", async () => {
  await withStore(async (store) => {
    await refresh(store, { [PROD]: { roles: [aRole(1), aRole(2)] } });
    const known: string[] = [];
    const inline = { app: allowing("s3:*") };
    await refresh(store, { [PROD]: { roles: [aRole(1, { inline }), aRole(3)] } }, LATER, {
      judge: (role, _account, { roles, versions }) => {
        known.push(`${role.name} ${roles.size} ${versions.get(role.roleId)?.length ?? 0}`);
        return JUDGED;
      },
    });
    assert.deepEqual(known.sort(), ["role-1 1 1", "role-3 0 0"]);
  });
});

Deno.test("an action is tracked since the first report that lists it", async () => {
  await withStore(async (store) => {
    const report = (completedAt: string, ...actions: readonly string[]) => ({
      ...evidenceOf([]),
      level: "action" as const,
      completedAt,
      services: {
        s3: {
          lastUsed: null,
          region: null,
          actions: Object.fromEntries(actions.map((one) => [one, null])),
        },
      },
    });
    const [first, second] = ["2026-11-20T02:00:00.000Z", "2026-11-21T02:00:00.000Z"] as const;
    await refresh(store, {
      [PROD]: { roles: [aRole(1, { evidence: report(first, "GetObject") })] },
    });
    const evidence = report(second, "GetObject", "PutObject");
    await refresh(store, { [PROD]: { roles: [aRole(1, { evidence })] } }, LATER);
    const since = [...await TRACKED.read(store)].map(([id, row]) => [id, row.since]);
    assert.deepEqual(since, [["s3:getobject", first], ["s3:putobject", second]]);
    const observed = await readObserved(store);
    assert.deepEqual(observed[0]!.roles[0]!.evidence, evidence);
  });
});

Deno.test("what was observed can be planned from again, as it was", async () => {
  await withStore(async (store) => {
    const role = aRole(1, {
      tags: { team: "a" },
      description: "an app",
      attached: ["arn:aws:iam::aws:policy/ReadOnly"],
      evidence: {
        ...evidenceOf(["s3", "sqs"]),
        services: {
          s3: { lastUsed: "2026-11-19T00:00:00.000Z", region: "us-east-1", actions: null },
          sqs: { lastUsed: null, region: null, actions: null },
        },
      },
    });
    const failed = aRole(2, { evidence: { reason: "throttled", detail: "Rate exceeded" } });
    await refresh(store, { [PROD]: { roles: [role, failed] } });
    const accounts = await readObserved(store);
    assert.deepEqual(accounts[0]!.roles, [role, failed]);
    assert.equal(accounts[0]!.failure, null);
  });
});

Deno.test("an account that was never read whole is one that could not be read", async () => {
  await withStore(async (store) => {
    await refresh(store, { [PROD]: { roles: [aRole(1)], fails: DENIED } });
    const accounts = await readObserved(store);
    assert.deepEqual(accounts.map(({ failure, roles }) => [failure?.reason, roles.length]), [
      ["access-denied", 0],
    ]);
  });
});

Deno.test("earlier versions are read only of roles that have changed lately", async () => {
  await withStore(async (store) => {
    const day = 86_400_000;
    const at = (days: number) => new Date(NOW.getTime() + days * day);
    const changed = { app: allowing("s3:*") };
    await refresh(store, { [PROD]: { roles: [aRole(1), aRole(2)] } }, at(0));
    await refresh(store, { [PROD]: { roles: [aRole(1), aRole(2, { inline: changed })] } }, at(20));
    const listed: string[] = [];
    const watched = {
      ...store,
      get: store.get.bind(store),
      list: (kind: string, prefix?: string) => {
        if (kind === VERSIONS.of(PROD).kind) listed.push(prefix ?? "");
        return store.list(kind, prefix);
      },
    };
    const earlier = await readEarlier(watched, { ...ALL, now: at(21), sightMs: 14 * day });
    const versions = (number: number) =>
      earlier.versions.get(roleIdOf(number))!.map(({ seq, policies }) => [seq, policies]);
    assert.deepEqual(versions(1), [[1, aRole(1).inline]]);
    assert.deepEqual(versions(2), [[1, aRole(2).inline], [2, changed]]);
    assert.deepEqual(listed, [`${roleIdOf(2)}/`]);
    const old = await readEarlier(store, { ...ALL, now: at(40), sightMs: 14 * day });
    assert.deepEqual(old.versions.get(roleIdOf(2))!.map(({ seq }) => seq), [2]);
    const other = await readEarlier(store, { ...ALL, now: at(40), sightMs: 0, accounts: [DATA] });
    assert.equal(other.roles.size, 0);
  });
});

Deno.test("of a version that was tampered with nothing counts as granted before", async () => {
  await withStore(async (store) => {
    await refresh(store, { [PROD]: { roles: [aRole(1)] } });
    for await (const { id } of POLICIES.of(PROD).list(store)) {
      await store.write([POLICIES.of(PROD).write(id, { policies: { app: "{}" } })]);
    }
    const earlier = await readEarlier(store, { ...ALL, now: LATER, sightMs: 0 });
    assert.deepEqual(earlier.versions.get(roleIdOf(1))!.map(({ policies }) => policies), [{}]);
    // The next refresh finds them in the account, and stores them again.
    await refresh(store, { [PROD]: { roles: [aRole(1)] } }, LATER);
    const version = await readVersion(store, keyOf(1), 1);
    assert.deepEqual("policies" in version && version.policies, aRole(1).inline);
  });
});

Deno.test("what a run leaves of all that it has seen is what a refresh leaves", async () => {
  const before = { [PROD]: { roles: [aRole(1), aRole(2), aRole(3, { name: "app" })] } };
  const roles = [
    aRole(1, { inline: { app: allowing("s3:*") } }),
    aRole(4),
    aRole(5, { name: "app" }),
  ];
  const rowsAfter = async (look: (store: Store) => Promise<unknown>) => {
    const rows: Record<string, unknown> = {};
    await withStore(async (store) => {
      await refresh(store, before);
      await look(store);
      for (const kind of KINDS) {
        for await (const { id, value } of store.list(kind)) rows[`${kind} ${id}`] = value;
      }
    });
    return rows;
  };
  const observed = partsOf([{ ...AN_ACCOUNT, whole: true, roles }]);
  const refreshed = await rowsAfter((store) => refresh(store, { [PROD]: { roles } }, LATER));
  const looked = await rowsAfter(async (store) => {
    const earlier = await readEarlier(store, { ...ALL, now: LATER, sightMs: 0 });
    const looking = { observed, earlier, judge: () => JUDGED };
    await writeRounds(store, observationWrites(looking));
  });
  assert.deepEqual(looked, refreshed);
});

const KINDS = [
  ...[ROLES, NAMES, VERSIONS, POLICIES, STATS, ACCESS].map((rows) => rows.of(PROD).kind),
  ACCOUNTS.kind,
];

Deno.test("a run that could not read an account leaves its roles as they are", async () => {
  await withStore(async (store) => {
    await refresh(store, { [PROD]: { roles: [aRole(1)] } });
    const earlier = await readEarlier(store, { ...ALL, now: LATER, sightMs: 0 });
    const account = { ...AN_ACCOUNT, roles: [] };
    const failed = { ...account, whole: true, failure: { reason: "access-denied", detail: "" } };
    const looking = { earlier, judge: () => JUDGED };
    assert.deepEqual(
      observationWrites({ ...looking, observed: partsOf([failed]) }).flat(),
      [],
    );
    const some = partsOf([{ ...account, whole: false }]);
    assert.deepEqual(
      observationWrites({ ...looking, observed: some }).flat().map(({ kind }) => kind),
      [],
    );
  });
});

Deno.test("a refresh holds some roles at a time, however many there are", async () => {
  const count = 20_000;
  let ahead = 0, most = 0;
  const rows = new Map<string, Write>();
  // Not the real store: its disk would be measured, and not what is held.
  const store: Store = {
    get: (kind, id) => {
      const row = rows.get(`${kind} ${id}`);
      return Promise.resolve(row && { kind, id, revision: 1, value: row.value! });
    },
    list: async function* (kind, prefix = "") {
      for (const [key, { id, value }] of rows) {
        if (key.startsWith(`${kind} ${prefix}`)) yield { kind, id, revision: 1, value: value! };
      }
    },
    close: () => {},
    write: (writes) => {
      for (const write of writes) {
        if (write.kind === ROLES.of(PROD).kind) ahead--;
        rows.set(`${write.kind} ${write.id}`, write);
      }
      return Promise.resolve({ written: true });
    },
    writeEach: async (writes) => void await store.write(writes),
  };
  const answer = await refresh(store, { [PROD]: { roles: [] } }, NOW, {
    open: () =>
      Promise.resolve({
        partition: "aws",
        roles: async function* () {
          for (let number = 0; number < count; number++) {
            most = Math.max(most, ++ahead);
            await Promise.resolve();
            yield aRole(number);
          }
        },
      }),
  });
  assert.equal(accountsIn(answer)[0]!.roles, count);
  assert.ok(most <= 20, `${most} roles were held`);
});
