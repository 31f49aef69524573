import assert from "assert";
import { partsOf } from "../../../runners/core/parts.ts";
import { stepsFrom } from "../../../runners/audit/ladder/ladder.ts";
import { looksLikeMark, markValue, ruleHash } from "../../../runners/audit/ladder/mark.ts";
import { plan } from "../../../runners/audit/plan.ts";
import { anInstance, configOf, DEV, NOW, oneRegion, planningOf, WHOLE_LADDER } from "./world.ts";

const base = { required: [{ key: "owner" }], enforce: { accounts: [DEV] } };

Deno.test("a mark says version, step, deadline in whole seconds, and the rules' hash", () => {
  assert.equal(
    markValue({}, new Date("2026-11-21T03:00:00.987Z"), "1b2c3d4e"),
    "gk1/mark/2026-11-21T03:00:00Z/1b2c3d4e",
  );
});

Deno.test("a mark says each step that follows, and from when on", () => {
  const steps = { stop: "2026-11-24T03:00:00Z", terminate: "2026-12-05T03:00:00Z" };
  assert.equal(
    markValue(steps, new Date("2026-11-21T03:00:00.987Z"), "1b2c3d4e"),
    "gk1/stop/2026-11-24T03:00:00Z/terminate/2026-12-05T03:00:00Z/1b2c3d4e",
  );
});

const destructive = { ...base, ladder: [...WHOLE_LADDER] };

for (const [what, part] of [["of the mark alone", base], ["of all steps", destructive]] as const) {
  Deno.test(`a mark ${what} fits into a tag of every AWS service`, () => {
    const config = configOf(part);
    const value = markValue(stepsFrom(NOW, config), NOW, ruleHash(config));
    assert.match(value, /^[\p{L}\p{N} _.:/=+@-]{1,256}$/u);
    assert.ok(looksLikeMark(value));
  });
}

Deno.test("a step falls due after the mark as much as the ladder puts between the two, rounded up", () => {
  const config = configOf({
    ...base,
    ladder: [{ after: "2d", do: "mark" }, { after: "5d", do: "stop" }],
  });
  assert.deepEqual(stepsFrom(new Date("2026-11-20T12:00:00.001Z"), config), {
    stop: "2026-11-23T12:00:01Z",
  });
  assert.deepEqual(stepsFrom(NOW, config), { stop: "2026-11-23T12:00:00Z" });
});

Deno.test("a mark with steps carries them, and the first is its deadline", () => {
  const config = configOf(destructive);
  const [change] = plan(planningOf(oneRegion(anInstance(1)), config)).changes;
  const steps = { stop: "2026-11-23T12:00:00Z", terminate: "2026-12-04T12:00:00Z" };
  assert.deepEqual(change?.after, {
    key: "groundskeeper-audit",
    value: markValue(steps, NOW, ruleHash(config)),
    deadline: steps.stop,
    rule_hash: ruleHash(config),
    steps,
  });
});

Deno.test("other rules or another ladder have another hash, and nothing else has", () => {
  const hash = ruleHash(configOf(base));
  assert.match(hash, /^[0-9a-f]{8}$/);
  for (
    const other of [{ required: [{ key: "Owner" }] }, { ladder: [{ after: "1d", do: "mark" }] }]
  ) {
    assert.notEqual(ruleHash(configOf({ ...base, ...other } as typeof base)), hash);
  }
  for (const same of [{ grace: "1d" }, { managed: "include" }, { enforce: { accounts: [] } }]) {
    assert.equal(ruleHash(configOf({ ...base, ...same } as typeof base)), hash);
  }
});

Deno.test("a change says what is written, what it relies on, and when it is due", () => {
  const config = configOf(base);
  const tags = { Name: "web", Owner: "", owner: "" };
  const { changes } = plan(planningOf(oneRegion(anInstance(1, { tags })), config));
  assert.deepEqual(changes.map(({ id: _id, ...change }) => change), [{
    kind: "mark",
    account: DEV,
    region: "us-east-1",
    action: "ec2:CreateTags",
    target: `arn:aws:ec2:us-east-1:${DEV}:instance/i-00000000000000001`,
    reason: "owner is empty",
    before: { tags: { Owner: "", owner: "" } },
    after: {
      key: "groundskeeper-audit",
      value: markValue({}, NOW, ruleHash(config)),
      deadline: NOW.toISOString(),
      rule_hash: ruleHash(config),
    },
  }]);
});

Deno.test("a target lies in the partition of its account", () => {
  const [account] = oneRegion(anInstance(1));
  const observed = partsOf([{ ...account!, partition: "aws-cn" }]);
  const { changes } = plan(planningOf(observed, configOf(base)));
  assert.match(changes[0]!.target, /^arn:aws-cn:ec2:/);
});

const other = (part: Parameters<typeof configOf>[0]) =>
  plan(planningOf(oneRegion(anInstance(1)), configOf(part))).changes[0]!.id;

Deno.test("changes by other rules, or of another mark, are other changes", () => {
  const ids = [
    other(base),
    other({ ...base, mark: "other-mark" }),
    other({ ...base, required: [{ key: "project" }] }),
    other({ ...base, ladder: [{ after: "0s", do: "mark" }] }),
  ];
  assert.equal(new Set(ids).size, ids.length);
  assert.equal(other({ ...base, grace: "2h" }), ids[0]);
});
