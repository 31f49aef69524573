import assert from "assert";
import type { JournalEntry } from "../../../../runners/core/journal/entry.ts";
import type { RepoChange } from "../../../../runners/repo/change/repo_change.ts";
import { appliedWrites } from "../../../../runners/repo/inventory/applied_writes.ts";
import {
  holdersOf,
  policyFirstSeenWrites,
} from "../../../../runners/repo/inventory/policy_first_seen.ts";
import type { PolicyFirstSeen } from "../../../../runners/repo/planning.ts";
import { policyChange, REMOVAL } from "../change/managed_changes.ts";
import { aPolicy, OWN } from "../managed/one_role.ts";

const ACCOUNT = "111111111111";
const AT = "2026-11-20T12:00:00.000Z";
const BEFORE: PolicyFirstSeen = {
  arn: OWN,
  role_id: "AROAEXAMPLE",
  version: "v1",
  since: "2026-01-01T00:00:00.000Z",
};
const ID = `${ACCOUNT}/${OWN}`;

function look(
  { policy = {}, roleId = "AROAEXAMPLE", attached = [OWN], whole = true, earlier = [BEFORE] }: {
    policy?: object;
    roleId?: string;
    attached?: string[];
    whole?: boolean;
    earlier?: PolicyFirstSeen[];
  },
) {
  const known = aPolicy(policy);
  return policyFirstSeenWrites({
    account: ACCOUNT,
    at: AT,
    managed: new Map([[known.arn, known]]),
    holders: holdersOf([{ roleId, attached }]),
    whole,
  }, new Map(earlier.map((sight) => [sight.arn, sight]))).map(({ id, value }) => [id, value]);
}

const CASES: [what: string, seen: Parameters<typeof look>[0], since: string | null | undefined][] =
  [
    ["as it was seen before keeps its day", {}, undefined],
    ["that is seen for the first time", { earlier: [] }, AT],
    ["with another version in force", { policy: { version: "v2" } }, AT],
    ["on another role", { roleId: "AROAOTHER" }, AT],
    ["that others have too is forgotten", { policy: { attachments: 2 } }, null],
    ["that the role has no longer is forgotten", { attached: [] }, null],
    ["that was not looked at keeps its day", { attached: [], whole: false }, undefined],
  ];

for (const [what, seen, since] of CASES) {
  Deno.test(`a policy ${what}`, () => {
    const written = look(seen);
    if (since === undefined) assert.deepEqual(written, []);
    else {
      assert.deepEqual(
        written.map(([id, value]) => [id, (value as unknown as PolicyFirstSeen)?.since ?? null]),
        [[ID, since]],
      );
    }
  });
}

Deno.test("what is known of another account's policies stays", () => {
  const other = { ...BEFORE, arn: OWN.replace(ACCOUNT, "222222222222") };
  assert.deepEqual(look({ earlier: [BEFORE, other] }), []);
});

Deno.test("a change of a managed policy forgets when it was seen, and leaves no other row", () => {
  const change = { ...policyChange(REMOVAL), target: OWN };
  const rows = (outcome: JournalEntry["outcome"]) =>
    appliedWrites(change, { outcome } as JournalEntry).map(({ id, value }) => [id, value]);
  for (const outcome of ["done", "unknown"] as const) {
    assert.deepEqual(rows(outcome), [[ID, undefined]]);
  }
  for (const outcome of [null, "failed", "drifted"] as const) assert.deepEqual(rows(outcome), []);
});

Deno.test("a stamp leaves no row", () => {
  const entry = { outcome: "done" } as JournalEntry;
  assert.deepEqual(appliedWrites({ kind: "stamp" } as RepoChange, entry), []);
});
