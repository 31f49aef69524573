import assert from "assert";
import { MemoryStore } from "../../../runners/adapters/memory/memory_store.ts";
import type { JsonObject } from "../../../runners/core/json.ts";
import { repoSchema } from "../../../runners/repo/config.ts";
import { OPT_OUTS, SCHEDULES } from "../../../runners/repo/inventory/rows.ts";
import { stored } from "../../../runners/repo/stored.ts";
import { aRole, DATA, PROD, roleIdOf } from "./inventory/roles.ts";
import { NOW, refresh } from "./verbs/inventory.ts";

const config = repoSchema.parse({});
const UNTIL = new Date("2026-12-04T12:00:00.000Z");
const AT = NOW.toISOString();
const ACTIONS = ["sns:Publish", "sqs:SendMessage"];

/** Two roles of prod and one of data; nothing is scheduled yet. */
async function world(): Promise<MemoryStore> {
  const store = new MemoryStore();
  const of = (account: string, number: number) =>
    aRole(number, { arn: `arn:aws:iam::${account}:role/role-${number}` });
  await refresh(store, {
    [PROD]: { roles: [of(PROD, 1), of(PROD, 2)] },
    [DATA]: { roles: [of(DATA, 3)] },
  });
  return store;
}

async function schedule(store: MemoryStore, account: string, number: number, due: string) {
  await store.write([
    SCHEDULES.of(account).write(roleIdOf(number), { due, actions: ACTIONS, at: AT }),
  ]);
}

Deno.test("scheduled removals come on their day, and one that is due with the next run", async () => {
  const store = await world();
  await schedule(store, PROD, 1, "2026-11-27T12:00:00.000Z");
  await schedule(store, DATA, 3, "2026-11-19T12:00:00.000Z");
  await schedule(store, PROD, 2, "2026-12-05T12:00:00.000Z");
  const found = await stored.upcoming(store, config, NOW, UNTIL);
  const text = "to lose what is still unused of 2 scheduled permissions";
  const said = { region: "global", action: "iam:PutRolePolicy", text };
  assert.deepEqual(found, [
    { at: AT, account: DATA, ...said, target: `arn:aws:iam::${DATA}:role/role-3`, name: "role-3" },
    {
      ...{ at: "2026-11-27T12:00:00.000Z", account: PROD, ...said },
      ...{ target: `arn:aws:iam::${PROD}:role/role-1`, name: "role-1" },
    },
  ]);
});

Deno.test("a role that is opted out on that day loses nothing, nor does one that is gone", async () => {
  const store = await world();
  await schedule(store, PROD, 1, "2026-11-27T12:00:00.000Z");
  await schedule(store, PROD, 2, "2026-11-27T12:00:00.000Z");
  await schedule(store, PROD, 9, "2026-11-27T12:00:00.000Z");
  const optOut = { owner: "alice", reason: "yearly", at: AT };
  await store.write([
    OPT_OUTS.of(PROD).write(roleIdOf(1), { ...optOut, until: "2026-11-27" }),
    OPT_OUTS.of(PROD).write(roleIdOf(2), { ...optOut, until: "2026-11-26" }),
  ]);
  const found = await stored.upcoming(store, config, NOW, UNTIL);
  assert.deepEqual(found.map(({ name }) => name), ["role-2"]);
  assert.deepEqual(
    await stored.ending(store, config, NOW, UNTIL),
    [2, 1].map((number) => ({
      at: `2026-11-${number === 2 ? 27 : 28}T00:00:00.000Z`,
      targets: [`arn:aws:iam::${PROD}:role/role-${number}`],
      text: "an opt-out of alice ends: yearly",
    })),
  );
});

Deno.test("what was done is said in words; a stamp of a role is told nobody", () => {
  const done = (action: string, after: JsonObject) => stored.doneBy({ action, before: {}, after });
  const restore = { kind: "restore", version: null };
  assert.deepEqual(
    [
      done("iam:PutRolePolicy", { kind: "repo", version: null }),
      done("iam:DeleteRolePolicy", { kind: "remove", version: null }),
      done("iam:CreatePolicyVersion", { kind: "repo", version: null }),
      done("iam:PutRolePolicy", { kind: "restore", version: 3 }),
      done("iam:PutRolePolicy", { ...restore, undoes: "01JD" }),
      done("iam:PutRolePolicy", restore),
      done("iam:TagRole", { kind: "stamp" }),
    ],
    [
      "permissions removed",
      "permissions removed",
      "permissions removed",
      "policies restored",
      "policies restored",
      "permissions given back",
      null,
    ],
  );
});
