import assert from "assert";
import fc from "fast-check";
import { UNTIL_TAG } from "../../../runners/core/contract/names.ts";
import { durationMs } from "../../../runners/core/duration.ts";
import type { Change } from "../../../runners/core/plan/change.ts";
import { kindOf } from "../../../runners/audit/ladder/audit_change.ts";
import type { StepName } from "../../../runners/audit/config.ts";
import { enforcementOf } from "../../../runners/audit/enforcement.ts";
import { exemptionOf } from "../../../runners/audit/exemptions.ts";
import { ladderPosition } from "../../../runners/audit/ladder/ladder.ts";
import { type MarkRow, ruleHash } from "../../../runners/audit/ladder/mark.ts";
import type { ObservedInstance } from "../../../runners/audit/observed.ts";
import { plan } from "../../../runners/audit/plan.ts";
import type { AuditPlanning } from "../../../runners/audit/planning.ts";
import { generated, type Mutants, propertyTest } from "../core/properties.ts";
import { takesIn } from "../../../runners/audit/config.ts";
import { latePlanning } from "./arbitrary_world.ts";
import { believing, withConfig, withInstances, withTags } from "./other_worlds.ts";
import { DEV, PROD } from "./world.ts";

/**
 * What must be true before an instance is stopped or terminated, written again and independently of
 * the code that plans.
 */

/** Fixed, so that a failure is the same tomorrow. */
const RUNS = { seed: 20_261_121, numRuns: generated(800) };

type Plan = typeof plan;

/** All that is known of the instance that a change destroys. */
interface Scene {
  readonly planning: AuditPlanning;
  readonly change: Change;
  readonly action: "stop" | "terminate";
  readonly instance: ObservedInstance;
  readonly mark: MarkRow | undefined;
  readonly rowId: string;
}

function scenesOf(make: Plan, planning: AuditPlanning): Scene[] {
  return make(planning).changes.flatMap((change) => {
    const action = kindOf(change);
    if (action !== "stop" && action !== "terminate") return [];
    const { account, region, target } = change;
    const id = target.split("/").at(-1)!;
    const instance = planning.observed.of(account)!
      .regions.find((one) => one.region === region)!
      .instances.find((one) => one.id === id)!;
    const rowId = `${account}/${region}/${id}`;
    return [{ planning, change, action, instance, mark: planning.earlier.marks.get(rowId), rowId }];
  });
}

/** A rule of every stop and termination, and mutants of the plan that break it. */
function precondition(name: string, holds: (scene: Scene) => void, mutants: Mutants<Plan>): void {
  propertyTest<Plan>(`a stop or termination never comes ${name}`, plan, (make) => {
    fc.assert(
      fc.property(latePlanning, (planning) => {
        for (const scene of scenesOf(make, planning)) holds(scene);
      }),
      RUNS,
    );
  }, mutants);
}

/** The plan, but with changes as if the world were another. */
const actingAs = (other: (planning: AuditPlanning) => AuditPlanning): Plan => (planning) => ({
  ...plan(planning),
  changes: plan(other(planning)).changes,
});

const withMarks = (change: (mark: MarkRow) => MarkRow) => (planning: AuditPlanning) => ({
  ...planning,
  earlier: {
    ...planning.earlier,
    marks: new Map([...planning.earlier.marks].map(([id, mark]) => [id, change(mark)])),
  },
});

const tagOf = ({ planning, instance }: Scene) => instance.tags[planning.config.mark];
const after = ({ planning }: Scene, step: StepName) =>
  durationMs(planning.config.ladder.find((one) => one.do === step)?.after ?? "0m");

precondition("without a mark whose tag and row are equal", (scene) => {
  assert.notEqual(scene.mark, undefined);
  assert.equal(tagOf(scene), scene.mark!.value);
}, {
  "believes a tag without a row": actingAs((planning) => {
    const marks = new Map(planning.earlier.marks);
    withInstances(planning, (instance, rowId) => {
      const value = instance.tags[planning.config.mark];
      const any = [...planning.earlier.marks.values()][0];
      if (value?.startsWith("gk1/") && any) marks.set(rowId, { ...any, value });
      return instance;
    });
    return { ...planning, earlier: { ...planning.earlier, marks } };
  }),
  "believes a row without a tag": actingAs((planning) =>
    withTags(planning, (tags, rowId) => {
      const mark = planning.earlier.marks.get(rowId);
      return mark ? { ...tags, [planning.config.mark]: mark.value } : tags;
    })
  ),
});

precondition("by a mark of other rules", ({ mark, planning }) => {
  assert.equal(mark!.rule_hash, ruleHash(planning.config));
}, {
  "asks nothing of a mark's rules": actingAs((planning) =>
    withMarks((mark) => ({ ...mark, rule_hash: ruleHash(planning.config) }))(planning)
  ),
});

/** The instant that the value of the mark names, as a reader of the tag sees it. */
const namedMs = ({ value }: MarkRow, action: StepName) =>
  Date.parse(new RegExp(`/${action}/([^/]+)/`).exec(value)![1]!);

precondition("before the instant that the mark names", ({ mark, planning, action }) => {
  assert.ok(namedMs(mark!, action) <= planning.now.getTime());
}, {
  "comes a day early": actingAs((planning) => ({
    ...planning,
    now: new Date(planning.now.getTime() + 86_400_000),
  })),
});

precondition("sooner after the step before than the ladder says", (scene) => {
  const { mark, planning, action } = scene;
  const nowMs = planning.now.getTime();
  const sinceMark = nowMs - Date.parse(mark!.marked_at);
  assert.ok(sinceMark >= after(scene, action) - after(scene, "mark"));
  if (action === "terminate" && mark!.stopped_at !== undefined) {
    const sinceStop = nowMs - Date.parse(mark!.stopped_at);
    assert.ok(sinceStop >= after(scene, "terminate") - after(scene, "stop"));
  }
}, {
  "forgets when the instance was stopped": actingAs(
    withMarks(({ stopped_at: _forgotten, ...mark }) => mark),
  ),
  "counts from 20 hours earlier": actingAs((planning) => {
    const earlier = (value: string) =>
      value.replaceAll(
        /\d{4}-[^/]+Z/g,
        (at) => new Date(Date.parse(at) - 20 * 3_600_000).toISOString(),
      );
    const marked = withTags(planning, (tags) => {
      const value = tags[planning.config.mark];
      return value ? { ...tags, [planning.config.mark]: earlier(value) } : tags;
    });
    const sightings = new Map(
      [...planning.earlier.sightings].map((
        [id, look],
      ) => [id, { ...look, first_seen: earlier(look.first_seen) }]),
    );
    return withMarks((mark) => ({ ...mark, value: earlier(mark.value) }))({
      ...marked,
      earlier: { ...marked.earlier, sightings },
    });
  }),
});

precondition("while the owner has time that was asked for and granted", (scene) => {
  const { instance, mark, planning, action } = scene;
  const asked = /^2026-11-(20|30)$/.exec(instance.tags[UNTIL_TAG]?.trim() ?? "");
  if (!asked) return;
  const until = Date.parse(`${asked[0]}T00:00:00Z`) + 86_400_000;
  const most = namedMs(mark!, action) +
    durationMs(planning.config.extension);
  assert.ok(Math.min(until, most) <= planning.now.getTime());
}, {
  "grants nothing": actingAs(withConfig(() => ({ extension: "0m" }))),
  "takes the day for its beginning": actingAs((planning) =>
    withTags(
      planning,
      (tags) => tags[UNTIL_TAG] === "2026-11-20" ? { ...tags, [UNTIL_TAG]: "2026-11-19" } : tags,
    )
  ),
});

precondition("before it was looked at often enough, far enough apart", ({ planning, rowId }) => {
  const { looks: { count, spacing } } = planning.config;
  const look = planning.earlier.sightings.get(rowId);
  const before = look?.rule_hash === ruleHash(planning.config)
    ? look.spaced ?? { count: 1, at: look.last_seen }
    : undefined;
  const apart = before &&
    planning.now.getTime() - Date.parse(before.at) >= durationMs(spacing);
  const looks = before ? before.count + (apart ? 1 : 0) : 1;
  assert.ok(looks >= count, `${looks} looks of ${count}`);
}, {
  "is content with one look": actingAs(
    withConfig(({ looks }) => ({ looks: { ...looks, count: 1 } })),
  ),
  "counts looks however close": actingAs(
    withConfig(({ looks }) => ({ looks: { ...looks, spacing: "0m" } })),
  ),
});

precondition("where nothing is enforced", ({ planning, change }) => {
  const account = planning.observed.of(change.account)!;
  assert.ok(enforcementOf(account, planning.config, planning.now).on);
  const { accounts, units } = planning.config.enforce;
  const named = takesIn(accounts, account.id) || account.units.some((one) => units.includes(one));
  assert.ok(named);
}, {
  "enforces everywhere": actingAs(
    withConfig(({ enforce }) => ({ enforce: { ...enforce, accounts: [DEV, PROD] } })),
  ),
});

precondition("where the two sources of tags differ", ({ planning, change, instance }) => {
  const { secondSource } = planning.observed.of(change.account)!
    .regions.find(({ region }) => region === change.region)!;
  const second = secondSource?.tags[instance.id];
  assert.equal(second?.[planning.config.mark], instance.tags[planning.config.mark]);
  assert.equal(second?.["owner"], instance.tags["owner"]);
}, { "believes everything": actingAs(believing) });

precondition("for what is exempt or only reported", ({ planning, change, instance }) => {
  const { config, now } = planning;
  assert.equal(exemptionOf(config.exempt, change.account, instance, now), undefined);
  assert.ok(config.managed === "include" || instance.managedBy.length === 0);
}, {
  "knows no exemption": actingAs(withConfig(() => ({ exempt: [] }))),
  "takes what is managed, too": actingAs(withConfig(() => ({ managed: "include" }))),
});

precondition("that the ladder does not have, or in another state than it asks for", (scene) => {
  const { planning, action, instance } = scene;
  const has = (step: StepName) => planning.config.ladder.some((one) => one.do === step);
  assert.ok(has(action));
  if (action === "stop") assert.equal(instance.state, "running");
  if (action === "terminate" && has("stop")) assert.equal(instance.state, "stopped");
}, {
  "takes what runs for stopped": actingAs((planning) =>
    withInstances(
      planning,
      (one) => one.state === "running" ? { ...one, state: "stopped" } : one,
    )
  ),
  "takes what is stopped for running": actingAs((planning) =>
    withInstances(
      planning,
      (one) => one.state === "stopped" ? { ...one, state: "running" } : one,
    )
  ),
});

precondition("to what is protected, or cannot be stopped, but where it may be lifted", (scene) => {
  const { planning, action, instance, rowId, change } = scene;
  const lifted = planning.earlier.lifts.get(rowId)?.protection;
  const protection = action === "terminate" ? lifted ?? instance.protection : instance.protection;
  assert.notEqual(protection, null);
  if (action === "stop") {
    assert.equal(protection!.stop, false);
    assert.equal(instance.rootDevice, "ebs");
    assert.notEqual(instance.lifecycle, "spot");
    return;
  }
  const isProtected = protection!.stop || protection!.termination;
  if (isProtected) {
    assert.equal(planning.config.protection, "lift");
    assert.notEqual(instance.lifecycle, "spot");
    assert.deepEqual(change.before["protection"], protection);
  } else assert.equal(change.before["protection"], undefined);
}, {
  "takes nothing for protected": actingAs((planning) =>
    withInstances(planning, (one) => ({ ...one, protection: { termination: false, stop: false } }))
  ),
  "forgets what a dead run has lifted": actingAs((planning) => ({
    ...planning,
    earlier: { ...planning.earlier, lifts: new Map() },
  })),
  "lifts whatever is protected": actingAs(withConfig(() => ({ protection: "lift" }))),
  "stops instance stores": actingAs((planning) =>
    withInstances(planning, (one) => ({ ...one, rootDevice: "ebs" }))
  ),
});

propertyTest<Plan>("a stop or termination always says what it relies on", plan, (make) => {
  fc.assert(
    fc.property(latePlanning, (planning) => {
      for (const { change, mark, instance } of scenesOf(make, planning)) {
        assert.deepEqual(change.before["mark"], mark);
        assert.equal(change.before["state"], instance.state);
        assert.equal(change.before["zone"], instance.zone);
        const { tags } = change.before["instance"] as { tags: Record<string, string> };
        assert.deepEqual(Object.entries(tags).sort(), Object.entries(instance.tags).sort());
      }
    }),
    RUNS,
  );
}, {
  "keeps only the tags that matter": (planning) => {
    const made = plan(planning);
    const changes = made.changes.map((change) => ({
      ...change,
      before: {
        ...change.before,
        instance: { tags: "tags" in change.before && change.before.tags },
      },
    }));
    return { ...made, changes } as unknown as ReturnType<typeof plan>;
  },
});

type Stand = typeof ladderPosition;

propertyTest<Stand>(
  "asking for time never brings a step nearer, and never holds it up longer than is granted",
  ladderPosition,
  (stand) => {
    const day = fc.integer({ min: -400, max: 400 }).map((days) =>
      new Date(Date.parse("2026-11-20T00:00:00Z") + days * 86_400_000).toISOString().slice(0, 10)
    );
    fc.assert(
      fc.property(latePlanning, day, (planning, until) => {
        const { config, earlier, now } = planning;
        for (const [rowId, mark] of earlier.marks) {
          const on = {
            tags: { [config.mark]: mark.value },
            state: rowId.length % 2 === 0 ? "running" : "stopped",
            mark,
            sighting: earlier.sightings.get(rowId),
          };
          const without = stand(on, config, now).next;
          const asked = { ...on, tags: { ...on.tags, [UNTIL_TAG]: until } };
          const next = stand(asked, config, now).next;
          assert.equal(next?.step, without?.step);
          if (!next || !without) continue;
          const later = next.due.getTime() - without.due.getTime();
          assert.ok(later >= 0);
          assert.ok(later <= durationMs(config.extension));
          assert.equal(next.extended, later > 0);
        }
      }),
      RUNS,
    );
  },
  {
    "grants whatever is asked": (on, config, now) =>
      ladderPosition(on, { ...config, extension: "900d" }, now),
    "takes the day for the deadline": (on, config, now) => {
      const standing = ladderPosition(on, config, now);
      const until = on.tags[UNTIL_TAG];
      return standing.next && until
        ? { ...standing, next: { ...standing.next, due: new Date(until) } }
        : standing;
    },
  },
);
