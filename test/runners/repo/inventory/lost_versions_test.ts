import assert from "assert";
import { readEarlier } from "../../../../runners/repo/inventory/read_earlier.ts";
import { readRoleState } from "../../../../runners/repo/inventory/role_state.ts";
import { roleWrites } from "../../../../runners/repo/inventory/role_writes.ts";
import { protectionsOf, sightsOf } from "../../../../runners/repo/decide/new_permissions.ts";
import { grantedBy } from "../../../../runners/repo/policy/granted.ts";
import { readDocuments } from "../../../../runners/repo/evaluate_role.ts";
import { loadCatalogue } from "../../../../runners/repo/catalogue/catalogue.ts";
import { makeUniverse } from "../../../../runners/repo/catalogue/universe.ts";
import type { Store } from "../../../../runners/core/store/store.ts";
import { withStore } from "../../core/run/store_in_folder.ts";
import { POLICIES, VERSIONS } from "../../../../runners/repo/inventory/rows.ts";
import { allowing, aRole, keyOf, PROD, roleIdOf, seenAt } from "./roles.ts";

const DAY_MS = 86_400_000;
const NOW = new Date("2026-11-20T12:00:00.000Z");
const ROLE = roleIdOf(1);
const daysAgo = (days: number) => new Date(NOW.getTime() - days * DAY_MS).toISOString();

/** The policies of the role, by how many days ago they came: sqs came within `protectNew`. */
const HISTORY: readonly (readonly [days: number, actions: readonly string[]])[] = [
  [100, ["s3:GetObject"]],
  [40, ["s3:GetObject", "s3:PutObject"]],
  [3, ["s3:GetObject", "s3:PutObject", "sqs:SendMessage"]],
];

const universe = makeUniverse(loadCatalogue(), []);

/** The new permissions, with `trustFirstScan`. */
async function protectedNow(store: Store): Promise<string[]> {
  const { versions } = await readEarlier(store, {
    now: NOW,
    sightMs: 400 * DAY_MS,
    accounts: [PROD],
    named: null,
  });
  const grants = (policies: { readonly [name: string]: string }) =>
    grantedBy(readDocuments(policies).documents, universe).actions;
  const sights = sightsOf({
    versions: versions.get(ROLE) ?? [],
    live: universe.union(HISTORY.at(-1)![1]),
    grants: ({ policies }) => grants(policies),
    now: NOW,
  });
  const config = { protectNew: "14d", usageWindow: "30d", trustFirstScan: true };
  const protections = protectionsOf(sights, config, NOW);
  return [...new Set(protections.flatMap(({ actions }) => [...actions]))].sort();
}

async function withHistory(work: (store: Store) => Promise<void>): Promise<void> {
  await withStore(async (store) => {
    for (const [days, actions] of HISTORY) {
      const role = aRole(1, { inline: { app: allowing(...actions) } });
      const state = await readRoleState(store, keyOf(1));
      assert.ok((await store.write(roleWrites(seenAt(daysAgo(days), role), state))).written);
    }
    await work(store);
  });
}

Deno.test("of a role whose history is whole, what came within the time is protected", async () => {
  await withHistory(async (store) => {
    assert.deepEqual(await protectedNow(store), ["sqs:SendMessage"]);
  });
});

for (const [name, rows] of [["versions", VERSIONS], ["policies", POLICIES]] as const) {
  for (let lost = 1; lost < 8; lost++) {
    const which = [0, 1, 2].filter((at) => lost & (1 << at));
    Deno.test(`where ${name} are lost (${which} of 0 to 2), what is new stays protected`, async () => {
      await withHistory(async (store) => {
        const { kind } = rows.of(PROD);
        const found = await Array.fromAsync(store.list(kind, `${ROLE}/`));
        await store.write(which.map((at) => ({ kind, id: found[at]!.id, value: undefined })));
        assert.ok((await protectedNow(store)).includes("sqs:SendMessage"));
      });
    });
  }
}
