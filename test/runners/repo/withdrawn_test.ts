import assert from "assert";
import type { ChangeKind, RepoChange } from "../../../runners/repo/change/repo_change.ts";
import type { Write } from "../../../runners/core/store/store.ts";
import { type Asked, ASKED_NOTHING } from "../../../runners/repo/config.ts";
import { OPT_OUTS, SCHEDULES } from "../../../runners/repo/inventory/rows.ts";
import { withdrawn } from "../../../runners/repo/inventory/opt_outs.ts";
import { roleAfter } from "./change/role_after.ts";
import { withStore } from "../core/run/store_in_folder.ts";

const PROD = "111111111111";
const NOW = new Date("2026-11-20T12:00:00.000Z");
const OPT_OUT = { owner: "alice", reason: "quarterly job", until: "2026-11-20", at: "" };
const SCHEDULE = { due: "2026-11-19T00:00:00.000Z", actions: ["sqs:SendMessage"], at: "" };

const removal = (id: string, kind: ChangeKind = "repo"): RepoChange => ({
  kind: "inline",
  id,
  account: PROD,
  region: "global",
  action: "iam:PutRolePolicy",
  target: "arn:aws:iam::111111111111:role/app",
  reason: "",
  before: { role_id: id, policies: {} },
  after: roleAfter({ kind }),
});

async function withdrawnOf(
  rows: readonly Write[],
  changes: readonly RepoChange[],
  asked: Partial<Asked> = {},
): Promise<readonly (readonly [string, string])[]> {
  const found: (readonly [string, string])[] = [];
  await withStore(async (store) => {
    await store.write(rows);
    found.push(...await withdrawn(store, changes, { ...ASKED_NOTHING, ...asked }, NOW));
  });
  return found;
}

Deno.test("what was opted out since it was planned is withdrawn, and only that", async () => {
  const rows = [
    OPT_OUTS.of(PROD).write("a", OPT_OUT),
    OPT_OUTS.of(PROD).write("b", { ...OPT_OUT, until: "2026-11-19" }),
  ];
  const changes = [removal("a"), removal("b"), removal("c")];
  const why = "alice has opted the role out: quarterly job";
  assert.deepEqual(await withdrawnOf(rows, changes), [["a", why]]);
  assert.deepEqual(await withdrawnOf(rows, changes, { remove: ["sqs:*"] }), [["a", why]]);
  const overriding = { remove: ["sqs:*"], overrideFilters: true };
  assert.deepEqual(await withdrawnOf(rows, changes, overriding), []);
});

Deno.test("a restore goes on whoever has opted the role out", async () => {
  assert.deepEqual(
    await withdrawnOf([OPT_OUTS.of(PROD).write("a", OPT_OUT)], [removal("a", "restore")]),
    [],
  );
});

Deno.test("with --scheduled, a schedule that was cancelled since is withdrawn", async () => {
  const rows = [SCHEDULES.of(PROD).write("a", SCHEDULE)];
  const changes = [removal("a"), removal("b")];
  const found = await withdrawnOf(rows, changes, { scheduled: true });
  assert.deepEqual(found, [["b", "Its schedule was cancelled"]]);
  assert.deepEqual(await withdrawnOf(rows, changes), []);
});
