import assert from "assert";
import fc from "fast-check";
import { instanceArn } from "../../../runners/core/aws/arn.ts";
import { CANARY_STAMP_TAG } from "../../../runners/core/contract/names.ts";
import { durationMs } from "../../../runners/core/duration.ts";
import type { Change } from "../../../runners/core/plan/change.ts";
import type { AuditJobPlan } from "../../../runners/audit/audit_plan.ts";
import { enforcementOf } from "../../../runners/audit/enforcement.ts";
import { plan } from "../../../runners/audit/plan.ts";
import type { AuditPlanning } from "../../../runners/audit/planning.ts";
import type { Tags } from "../../../runners/audit/tags.ts";
import { DEEP, generated, type Mutants, propertyTest } from "../core/properties.ts";
import { partsOf } from "../../../runners/core/parts.ts";
import { anyPlanning, VPC } from "./arbitrary_world.ts";
import { believing, withConfig, withInstances, withTags } from "./other_worlds.ts";
import { DEV, PROD } from "./world.ts";

/** Fixed, so that a failure is the same tomorrow. */
const RUNS = { seed: 20_261_121, numRuns: generated(1_000, 60) };

type Plan = typeof plan;
type Rule = (make: Plan, planning: AuditPlanning) => void;

/** A rule of every plan, and mutants of the plan that break it. */
function rule(name: string, holds: Rule, mutants: Mutants<Plan>): void {
  propertyTest<Plan>(name, plan, (make) => {
    fc.assert(fc.property(anyPlanning, (planning) => holds(make, planning)), RUNS);
  }, mutants);
}

/** The plan, but with changes as if the world were another. */
const actingAs = (other: (planning: AuditPlanning) => AuditPlanning): Plan => (planning) => ({
  ...plan(planning),
  changes: plan(other(planning)).changes,
});

const placeOf = ({ account, region }: { account: string; region: string }) =>
  `${account}/${region}`;
const findingsIn = ({ own }: AuditJobPlan) => own.findings;
const accountsIn = ({ own }: AuditJobPlan) => own.accounts;

/** The instances in the configured states, with the account and region that they were seen in. */
function examinable({ observed, config, earlier }: AuditPlanning) {
  const states: readonly string[] = config.states;
  return [...observed].flatMap((account) =>
    account.regions.flatMap((region) => {
      const canary = earlier.canaries.get(`${account.id}/${region.region}`)?.instance_id;
      return region.instances.filter(({ state, id, doubt }) =>
        (states.includes(state) || doubt) && id !== canary
      )
        .map((instance) => ({
          account: account.id,
          region: region.region,
          target: instanceArn(account.partition, region.region, account.id, instance.id),
          id: instance.id,
        }));
    })
  );
}

const targets = (items: readonly { readonly target: string }[]) =>
  items.map(({ target }) => target).sort();

/** The changes that take something from somebody; the others only give back. */
const steps = (changes: readonly Change[]) =>
  changes.filter((change) => ["mark", "stop", "terminate"].includes(change.kind));

rule("of an unproven region nothing is ever changed, kept up, spared, found or examined", (
  make,
  planning,
) => {
  const made = make(planning);
  const unproven = new Set(made.coverage.unproven.map(placeOf));
  for (
    const items of [made.changes, made.ownWrites, made.spared, findingsIn(made), made.examined]
  ) {
    assert.deepEqual(items.map(placeOf).filter((place) => unproven.has(place)), []);
  }
}, { "acts on what it does not believe": actingAs(believing) });

rule("every region that was observed is always in the coverage once, proven or not", (
  make,
  planning,
) => {
  const { regions, unproven } = make(planning).coverage;
  const said = [...regions, ...unproven].map(placeOf).filter((place) => !/global$/.test(place));
  const seen = [...planning.observed].flatMap(({ id, regions }) =>
    regions.map(({ region }) => `${id}/${region}`)
  );
  assert.deepEqual(said.sort(), seen.sort());
}, {
  "says nothing of what failed": (planning) => {
    const { coverage, ...rest } = plan(planning);
    const unproven = coverage.unproven.filter(({ reason }) => reason !== "throttled");
    return { ...rest, coverage: { ...coverage, unproven } };
  },
});

rule("a region that failed, or that one source alone speaks of, is never proven", (
  make,
  planning,
) => {
  const proven = new Set(make(planning).coverage.regions.map(placeOf));
  for (const account of planning.observed) {
    for (const { region, failure, secondSource } of account.regions) {
      if (failure || !secondSource) assert.ok(!proven.has(`${account.id}/${region}`));
    }
  }
}, { "believes one source": (planning) => plan(believing(planning)) });

const VPCS = [VPC, "vpc-0123456789abcdef1"];

/** The same world as if it were known in which VPC each instance is. */
const inVpc = (vpc: string) => (planning: AuditPlanning) =>
  withInstances(planning, (instance) => ({ vpc, ...instance }));

rule("nothing is ever done about an instance that hangs on a VPC which nobody knows", (
  make,
  planning,
) => {
  const found = (planning: AuditPlanning) =>
    new Set(plan(planning).own.findings.map(({ id }) => id));
  const worlds = VPCS.map((vpc) => found(inVpc(vpc)(planning)));
  for (const { target } of steps(make(planning).changes)) {
    const id = target.split("/").at(-1)!;
    assert.ok(worlds.every((ids) => ids.has(id)));
  }
}, { "takes an unknown VPC for the one of the rule": actingAs(inVpc(VPC)) });

rule("nothing is ever done about an instance for a value that is in a file which nobody knows", (
  make,
  planning,
) => {
  const right = { file: "names.txt", values: ["alice", "mallory", "shop"] };
  const known: AuditPlanning = {
    ...planning,
    observed: partsOf(
      [...planning.observed].map((account) => ({
        ...account,
        lists: account.lists?.some((list) => "values" in list && list.values.length > 0)
          ? account.lists
          : [right],
      })),
    ),
  };
  const found = new Set(plan(known).own.findings.map(({ id }) => id));
  for (const { target } of steps(make(planning).changes)) {
    assert.ok(found.has(target.split("/").at(-1)!));
  }
}, {
  "takes a file that cannot be read for one without these values": actingAs((planning) => ({
    ...planning,
    observed: partsOf(
      [...planning.observed].map((account) => ({
        ...account,
        lists: [{ file: "names.txt", values: ["nobody"] }],
      })),
    ),
  })),
});

rule("every instance that tags leave out is always counted, and no other", (make, planning) => {
  const made = make(planning);
  const ruled = planning.config.required.some(({ when }) => when?.tag ?? when?.vpcs);
  const exempted = planning.config.exempt.some(({ match }) => "tag" in match);
  for (const { left_out, examined } of accountsIn(made)) {
    assert.equal(left_out === null, examined === null);
    if (left_out === null) continue;
    assert.ok(left_out.instances <= examined!);
    const counts = left_out.by.map(({ instances }) => instances);
    assert.ok(left_out.instances <= counts.reduce((sum, count) => sum + count, 0));
    assert.ok(counts.every((count) => count > 0 && count <= left_out.instances));
    if (!ruled && !exempted) assert.equal(left_out.instances, 0);
  }
  const tagged = withTags(planning, (tags) => ({ ...tags, Name: "shop" }));
  const after = accountsIn(plan(inVpc(VPC)(tagged))).flatMap(({ left_out }) => left_out ?? []);
  const byRules = (all: typeof after) =>
    all.flatMap(({ by }) => by).filter(({ setting }) => setting.startsWith("audit.required"))
      .reduce((sum, { instances }) => sum + instances, 0);
  // Where every instance has the tag, tags leave out none.
  if (planning.config.required.some(({ when }) => when?.tag)) assert.equal(byRules(after), 0);
}, {
  "counts what is not there": (planning) => {
    const made = plan(planning);
    const accounts = made.own.accounts.map((one) => ({
      ...one,
      left_out: { instances: one.examined! + 1, by: [] },
    }));
    return { ...made, own: { ...made.own, accounts } };
  },
});

rule("every examined instance always stands in exactly one figure", (make, planning) => {
  const made = make(planning);
  const proven = new Set(made.coverage.regions.map(placeOf));
  const seen = examinable(planning).filter((instance) => proven.has(placeOf(instance)));
  assert.equal(made.examined.reduce((sum, { count }) => sum + count, 0), seen.length);
  for (const account of accountsIn(made)) {
    const { examined, compliant, undecided, doubtful, in_grace, violating, exempt } = account;
    const parts = [compliant, undecided, doubtful, in_grace, violating, exempt];
    const isKnown = made.coverage.regions.some((region) => region.account === account.account);
    // Of an account of which nothing is proven, no figure says 0.
    for (const part of [examined, ...parts]) assert.equal(part !== null, isKnown);
    assert.equal(examined ?? 0, parts.reduce<number>((sum, part) => sum + (part ?? 0), 0));
    assert.equal(
      examined ?? 0,
      seen.filter((instance) => instance.account === account.account).length,
    );
  }
}, {
  "counts what is exempt as compliant, too": (planning) => {
    const { own, ...rest } = plan(planning);
    const accounts = own.accounts.map((account) => ({
      ...account,
      compliant: account.compliant === null ? null : account.compliant + account.exempt!,
    }));
    return { ...rest, own: { ...own, accounts } };
  },
  "says 0 of what is not proven": (planning) => {
    const { own, ...rest } = plan(planning);
    const accounts = own.accounts.map((account) => (
      { ...account, examined: account.examined ?? 0, violating: account.violating ?? 0 }
    ));
    return { ...rest, own: { ...own, accounts } };
  },
  "examines the canaries": (planning) =>
    plan({ ...planning, earlier: { ...planning.earlier, canaries: new Map() } }),
});

rule("an instance is changed or spared, never both, and always where it is not compliant", (
  make,
  planning,
) => {
  const made = make(planning);
  const decided = targets([...made.changes, ...made.spared]);
  assert.equal(new Set(decided).size, decided.length);
  const compliant = accountsIn(made).reduce((sum, one) => sum + (one.compliant ?? 0), 0);
  const examined = made.examined.reduce((sum, { count }) => sum + count, 0);
  const found = new Set(findingsIn(made).map(({ id }) => id));
  // A compliant instance may be unmarked or given back its protection, or be told that it lacks it.
  const unreturned = made.spared.filter(({ reason }) => reason === "protection-lifted");
  const free = made.changes.length - steps(made.changes).length + unreturned.length;
  assert.ok(decided.length >= examined - compliant, "one is forgotten");
  assert.ok(decided.length - free <= examined - compliant, "one is too many");
  for (const id of found) {
    assert.ok(decided.some((target) => target.endsWith(`/${id}`)), "a finding is forgotten");
  }
}, {
  "spares what it changes, too": (planning) => {
    const made = plan(planning);
    const more = made.changes.map((change) => ({ ...change, reason: "why", detail: "" }));
    return { ...made, spared: [...made.spared, ...more] };
  },
  "forgets to say what is managed": (planning) => {
    const made = plan(planning);
    return { ...made, spared: made.spared.filter(({ reason }) => reason !== "managed") };
  },
});

rule("every violating or exempt instance is always a finding, and no other is taken a step", (
  make,
  planning,
) => {
  const made = make(planning);
  const findings = findingsIn(made);
  for (const { account, violating, exempt } of accountsIn(made)) {
    const own = findings.filter((finding) => finding.account === account);
    assert.equal(own.filter(({ stage }) => stage === "exempt").length, exempt ?? 0);
    assert.equal(own.filter(({ stage }) => stage !== "exempt").length, violating ?? 0);
  }
  const found = new Set(findings.filter(({ stage }) => stage !== "exempt").map(({ id }) => id));
  const changed = steps(made.changes).map(({ target }) => target.split("/").at(-1)!);
  assert.deepEqual(changed.filter((id) => !found.has(id)), []);
}, {
  "knows no grace": actingAs(withConfig(() => ({ grace: "0m" }))),
  "knows no exemption": actingAs(withConfig(() => ({ exempt: [] }))),
});

rule("nothing is ever changed in an account that is not enforced, or new", (make, planning) => {
  const { observed, config, now } = planning;
  const enforced = new Set(
    [...observed].filter((account) => enforcementOf(account, config, now).on)
      .map(({ id }) => id),
  );
  for (const { account } of make(planning).changes) assert.ok(enforced.has(account));
}, {
  "enforces everywhere": actingAs(
    withConfig(({ enforce }) => ({ enforce: { ...enforce, accounts: [DEV, PROD] } })),
  ),
  "knows no quarantine": actingAs(
    withConfig(({ enforce }) => ({ enforce: { ...enforce, quarantine: "0m" } })),
  ),
});

rule("nothing is ever changed that was not observed in a configured state", (make, planning) => {
  const seen = new Set(examinable(planning).map(({ target }) => target));
  assert.deepEqual(targets(make(planning).changes).filter((target) => !seen.has(target)), []);
}, {
  "takes any state": actingAs((planning) =>
    withInstances(planning, (instance) => ({ ...instance, state: "running" }))
  ),
});

rule("a canary is never changed, spared, found or examined", (make, planning) => {
  const made = make(planning);
  for (const [place, { instance_id }] of planning.earlier.canaries) {
    const isIt = (item: { account: string; region: string }, id: string) =>
      placeOf(item) === place && id === instance_id;
    for (const item of [...made.changes, ...made.spared]) {
      assert.ok(!isIt(item, item.target.split("/").at(-1)!));
    }
    for (const finding of findingsIn(made)) assert.ok(!isIt(finding, finding.id));
  }
}, {
  "does not know its canaries": (planning) =>
    plan({
      ...withConfig(({ canary }) => ({ canary: { ...canary, mode: "off" } }))(planning),
      earlier: { ...planning.earlier, canaries: new Map() },
    }),
});

rule("upkeep is never anything but the stamp of a canary that is well", (make, planning) => {
  const { ownWrites, own } = make(planning);
  for (const change of ownWrites) {
    assert.equal("key" in change.after && change.after.key, CANARY_STAMP_TAG);
    const canary = own.canaries.find((one) => placeOf(one) === placeOf(change));
    assert.equal(canary?.status, "ok");
    assert.ok(change.target.endsWith(`/${canary!.instance}`));
  }
}, {
  "stamps what it has seen, well or not": (planning) => ({
    ...plan(planning),
    ownWrites: plan(believing({
      ...planning,
      earlier: { ...planning.earlier, stamps: new Map() },
    }, "when-enforcing")).ownWrites,
  }),
});

rule("of all tags only the one that marks is ever written or taken away", (make, planning) => {
  for (const { action, after } of make(planning).changes) {
    if (/Tags$/.test(action)) assert.equal("key" in after && after.key, planning.config.mark);
  }
}, {
  "writes what is missing": (planning) => {
    const made = plan(planning);
    const changes = made.changes.map((change) => ({
      ...change,
      after: { ...change.after, key: "owner" },
    }));
    return { ...made, changes } as ReturnType<Plan>;
  },
});

rule("a tag is never taken away but from what is compliant, exempt or reported only", (
  make,
  planning,
) => {
  const made = make(planning);
  const findings = new Map(findingsIn(made).map((finding) => [finding.id, finding]));
  for (const change of made.changes) {
    if (change.kind !== "unmark") continue;
    const finding = findings.get(change.target.split("/").at(-1)!);
    const open = finding !== undefined && finding.stage !== "exempt" &&
      finding.kinds.some((kind) => !["alias-used", "case-variant", "canary-copy"].includes(kind));
    assert.ok(!open, "it breaks a rule");
  }
}, {
  "takes every rule for kept": actingAs((planning) =>
    withTags(planning, (tags) => ({ owner: "alice", project: "shop", ...tags }))
  ),
});

propertyTest<Plan>("a longer grace never adds a step", plan, (make) => {
  fc.assert(
    fc.property(anyPlanning, fc.constantFrom("1h", "1d", "300d"), (planning, grace) => {
      const { config } = planning;
      fc.pre(durationMs(grace) >= durationMs(config.grace));
      const before = new Set(targets(steps(make(planning).changes)));
      const after = make({ ...planning, config: { ...config, grace } });
      assert.deepEqual(targets(steps(after.changes)).filter((target) => !before.has(target)), []);
    }),
    RUNS,
  );
}, {
  "takes a very long grace for none": actingAs(
    withConfig(({ grace }) => ({ grace: grace === "300d" ? "0m" : grace })),
  ),
});

propertyTest<Plan>(
  "a tag more never adds a step, where both sources tell of it",
  plan,
  (make) => {
    fc.assert(
      fc.property(
        anyPlanning,
        fc.constantFrom("owner", "Owner", "team", "project", "x", "groundskeeper-audit"),
        fc.constantFrom("", "alice", "mallory"),
        (planning, key, value) => {
          const before = new Set(targets(steps(make(planning).changes)));
          const after = make(withTags(planning, (tags) => withTag(tags, key, value)));
          assert.deepEqual(
            targets(steps(after.changes)).filter((target) => !before.has(target)),
            [],
          );
        },
      ),
      RUNS,
    );
  },
  {
    "looks at nothing else where there is a tag x": actingAs((planning) =>
      withTags(planning, (tags) => Object.hasOwn(tags, "x") ? {} : tags)
    ),
  },
);

function withTag(tags: Tags, key: string, value: string): Tags {
  return Object.hasOwn(tags, key)
    ? tags
    : Object.fromEntries([...Object.entries(tags), [key, value]]);
}

propertyTest<Plan>("the ids of changes never depend on the moment of the plan", plan, (make) => {
  fc.assert(
    fc.property(anyPlanning, fc.integer({ min: 1, max: 100_000_000 }), (planning, ms) => {
      const ids = ({ changes, ownWrites }: AuditJobPlan) =>
        new Map([...changes, ...ownWrites].map((one) => [`${one.action} ${one.target}`, one.id]));
      const now = ids(make(planning));
      const later = ids(make({ ...planning, now: new Date(planning.now.getTime() + ms) }));
      for (const [target, id] of now) {
        if (later.has(target)) assert.equal(later.get(target), id);
      }
      assert.equal(new Set(now.values()).size, now.size);
    }),
    RUNS,
  );
}, {
  "counts the moment in": (planning) => {
    const made = plan(planning);
    const changes = made.changes.map((one) => ({ ...one, id: `${one.id}${+planning.now}` }));
    return { ...made, changes };
  },
});

// A tenth of the worlds does not hold all of them.
if (DEEP) {
  Deno.test("the generated worlds hold each action, each reason to spare, and unproven regions", () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(anyPlanning, (planning) => {
        const { changes, ownWrites, spared, coverage, breakers } = plan(planning);
        for (const change of [...changes, ...ownWrites]) seen.add(change.kind);
        for (const { reason } of spared) seen.add(reason);
        for (const { reason } of coverage.unproven) seen.add(reason);
        for (const { proof } of coverage.regions) seen.add(proof);
        for (const { limit } of breakers) seen.add(limit);
      }),
      RUNS,
    );
    assert.deepEqual(
      [
        ...["mark", "stop", "terminate", "unmark", "restore", "stamp"],
        ...["in-grace", "exempt", "managed", "spelling", "not-enforced", "marked", "stopped"],
        ...["not-due", "quarantine", "too-few-looks", "cannot-stop", "protected", "canary-copy"],
        ...[
          "protection-unread",
          "protection-lifted",
          "principals-unread",
          "users-throttled",
          "throttled",
          "unconfirmed",
        ],
        ...["tag-sources-disagree", "empty-answer", "canary-absent", "canary-tags-missing"],
        ...["canary-state", "canary-stale", "population-drop", "canary", "second-source", "none"],
        ...["breakers.canaryFailShare", "breakers.ratioJump", "breakers.populationDrop"],
        "breakers.tagDisagree",
      ].filter((one) => !seen.has(one)),
      [],
    );
  });
}
