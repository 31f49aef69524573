import assert from "assert";
import { planOf } from "../present/plan_fixture.ts";
import type { Store } from "../../../../runners/core/store/store.ts";
import { SCHEDULES } from "../../../../runners/repo/inventory/rows.ts";
import type { RoleEntry } from "../../../../runners/repo/present/names.ts";
import { coverageOf, type UnprovenRegion } from "../../../../runners/core/plan/coverage.ts";
import {
  cancelVerb,
  type ScheduledRole,
  scheduledVerb,
  scheduleVerb,
} from "../../../../runners/repo/verbs/schedule.ts";
import { withStore } from "../../core/run/store_in_folder.ts";
import { anEntry, aRole, DATA, PROD, roleIdOf, writesOf } from "../inventory/roles.ts";
import { answering, answeringAt, refresh, said } from "./inventory.ts";

const WEEK_MS = 7 * 86_400_000;
const AFTER_A_WEEK = answeringAt("2026-11-27T12:00:00.000Z");

function entry(number: number, part: Partial<RoleEntry> = {}): RoleEntry {
  const loss = { reason: "service-unused", last_used: null } as const;
  return {
    account: PROD,
    role: `role-${number}`,
    role_id: roleIdOf(number),
    arn: `arn:aws:iam::${PROD}:role/role-${number}`,
    created: "2024-01-01T00:00:00.000Z",
    last_used: null,
    evidence: { source: "iam", level: "service", completed_at: "", services: 2 },
    ineligible: [],
    mode: "apply",
    permissions: 100,
    removable: 3,
    loses: [
      { ...loss, service: "sqs", actions: ["sqs:SendMessage", "sqs:DeleteQueue"] },
      { ...loss, service: "rds", actions: ["rds:DescribeDBInstances"] },
    ],
    keeps: [],
    edits: [],
    size: { before: 10, after: 5 },
    managed: [],
    instance_profiles: [],
    unused: false,
    notes: [],
    ...part,
  };
}

async function schedule(
  store: Store,
  entries: readonly RoleEntry[],
  how = answering,
  afterSchedule = (_: readonly ScheduledRole[]) => Promise.resolve(),
  unproven: readonly UnprovenRegion[] = [],
) {
  const { own } = planOf(entries);
  const plan = { coverage: coverageOf([], unproven), own };
  return await scheduleVerb(store, plan, { scheduleAfterMs: WEEK_MS, afterSchedule }, how);
}

async function inStore(work: (store: Store) => Promise<void>): Promise<void> {
  await withStore(async (store) => {
    await refresh(store, { [PROD]: { roles: [aRole(1), aRole(2)] } });
    await work(store);
  });
}

const unscheduled: readonly [what: string, part: Partial<RoleEntry>][] = [
  ["is not eligible", { ineligible: [{ reason: "age", detail: "" }] }],
  ["is proposed only", { mode: "propose" }],
  ["has no evidence", { evidence: { reason: "throttled", detail: "" } }],
  ["has nothing to lose", { removable: 0, loses: [] }],
];

for (const [what, part] of unscheduled) {
  Deno.test(`a role that ${what} is not scheduled`, async () => {
    await inStore(async (store) => {
      let called = false;
      await schedule(store, [entry(1, part)], answering, () => {
        called = true;
        return Promise.resolve();
      });
      assert.equal((await SCHEDULES.read(store, [PROD])).size, 0);
      assert.equal(called, false);
    });
  });
}

Deno.test("what a role would lose is frozen, and its day stays when it is scheduled again", async () => {
  await inStore(async (store) => {
    await schedule(store, [entry(1)]);
    const other = [{ ...entry(1).loses[0]!, actions: ["sqs:SendMessage"] }];
    const { text } = await schedule(store, [entry(1, { loses: other })], AFTER_A_WEEK);
    assert.match(said({ text }), /Nothing new is scheduled, of 1 role/);
    assert.match(said({ text }), /1 role was scheduled already; their day stays/);
    assert.deepEqual((await SCHEDULES.of(PROD).get(store, roleIdOf(1)))?.value, {
      due: "2026-11-27T12:00:00.000Z",
      actions: ["rds:DescribeDBInstances", "sqs:DeleteQueue", "sqs:SendMessage"],
      at: "2026-11-20T12:00:00.000Z",
    });
  });
});

Deno.test("an account that could not be read is told first, and is exit 3", async () => {
  await inStore(async (store) => {
    const unread = { account: DATA, region: "global", reason: "access-denied", detail: "no way" };
    const { text, json, exitCode } = await schedule(store, [entry(1)], answering, undefined, [
      unread,
    ]);
    assert.equal(exitCode, 3);
    assert.match(
      said({ text }),
      /^Coverage[^]*not read[^]*no way[^]*Scheduled 3 permissions of 1 of 1 role/,
    );
    assert.deepEqual((json as { unproven: unknown }).unproven, [unread]);
  });
});

Deno.test("the hooks are told once, when all is stored", async () => {
  await inStore(async (store) => {
    const told: string[][] = [];
    await schedule(store, [entry(1), entry(2)], answering, async (roles) => {
      assert.equal((await SCHEDULES.read(store, [PROD])).size, 2);
      told.push(roles.map(({ role }) => role));
    });
    assert.deepEqual(told, [["role-1", "role-2"]]);
  });
});

Deno.test("a hook that throws loses nothing of the schedule, and is exit 3", async () => {
  await inStore(async (store) => {
    const { text, exitCode } = await schedule(
      store,
      [entry(1)],
      answering,
      () => Promise.reject(new Error("no mail today")),
    );
    assert.equal(exitCode, 3);
    assert.match(
      said({ text }),
      /The schedule is stored; a hook AFTER_SCHEDULE_REPO failed: no mail today/,
    );
    assert.equal((await SCHEDULES.read(store, [PROD])).size, 1);
  });
});

Deno.test("a schedule is pending until its time has come, and due from then on", async () => {
  await inStore(async (store) => {
    await schedule(store, [entry(1)]);
    const stateAt = async (now: string) => {
      const { json } = await scheduledVerb(store, null, answeringAt(now));
      return (json as unknown as { state: string }[])[0]!.state;
    };
    assert.equal(await stateAt("2026-11-27T11:59:59.999Z"), "pending");
    assert.equal(await stateAt("2026-11-27T12:00:00.000Z"), "due");
    const { text } = await scheduledVerb(store, null, answering);
    assert.equal(
      said({ text }),
      `1 role scheduled: 0 due, 1 pending

  role     account   permissions             when
  role-1   prod                3   pending   27 Nov 12:00 UTC, in 7 days

To cancel one:
  groundskeeper repo schedule --cancel --role 111111111111/role-1
`,
    );
  });
});

for (const [state, how] of [["pending", answering], ["due", AFTER_A_WEEK]] as const) {
  Deno.test(`a ${state} schedule is canceled, alone or with all`, async () => {
    for (const whose of [{ account: PROD, name: "role-1" }, { accounts: null }]) {
      await inStore(async (store) => {
        await schedule(store, [entry(1)]);
        const { text } = await cancelVerb(store, whose, how);
        assert.match(said({ text }), new RegExp(`Canceled 1 of 1 schedule: .*1 ${state}`));
        assert.equal((await SCHEDULES.read(store, [PROD])).size, 0);
      });
    }
  });
}

Deno.test("to cancel one schedule leaves the others, and those of other accounts", async () => {
  await inStore(async (store) => {
    await schedule(store, [entry(1), entry(2)]);
    await cancelVerb(store, { account: PROD, name: "role-1" }, answering);
    await cancelVerb(store, { accounts: [DATA] }, answering);
    assert.deepEqual([...(await SCHEDULES.read(store, [PROD])).keys()], [roleIdOf(2)]);
    await assert.rejects(
      cancelVerb(store, { account: PROD, name: "role-1" }, answering),
      /Nothing is scheduled for 111111111111\/role-1/,
    );
  });
});

Deno.test("a change that was made ends its schedule, and the role can be scheduled anew", async () => {
  await inStore(async (store) => {
    await schedule(store, [entry(1)]);
    await store.write(writesOf(anEntry({
      roleId: roleIdOf(1),
      before: {},
      after: {},
      intended: "2026-11-28T00:00:00.000Z",
      finished: "2026-11-28T00:00:00.000Z",
      outcome: "done",
    })));
    assert.equal((await SCHEDULES.read(store, [PROD])).size, 0);
    await schedule(store, [entry(1)], AFTER_A_WEEK);
    assert.equal(
      (await SCHEDULES.of(PROD).get(store, roleIdOf(1)))?.value.at,
      "2026-11-27T12:00:00.000Z",
    );
  });
});
