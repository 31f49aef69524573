import assert from "assert";
import type { JournalEntry } from "../../../../runners/core/journal/entry.ts";
import { journalIdOf, outcomeWrites } from "../../../../runners/core/journal/journal.ts";
import { readRemovals } from "../../../../runners/repo/inventory/read_removals.ts";
import type { EarlierRoles } from "../../../../runners/repo/inventory/read_earlier.ts";
import type { Removal } from "../../../../runners/repo/planning.ts";
import { withStore } from "../../core/run/store_in_folder.ts";
import { aRole, daysAgo, NOW, removal, restore } from "../present/plan_fixture.ts";
import { journalOf } from "../present/explain_world.ts";
import { writesOf } from "./roles.ts";

const WEEK_MS = 7 * 86_400_000;

const APP = aRole("app", {
  edits: [{ name: "app", before: '{"Statement":["before"]}', after: '{"Statement":["after"]}' }],
});

const COUNTS = { permissions: 10, removable: 0, disqualified_by: [] };

/** The entry of a removal from the role so many days ago. */
function removed(days: number, actions: readonly string[], part: Partial<JournalEntry> = {}) {
  const entry = journalOf(APP, days, `run-${days}`);
  const { after } = removal(APP, { removed: [...actions], ...COUNTS });
  return { ...entry, after, change_id: `change-${days}`, finished_at: daysAgo(days), ...part };
}

function restored(days: number, gained: readonly string[], part: Partial<JournalEntry> = {}) {
  const { before, after } = restore(APP, { gained: [...gained], removed: [], ...COUNTS });
  return removed(days, [], { before, after, ...part });
}

/** What is read of a store with these entries, whose rows were written as runs write them. */
async function read(
  entries: readonly JournalEntry[],
  watchMs = WEEK_MS,
  about: Partial<EarlierRoles> = {},
): Promise<Removal[]> {
  let removals: Removal[] = [];
  await withStore(async (store) => {
    for (const entry of entries) {
      await store.write(writesOf({ ...entry, outcome: null }));
      await store.write([
        ...outcomeWrites({ entry, journalId: journalIdOf(entry) }, entry),
        ...writesOf(entry),
      ]);
    }
    removals = await readRemovals(store, NOW, watchMs, {
      accounts: [APP.account],
      named: null,
      ...about,
    });
  });
  return removals;
}

const actionsOf = (removals: readonly Removal[]) => removals.map(({ actions }) => actions);

for (const outcome of ["failed", "drifted", "skipped"] as const) {
  Deno.test(`a removal that ${outcome} denies nothing`, async () => {
    assert.deepEqual(await read([removed(1, ["sqs:SendMessage"], { outcome })]), []);
  });
}

for (const outcome of ["done", "unknown", null] as const) {
  Deno.test(`a removal whose outcome is ${outcome} may deny something`, async () => {
    const entry = removed(1, ["sqs:SendMessage"], { outcome });
    assert.deepEqual(actionsOf(await read([entry])), [["sqs:SendMessage"]]);
  });
}

Deno.test("what was removed before the watch, or with the watch off, is not told", async () => {
  const entries = [removed(8, ["sqs:SendMessage"]), removed(1, ["sns:Publish"])];
  assert.deepEqual(actionsOf(await read(entries)), [["sns:Publish"]]);
  assert.deepEqual(await read(entries, 0), []);
});

Deno.test("what another job has changed is no removal", async () => {
  assert.deepEqual(await read([removed(1, ["sqs:SendMessage"], { job: "audit" })]), []);
});

Deno.test("what a restore has given back is not told any more, in any case of letters", async () => {
  const entries = [
    removed(3, ["sns:Publish", "sqs:SendMessage"]),
    restored(2, ["SQS:sendmessage"]),
    removed(1, ["kms:Decrypt"]),
  ];
  assert.deepEqual(actionsOf(await read(entries)), [["sns:Publish"], ["kms:Decrypt"]]);
});

Deno.test("a restore that was not done has given nothing back", async () => {
  const entries = [
    removed(3, ["sqs:SendMessage"]),
    restored(2, ["sqs:SendMessage"], { outcome: "failed" }),
  ];
  assert.deepEqual(actionsOf(await read(entries)), [["sqs:SendMessage"]]);
});

Deno.test("a run reads what was removed from the roles that it is about, and no more", async () => {
  const entries = [removed(1, ["sqs:SendMessage"])];
  const about = async (part: Partial<EarlierRoles>) => (await read(entries, WEEK_MS, part)).length;
  const [account, other] = [APP.account, "999999999999"];
  assert.equal(await about({ named: [{ account, name: APP.role }] }), 1);
  assert.equal(await about({ named: [{ account, name: "other" }] }), 0);
  assert.equal(await about({ accounts: [other] }), 0);
});

Deno.test("a removal has the version that the role had before it", async () => {
  const [one] = await read([removed(1, ["sqs:SendMessage"])]);
  assert.deepEqual(one, {
    role_id: APP.role_id,
    account: APP.account,
    arn: APP.arn,
    at: daysAgo(1),
    actions: ["sqs:SendMessage"],
    version: 1,
    run_id: "run-1",
    by: "evidence",
  });
});

Deno.test("a removal that a person asked for is by name, and no other is", async () => {
  const named = removed(1, ["sqs:SendMessage"]);
  const after = { ...named.after, kind: "remove" };
  const [one] = await read([{ ...named, after }]);
  assert.equal(one!.by, "name");
});
