import assert from "assert";
import type { InstanceNow } from "../../../runners/audit/ladder/drift.ts";
import {
  markChange,
  restoreChange,
  stampChange,
  stopChange,
  terminateChange,
  unmarkChange,
} from "../../../runners/audit/ladder/changes.ts";
import { drift } from "../../../runners/audit/ladder/drift.ts";
import { batching } from "../../../runners/audit/ladder/audit_change.ts";
import { enforcementOf } from "../../../runners/audit/enforcement.ts";
import type { Subject } from "../../../runners/audit/evaluate_region.ts";
import type { Tags } from "../../../runners/audit/tags.ts";
import {
  anAccount,
  anInstance,
  aRegion,
  configOf,
  DEV,
  idOf,
  NOW,
  oneRegion,
  planningOf,
  WHOLE_LADDER,
  YESTERDAY,
} from "./world.ts";

const config = configOf({
  required: [{ key: "owner" }],
  enforce: { accounts: [DEV] },
  ladder: WHOLE_LADDER,
});
const MARK = { "groundskeeper-audit": "gk1/x", Name: "web" };
const planning = planningOf(oneRegion(), config);
const mark = {
  value: "gk1/x",
  deadline: YESTERDAY,
  rule_hash: "h",
  marked_at: YESTERDAY,
  run_id: "run",
};

/** Instance 1, with what its judgement needs. */
function subject(state: string, tags: Tags, zone = "us-east-1a"): Subject {
  const account = anAccount(DEV, []);
  return {
    account,
    enforcement: enforcementOf(account, config, NOW),
    region: aRegion("us-east-1", []),
    classified: {
      instance: anInstance(1, { state, tags: { ...tags }, zone }),
      verdict: { findings: [], undecided: [], leftOut: [] },
      judgedAs: "violating",
      ageMs: 0,
      exemption: undefined,
      leftOutBy: [],
    },
    place: { account: DEV, region: "us-east-1" },
    rowId: `${DEV}/us-east-1/${idOf(1)}`,
    target: `arn:aws:ec2:us-east-1:${DEV}:instance/${idOf(1)}`,
    confirmed: true,
  };
}

const changes = {
  mark: markChange(
    subject("running", { Name: "web" }),
    { due: NOW, note: null, obstacle: null },
    planning,
  ),
  unmark: unmarkChange(subject("running", MARK), "why", planning),
  stop: stopChange(subject("running", MARK), mark, null, planning),
  terminate: terminateChange(subject("stopped", MARK), mark, { lifts: null, note: null }, planning),
  restore: restoreChange(subject("stopped", MARK), {
    protection: { termination: true, stop: false },
    at: YESTERDAY,
    run_id: "run",
  }),
  stamp: stampChange(
    { account: DEV, region: "us-east-1" },
    "aws",
    anInstance(1, { tags: { "groundskeeper-canary": "old" } }),
    NOW,
  ),
};
type Deed = keyof typeof changes;

/** The instance as the change expects it. */
const planned: Readonly<Record<Deed, { readonly state: string; readonly tags: Tags }>> = {
  mark: { state: "running", tags: { Name: "web" } },
  unmark: { state: "running", tags: MARK },
  stop: { state: "running", tags: MARK },
  terminate: { state: "stopped", tags: MARK },
  restore: { state: "stopped", tags: MARK },
  stamp: { state: "stopped", tags: { "groundskeeper-canary": "old" } },
};

function now(deed: Deed, part: Partial<InstanceNow> = {}): InstanceNow {
  const { state, tags } = planned[deed];
  const { created, launched, managedBy, type } = anInstance(1);
  return {
    id: idOf(1),
    state,
    type,
    created,
    launched,
    managedBy,
    tags,
    secondTags: tags,
    ...part,
  };
}

const CHANGED = "Its tags have changed since they were read";
const DIFFER = "DescribeInstances and DescribeTags differ on its tags now";
const ALTERED = { ...MARK, "groundskeeper-audit": "gk1/y" };
const RIGHT = { ...MARK, owner: "alice" };
const both = (tags: Tags) => ({ tags, secondTags: tags });

const cases: readonly [what: string, Deed, Partial<InstanceNow>, why: string | undefined][] = [
  ["is running still", "stop", {}, undefined],
  ["is stopping", "stop", { state: "stopping" }, "The instance is stopping now"],
  ["is stopped", "stop", { state: "stopped" }, "The instance is stopped now"],
  ["is stopped still", "terminate", {}, undefined],
  ["was started", "terminate", { state: "running" }, "The instance is running now"],
  ["is terminated", "terminate", { state: "terminated" }, "The instance is terminated now"],
  ["has another name", "stop", both({ ...MARK, Name: "db" }), undefined],
  ["was put right", "stop", both(RIGHT), CHANGED],
  ["was put right", "terminate", both(RIGHT), CHANGED],
  ["was put right", "mark", both({ owner: "alice" }), CHANGED],
  ["carries another mark", "terminate", both(ALTERED), CHANGED],
  ["carries no mark", "stop", both({}), CHANGED],
  ["carries a mark already", "mark", both(MARK), CHANGED],
  [
    "asks for time now",
    "terminate",
    both({ ...MARK, "groundskeeper-until": "2027-01-01" }),
    CHANGED,
  ],
  ["was put right, says DescribeInstances alone", "stop", { tags: RIGHT }, DIFFER],
  ["was put right, says DescribeTags alone", "stop", { secondTags: RIGHT }, DIFFER],
  ["has no tags, says DescribeInstances alone", "terminate", { tags: {} }, DIFFER],
  ["has no tags, says DescribeTags alone", "terminate", { secondTags: {} }, DIFFER],
  [
    "is managed now",
    "stop",
    { managedBy: ["EKS cluster a"] },
    "It is managed by EKS cluster a now",
  ],
  ["is managed now", "terminate", { managedBy: ["a", "b"] }, "It is managed by a, b now"],
  ["is managed now", "mark", { managedBy: ["a"] }, "It is managed by a now"],
  ["is managed now", "unmark", { managedBy: ["a"] }, undefined],
  ["is stopped now", "mark", { state: "stopped" }, undefined],
  ["is being started", "mark", { state: "pending" }, "The instance is pending now"],
  ["has lost its mark", "unmark", both({ Name: "web" }), CHANGED],
  ["carries another mark", "unmark", both(ALTERED), CHANGED],
  ["is started again", "restore", { state: "running", ...both({}) }, undefined],
  ["is as it was", "stamp", {}, undefined],
  ["is on its way to its stop", "stamp", { state: "stopping" }, undefined],
  ["was started", "stamp", { state: "running" }, "The canary is running now"],
  [
    "has another stamp",
    "stamp",
    both({ "groundskeeper-canary": "new" }),
    "Another run has written the canary's stamp",
  ],
  ["has no stamp", "stamp", both({}), "Another run has written the canary's stamp"],
];

for (const [what, deed, part, why] of cases) {
  Deno.test(`a ${deed} ${why ? "no longer stands" : "stands"} where the instance ${what}`, () => {
    assert.equal(drift(changes[deed], now(deed, part), config), why);
  });
}

for (const deed of Object.keys(changes) as Deed[]) {
  Deno.test(`a ${deed} no longer stands where the instance is gone`, () => {
    assert.equal(drift(changes[deed], undefined, config), "The instance is gone");
  });
}

Deno.test("what is managed is no drift where that is included", () => {
  const include = configOf({ required: [{ key: "owner" }], managed: "include" });
  assert.equal(drift(changes.stop, now("stop", { managedBy: ["a"] }), include), undefined);
});

Deno.test("stops and terminations are made in batches of fifty of one availability zone", () => {
  assert.deepEqual(batching(changes.stop), {
    key: "stop/us-east-1a",
    together: 50,
    perWrite: 50,
  });
  const other = terminateChange(subject("stopped", MARK, "us-east-1b"), mark, {
    lifts: null,
    note: null,
  }, planning);
  assert.deepEqual(batching(other), { key: "terminate/us-east-1b", together: 50, perWrite: 50 });
  assert.notEqual(batching(changes.terminate).key, batching(other).key);
});

for (const deed of ["mark", "unmark", "restore", "stamp"] as const) {
  Deno.test(`each ${deed} is a write of its own, and a hundred are looked at together`, () => {
    assert.deepEqual(batching(changes[deed]), { key: deed, together: 100, perWrite: 1 });
  });
}
