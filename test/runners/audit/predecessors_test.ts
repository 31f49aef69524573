/** What the predecessors get wrong, if no case of test/cases/audit shows it already. */
import assert from "assert";
import { partsOf } from "../../../runners/core/parts.ts";
import { auditContradictions, auditSchema } from "../../../runners/audit/config.ts";
import { stepsFrom } from "../../../runners/audit/ladder/ladder.ts";
import { untilOf } from "../../../runners/audit/ladder/until.ts";
import { markValue } from "../../../runners/audit/ladder/mark.ts";
import type { ObservedInstance } from "../../../runners/audit/observed.ts";
import type { ChangeOf } from "../../../runners/audit/ladder/audit_change.ts";
import { plan } from "../../../runners/audit/plan.ts";
import { proveRegion } from "../../../runners/audit/proof.ts";
import { auditJob } from "../../../runners/audit/job.ts";
import { decideLimits, type Limits } from "../../../runners/core/limits/limits.ts";
import {
  anAccount,
  anInstance,
  aRegion,
  configOf,
  DEV,
  idOf,
  NOTHING_EARLIER,
  NOW,
  planningOf,
} from "./world.ts";

const RULE = { key: "owner" } as const;
const ENFORCED = { required: [RULE], enforce: { accounts: [DEV] } };

/** A region by both sources, which agree unless the second is given. */
function regionOf(instances: readonly ObservedInstance[], second?: Record<string, string>) {
  const whole = aRegion("us-east-1", instances, { owners: [] });
  if (!second) return whole;
  const tags = Object.fromEntries(instances.map(({ id }) => [id, second]));
  return { ...whole, secondSource: { ...whole.secondSource!, tags } };
}

function planOf(instances: readonly ObservedInstance[], audit: Parameters<typeof configOf>[0]) {
  const observed = partsOf([anAccount(DEV, [regionOf(instances)])]);
  return plan(planningOf(observed, configOf(audit)));
}

/** Asks for so many changes of a thousand instances in one place. */
function refusalOf(wanted: number, limits: Partial<Limits>, examined = 1000) {
  const place = { account: DEV, region: "us-east-1" };
  return decideLimits({
    limits: {
      perRun: {},
      perAccount: {},
      perRegion: {},
      rollingDay: {},
      minPopulation: 20,
      kinds: [],
      ...limits,
    },
    wanted: [{ ...place, kind: "ec2:StopInstances", count: wanted }],
    examined: [{ ...place, count: examined }],
    share: false,
    others: [],
    now: NOW,
  })?.limit ?? null;
}

Deno.test("a limit by count binds where no percentage is given, and the other way round", () => {
  assert.equal(refusalOf(900, { perRun: { count: 20 } }), "limits.perRun.count");
  assert.equal(refusalOf(900, { perRun: { percent: 20 } }), "limits.perRun.percent");
  assert.equal(refusalOf(20, { perRun: { count: 20 } }), null);
});

Deno.test("of a count and a percentage both bind, and never only the wider one", () => {
  assert.equal(refusalOf(30, { perRun: { count: 20, percent: 50 } }), "limits.perRun.count");
  assert.equal(refusalOf(30, { perRun: { count: 50, percent: 2 } }), "limits.perRun.percent");
});

Deno.test("a percentage of 0 means none, of however few", () => {
  assert.equal(refusalOf(1, { perRun: { percent: 0 } }), "limits.perRun.percent");
  assert.equal(refusalOf(1, { perRun: { percent: 0 } }, 3), "limits.perRun.percent");
  assert.equal(refusalOf(1, { perRun: { count: 0 } }), "limits.perRun.count");
  assert.equal(refusalOf(1, { rollingDay: { count: 0 } }), "limits.rollingDay.count");
});

Deno.test("a percentage is one of all that was examined, not of what was found wrong", () => {
  const instances = [
    ...Array.from({ length: 90 }, (_, n) => anInstance(n, { tags: { owner: "alice" } })),
    ...Array.from({ length: 10 }, (_, n) => anInstance(100 + n)),
  ];
  const { examined, changes } = planOf(instances, ENFORCED);
  assert.deepEqual([examined.map(({ count }) => count), changes.length], [[100], 10]);
  assert.equal(refusalOf(10, { perRun: { percent: 10 } }, 100), null);
  assert.equal(refusalOf(11, { perRun: { percent: 10 } }, 100), "limits.perRun.percent");
});

Deno.test("the limits are those of the plan's own changes, whatever a cache or a filter says", () => {
  const { changes } = planOf([anInstance(1), anInstance(2)], ENFORCED);
  assert.deepEqual(changes.map(auditJob.countsAs), ["ec2:CreateTags", "ec2:CreateTags"]);
});

Deno.test("a mark names the second from which on a step may come, and never a day only", () => {
  const config = configOf({
    ...ENFORCED,
    ladder: [{ after: "0m", do: "mark" }, { after: "90m", do: "stop" }],
    limits: {},
  });
  const steps = stepsFrom(new Date("2026-11-20T22:45:10.250Z"), config);
  assert.deepEqual(steps, { stop: "2026-11-21T00:15:11Z" });
  assert.equal(markValue(steps, NOW, "1b2c3d4e"), "gk1/stop/2026-11-21T00:15:11Z/1b2c3d4e");
});

Deno.test("a day of the ladder has 24 hours, also where clocks change in between", () => {
  const config = configOf({
    ...ENFORCED,
    ladder: [{ after: "0m", do: "mark" }, { after: "3d", do: "stop" }],
    limits: {},
  });
  // The last Sunday of October in Europe, the first of November in America, and the spring's.
  for (const day of ["2026-10-24", "2026-10-31", "2026-03-07", "2026-03-28"]) {
    const marked = new Date(`${day}T01:30:00Z`);
    const { stop } = stepsFrom(marked, config);
    assert.equal(Date.parse(stop!) - marked.getTime(), 3 * 86_400_000, day);
  }
  assert.equal(
    untilOf("2026-10-25").until?.toISOString(),
    "2026-10-26T00:00:00.000Z",
  );
});

Deno.test("a ladder that is not said marks, and neither stops nor terminates", () => {
  assert.deepEqual(configOf({ required: [RULE] }).ladder, [{ after: "0m", do: "mark" }]);
});

Deno.test("what may terminate must give tags a quarter of an hour to come", () => {
  const said = (grace: string) =>
    auditContradictions(
      auditSchema.parse({
        required: [RULE],
        grace,
        canary: { mode: "off" },
        ladder: [{ after: "0m", do: "mark" }, { after: "1d", do: "terminate" }],
      }),
      NOW,
      true,
    );
  assert.match(said("14m").join(), /audit\.grace must be at least 15m/);
  assert.deepEqual(said("15m"), []);
});

Deno.test("what may stop or terminate must say its limits", () => {
  const config = auditSchema.parse({
    required: [RULE],
    canary: { mode: "off" },
    ladder: [{ after: "0m", do: "mark" }, { after: "1d", do: "stop" }],
  });
  assert.match(auditContradictions(config, NOW, false).join(), /audit\.limits must be written out/);
});

Deno.test("DescribeTags never fills in what DescribeInstances did not say: who differs is not judged", () => {
  const config = configOf(ENFORCED);
  const tagged = Array.from({ length: 30 }, (_, n) => anInstance(n, { tags: { owner: "alice" } }));
  const bare = Array.from({ length: 30 }, (_, n) => anInstance(n));
  // Whichever of the two lies, nothing is concluded.
  const disabled = { status: "disabled", detail: "", instance: null } as const;
  for (const region of [regionOf(tagged, {}), regionOf(bare, { owner: "alice" })]) {
    assert.equal(proveRegion(region, config, disabled).proven, false);
    const { changes, own } = plan(
      planningOf(partsOf([anAccount(DEV, [region])]), config),
    );
    assert.deepEqual([changes, own["findings"]], [[], []]);
  }
});

Deno.test("a canary breaks no rule, also when the IAM user whom its tags name is gone", () => {
  const tags = { Name: "api-canary-us-east-1", created_by: "groundskeeper" };
  const config = configOf({
    required: [{ key: "created_by", value: { principal: { users: true } } }],
    enforce: { accounts: [DEV] },
    canary: { tags },
  });
  const users = { names: ["alice"] };
  const others = [2, 3].map((n) => anInstance(n, { tags: { created_by: "alice" } }));
  const canary = anInstance(1, { state: "stopped", tags });
  const observed = partsOf([anAccount(DEV, [regionOf([canary, ...others])], { users })]);
  const row = { instance_id: idOf(1), how: "created", at: NOW.toISOString() } as const;
  const earlier = {
    ...NOTHING_EARLIER,
    canaries: new Map([[`${DEV}/us-east-1`, row]]),
  };
  const { changes, coverage, own } = plan({ ...planningOf(observed, config), earlier });
  assert.deepEqual([changes, own["findings"]], [[], []]);
  assert.deepEqual(coverage.regions.map(({ proof }) => proof), ["canary"]);
});

Deno.test("a spot instance's protection is not lifted, since AWS lifts none of it", () => {
  const config = configOf({
    ...ENFORCED,
    managed: "include",
    protection: "lift",
    looks: { count: 1 },
    ladder: [{ after: "0m", do: "mark" }, { after: "1d", do: "terminate" }],
    limits: {},
  });
  const first = plan(planningOf(partsOf([anAccount(DEV, [regionOf([anInstance(1)])])]), config))
    .changes[0] as ChangeOf<"mark">;
  const { value, deadline, rule_hash } = first.after;
  const rowId = `${DEV}/us-east-1/${idOf(1)}`;
  const mark = {
    value,
    deadline,
    rule_hash,
    marked_at: NOW.toISOString(),
    run_id: "run",
    steps: { terminate: deadline },
  };
  const spot = anInstance(1, {
    tags: { "groundskeeper-audit": value },
    lifecycle: "spot",
    protection: { termination: true, stop: false },
  });
  const later = plan({
    ...planningOf(partsOf([anAccount(DEV, [regionOf([spot])])]), config),
    earlier: { ...NOTHING_EARLIER, marks: new Map([[rowId, mark]]) },
    now: new Date(NOW.getTime() + 2 * 86_400_000),
  });
  assert.deepEqual([later.changes, later.spared.map(({ reason }) => reason)], [[], ["protected"]]);
});
