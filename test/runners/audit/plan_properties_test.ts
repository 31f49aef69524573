import assert from "assert";
import fc from "fast-check";
import { durationMs } from "../../../runners/core/duration.ts";
import type { JobPlan } from "../../../runners/core/plan/document.ts";
import { instanceArn } from "../../../runners/core/aws/arn.ts";
import { plan } from "../../../runners/audit/plan.ts";
import { auditKeys } from "../../../runners/audit/names.ts";
import type { AuditPlanning } from "../../../runners/audit/planning.ts";
import { anyPlanning } from "./arbitrary_world.ts";
import { documentOf } from "./world.ts";

/** Fixed, so that a failure is the same tomorrow. */
const RUNS = { seed: 20_261_121, numRuns: 1000 };

const always = (rule: (planning: AuditPlanning) => void) =>
  fc.assert(fc.property(anyPlanning, rule), RUNS);

const placeOf = ({ account, region }: { account: string; region: string }) =>
  `${account}/${region}`;

/** The instances in the configured states, with the account and region that they were seen in. */
function examinable({ observed, config }: AuditPlanning) {
  const states: readonly string[] = config.states;
  return observed.accounts.flatMap((account) =>
    account.regions.flatMap((region) =>
      region.instances.filter(({ state }) => states.includes(state)).map((instance) => ({
        account: account.id,
        region: region.region,
        target: instanceArn(account.partition, region.region, account.id, instance.id),
        id: instance.id,
      }))
    )
  );
}

const targets = (items: readonly { readonly target: string }[]) =>
  items.map(({ target }) => target).sort();

Deno.test("of an unproven region nothing is changed, spared, found or examined", () =>
  always((planning) => {
    const made = plan(planning);
    const unproven = new Set(made.coverage.unproven.map(placeOf));
    const { findings } = auditKeys(documentOf(planning));
    for (const items of [made.changes, made.spared, findings, made.examined]) {
      assert.deepEqual(items.map(placeOf).filter((place) => unproven.has(place)), []);
    }
  }));

Deno.test("every region that was observed is in the coverage once, proven or not", () =>
  always((planning) => {
    const { regions, unproven } = plan(planning).coverage;
    const said = [...regions, ...unproven].map(placeOf).filter((place) => !/global$/.test(place));
    const seen = planning.observed.accounts.flatMap(({ id, regions }) =>
      regions.map(({ region }) => `${id}/${region}`)
    );
    assert.deepEqual(said.sort(), seen.sort());
  }));

Deno.test("a region that failed, or that one source alone speaks of, is never proven", () =>
  always((planning) => {
    const proven = new Set(plan(planning).coverage.regions.map(placeOf));
    for (const account of planning.observed.accounts) {
      for (const { region, failure, secondSource } of account.regions) {
        if (failure || !secondSource) assert.ok(!proven.has(`${account.id}/${region}`));
      }
    }
  }));

Deno.test("every examined instance stands in exactly one figure", () =>
  always((planning) => {
    const document = documentOf(planning);
    const proven = new Set(document.coverage.regions.map(placeOf));
    const seen = examinable(planning).filter((instance) => proven.has(placeOf(instance)));
    assert.equal(document.totals.examined, seen.length);
    for (const account of auditKeys(document).accounts) {
      const { examined, compliant, undecided, in_grace, violating, exempt } = account;
      assert.equal(examined, compliant + undecided + in_grace + violating + exempt);
      assert.equal(
        examined,
        seen.filter((instance) => instance.account === account.account).length,
      );
    }
  }));

Deno.test("every instance that is examined and not compliant is changed or spared, never both", () =>
  always((planning) => {
    const document = documentOf(planning);
    const decided = targets([...document.changes, ...document.spared]);
    assert.equal(new Set(decided).size, decided.length);
    const compliant = auditKeys(document).accounts.reduce((sum, one) => sum + one.compliant, 0);
    assert.equal(decided.length, document.totals.examined - compliant);
  }));

Deno.test("every violating or exempt instance is a finding, and nothing else is", () =>
  always((planning) => {
    const document = documentOf(planning);
    const { findings, accounts } = auditKeys(document);
    for (const { account, violating, exempt } of accounts) {
      const own = findings.filter((finding) => finding.account === account);
      assert.equal(own.filter(({ stage }) => stage === "exempt").length, exempt);
      assert.equal(own.filter(({ stage }) => stage !== "exempt").length, violating);
    }
    const found = new Set(findings.map(({ id }) => id));
    const changed = document.changes.map(({ target }) => target.split("/").at(-1)!);
    assert.ok(changed.every((id) => found.has(id)));
  }));

Deno.test("nothing is changed in an account that is not enforced", () =>
  always((planning) => {
    const enforced = planning.config.enforce.accounts;
    assert.ok(plan(planning).changes.every(({ account }) => enforced.includes(account)));
  }));

Deno.test("nothing is changed that was not observed in a configured state", () =>
  always((planning) => {
    const seen = new Set(examinable(planning).map(({ target }) => target));
    assert.ok(plan(planning).changes.every(({ target }) => seen.has(target)));
  }));

Deno.test("only the tag that marks is ever written", () =>
  always((planning) => {
    for (const { action, after } of plan(planning).changes) {
      assert.equal(action, "ec2:CreateTags");
      assert.equal(after["key"], planning.config.mark);
    }
  }));

Deno.test("a longer grace never adds a change", () =>
  fc.assert(
    fc.property(anyPlanning, fc.constantFrom("1h", "1d", "300d"), (planning, grace) => {
      const { config } = planning;
      fc.pre(durationMs(grace) >= durationMs(config.grace));
      const before = new Set(targets(plan(planning).changes));
      const after = plan({ ...planning, config: { ...config, grace } });
      assert.deepEqual(targets(after.changes).filter((target) => !before.has(target)), []);
    }),
    RUNS,
  ));

Deno.test("a tag more never adds a change, where both sources tell of it", () =>
  fc.assert(
    fc.property(
      anyPlanning,
      fc.constantFrom("owner", "Owner", "team", "project", "x", "groundskeeper-audit"),
      fc.constantFrom("", "alice", "mallory"),
      (planning, key, value) => {
        const before = new Set(targets(plan(planning).changes));
        const after = plan({ ...planning, observed: withTag(planning.observed, key, value) });
        assert.deepEqual(targets(after.changes).filter((target) => !before.has(target)), []);
      },
    ),
    RUNS,
  ));

/** The world with a tag more on each instance that does not have its key. */
function withTag(observed: AuditPlanning["observed"], key: string, value: string) {
  const tagged = (tags: Record<string, string>) =>
    Object.hasOwn(tags, key) ? tags : Object.fromEntries([...Object.entries(tags), [key, value]]);
  return {
    accounts: observed.accounts.map((account) => ({
      ...account,
      regions: account.regions.map((region) => ({
        ...region,
        instances: region.instances.map((one) => ({ ...one, tags: tagged(one.tags) })),
        secondSource: region.secondSource && {
          ...region.secondSource,
          tags: Object.fromEntries(
            Object.entries(region.secondSource.tags).map(([id, tags]) => [id, tagged(tags)]),
          ),
        },
      })),
    })),
  };
}

Deno.test("the ids of changes do not depend on the moment of the plan", () =>
  fc.assert(
    fc.property(anyPlanning, fc.integer({ min: 1, max: 100_000_000 }), (planning, ms) => {
      const ids = ({ changes }: JobPlan) => new Map(changes.map(({ target, id }) => [target, id]));
      const now = ids(plan(planning));
      const later = ids(plan({ ...planning, now: new Date(planning.now.getTime() + ms) }));
      for (const [target, id] of now) {
        if (later.has(target)) assert.equal(later.get(target), id);
      }
      assert.equal(new Set(now.values()).size, now.size);
    }),
    RUNS,
  ));

Deno.test("the generated worlds hold changes, each reason to spare, and unproven regions", () => {
  const seen = new Set<string>();
  always((planning) => {
    const { changes, spared, coverage } = plan(planning);
    if (changes.length > 0) seen.add("change");
    for (const { reason } of spared) seen.add(reason);
    for (const { reason } of coverage.unproven) seen.add(reason);
    for (const { proof } of coverage.regions) seen.add(proof);
  });
  assert.deepEqual(
    [
      "change",
      "in-grace",
      "exempt",
      "managed",
      "spelling",
      "not-enforced",
      "marked",
      "not-due",
      "principals-unread",
      "users-throttled",
      "throttled",
      "unconfirmed",
      "tag-sources-disagree",
      "empty-answer",
      "second-source",
      "none",
    ].filter((one) => !seen.has(one)),
    [],
  );
});
