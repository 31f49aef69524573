import assert from "assert";
import fc from "fast-check";
import { loadCatalogue } from "../../../../runners/repo/catalogue/catalogue.ts";
import { makeUniverse } from "../../../../runners/repo/catalogue/universe.ts";
import type { RepoSettings } from "../../../../runners/repo/config.ts";
import type { Decided } from "../../../../runners/repo/decide/decided.ts";
import { makeDecider } from "../../../../runners/repo/decide/decide.ts";
import { narrowedToSchedule } from "../../../../runners/repo/decide/narrowed.ts";
import {
  newPermissions,
  type Protection,
} from "../../../../runners/repo/decide/new_permissions.ts";
import type { Tracking } from "../../../../runners/repo/decide/tracking.ts";
import type { Evidence } from "../../../../runners/repo/observed.ts";
import { FIXED, propertyTest } from "../../core/properties.ts";
import { daysAgo, evidenceOf, granted, NOW, settings } from "./deciding.ts";

const universe = makeUniverse(loadCatalogue(), []);

const ACTIONS = [
  "s3:CreateBucket",
  "s3:DeleteBucket",
  "s3:GetObject",
  "ec2:RunInstances",
  "ec2:CreateTags",
  "ec2:StopInstances",
  "kms:Decrypt",
  "kms:CreateKey",
  "iam:PassRole",
  "iam:GetRole",
  "iam:CreateServiceLinkedRole",
  "sqs:SendMessage",
  "sqs:CreateQueue",
];
const PATTERNS = [...ACTIONS, "s3:*", "ec2:*Tags", "kms:*", "sqs:Send*", "*:Create*", "foo:Bar"];
const SERVICES = ["s3", "ec2", "kms", "iam", "sqs"];

const date = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 400 }).map(daysAgo) },
  { weight: 1, arbitrary: fc.constantFrom("?", "", "1795000000", "1777593600000") },
);
const actionsOf = (service: string) =>
  ACTIONS.filter((one) => one.startsWith(`${service}:`)).map((one) =>
    one.slice(one.indexOf(":") + 1)
  );

const access = (service: string) =>
  fc.record({
    lastUsed: fc.oneof(fc.option(date), fc.integer({ min: 0, max: 5 }).map(daysAgo)),
    region: fc.constant(null),
    actions: fc.option(
      fc.subarray(actionsOf(service)).chain((names) =>
        fc.tuple(...names.map((name) => fc.tuple(fc.constant(name), fc.option(date))))
      ).map((entries) => Object.fromEntries(entries)),
    ),
  });

const services = fc.subarray(SERVICES, { minLength: 1 }).chain((names) =>
  fc.tuple(...names.map((name) => fc.tuple(fc.constant(name), access(name))))
).map((entries): Evidence["services"] => Object.fromEntries(entries));

const patterns = fc.subarray(PATTERNS, { minLength: 1 });
const level = fc.constantFrom("service", "action", "action");
const windowDays = fc.integer({ min: 1, max: 300 });

/** AWS has tracked everything for this many days. */
const trackedFor = (days: number): Tracking => ({
  since: (_action, _partition, start) => start >= Date.parse(daysAgo(days)),
});

type Decide = (said: {
  readonly patterns: readonly string[];
  readonly services: Evidence["services"];
  readonly config: RepoSettings;
  readonly tracking: Tracking;
  readonly protections?: readonly Protection[];
}) => Decided;

const decide: Decide = ({ patterns, services, config, tracking, protections = [] }) =>
  makeDecider(universe, config, tracking, NOW).decide({
    granted: granted(universe, { Action: patterns }),
    evidence: { ...evidenceOf({}), services },
    protections,
    partition: "aws",
  });

/** The same with other evidence or settings than were handed to it. */
const misled = (
  mislead: (said: Parameters<Decide>[0]) => Partial<Parameters<Decide>[0]>,
): Decide =>
(said) => decide({ ...said, ...mislead(said) });

const onlyReadable = (text: string | null) => text !== null && /^\d{4}-/.test(text) ? text : null;

const use = fc.record({
  service: fc.constantFrom(...SERVICES),
  at: fc.oneof(fc.integer({ min: 0, max: 400 }).map(daysAgo), fc.constantFrom("?", "")),
  action: fc.option(fc.constantFrom(...ACTIONS)),
});

/** The evidence with one more use: never an earlier date than there was. */
function withUse(
  services: Evidence["services"],
  { service, at, action }: { service: string; at: string; action: string | null },
): Evidence["services"] {
  const known = services[service] ?? { lastUsed: null, region: null, actions: null };
  const later = (old: string | null) =>
    old === null || /^\d{4}-/.test(old) && (!/^\d{4}-/.test(at) || at > old) ? at : old;
  const name = action?.startsWith(`${service}:`) ? action.slice(service.length + 1) : null;
  const actions = known.actions !== null && name !== null && Object.hasOwn(known.actions, name)
    ? { ...known.actions, [name]: later(known.actions[name]!) }
    : known.actions;
  // A service that the report did not have is not made known by a use: it was not read whole.
  return Object.hasOwn(services, service)
    ? { ...services, [service]: { ...known, lastUsed: later(known.lastUsed), actions } }
    : services;
}

propertyTest<Decide>(
  "one more use never adds a removal",
  decide,
  (decide) =>
    fc.assert(
      fc.property(
        patterns,
        services,
        use,
        level,
        windowDays,
        (patterns, services, use, level, days) => {
          const config = settings({ level, usageWindow: `${days}d` });
          const said = { patterns, config, tracking: trackedFor(350) };
          const before = decide({ ...said, services }).removed;
          const after = decide({ ...said, services: withUse(services, use) }).removed;
          assert.ok(after.isSubsetOf(before), [...after.minus(before)].join());
        },
      ),
      FIXED,
    ),
  {
    "takes a date that it cannot read for none": misled(({ services }) => ({
      services: Object.fromEntries(
        Object.entries(services).map(([name, one]) => [
          name,
          {
            ...one,
            lastUsed: onlyReadable(one.lastUsed),
            actions: one.actions === null ? null : Object.fromEntries(
              Object.entries(one.actions).map(([name, used]) => [name, onlyReadable(used)]),
            ),
          },
        ]),
      ),
    })),
    "takes what was used today for a mistake": misled(({ services }) => ({
      services: Object.fromEntries(
        Object.entries(services).map(([name, one]) => [
          name,
          {
            ...one,
            lastUsed: one.lastUsed !== null && one.lastUsed > daysAgo(20) ? null : one.lastUsed,
          },
        ]),
      ),
    })),
  },
);

propertyTest<Decide>(
  "a wider window never adds a removal",
  decide,
  (decide) =>
    fc.assert(
      fc.property(
        patterns,
        services,
        level,
        windowDays,
        fc.integer({ min: 0, max: 100 }),
        fc.integer({ min: 1, max: 400 }),
        (patterns, services, level, days, more, tracked) => {
          const said = { patterns, services, tracking: trackedFor(tracked) };
          const narrow = settings({ level, usageWindow: `${days}d` });
          const wide = settings({ level, usageWindow: `${days + more}d` });
          const before = decide({ ...said, config: narrow }).removed;
          const after = decide({ ...said, config: wide }).removed;
          assert.ok(after.isSubsetOf(before), [...after.minus(before)].join());
        },
      ),
      FIXED,
    ),
  {
    "takes the rest of the year for the window": misled(({ config }) => ({
      config: { ...config, usageWindow: `${401 - parseInt(config.usageWindow)}d` },
    })),
    "asks whether AWS began to track within the window": misled(({ tracking }) => ({
      tracking: { since: (...asked) => !tracking.since(...asked) },
    })),
  },
);

propertyTest<Decide>(
  "each permission has one verdict, and nothing goes that is pinned, new, unknown or not granted",
  decide,
  (decide) =>
    fc.assert(
      fc.property(patterns, services, level, patterns, (patterns, services, level, fresh) => {
        const config = settings({ level, pinned: ["s3:Delete*", "iam:PassRole"] });
        const protections = [{ until: daysAgo(-3), actions: universe.union(fresh) }];
        const { removed, groups, unknown } = decide({
          patterns,
          services,
          config,
          tracking: trackedFor(350),
          protections,
        });
        const grants = universe.union(patterns);
        const judged = groups.flatMap(({ actions }) => actions).sort((a, b) => a - b);
        assert.deepEqual(judged, [...grants.indices()]);
        assert.ok(removed.isSubsetOf(grants));
        assert.ok(!removed.overlaps(universe.union([...config.pinned, ...fresh])));
        assert.ok(unknown.every(({ verdict }) => verdict === "keep"));
      }),
      FIXED,
    ),
  {
    "forgets what is pinned": misled(({ config }) => ({ config: { ...config, pinned: [] } })),
    "matches what is new the wrong way round": misled(({ protections = [] }) => ({
      protections: protections.map(({ until, actions }) => ({
        until,
        actions: universe.none().union(actions.intersect(universe.expand("*:*Tags"))),
      })),
    })),
  },
);

type Narrow = typeof narrowedToSchedule;

propertyTest<Narrow>(
  "what a schedule removes was frozen in it, and could go now",
  narrowedToSchedule,
  (narrow) =>
    fc.assert(
      fc.property(
        patterns,
        services,
        fc.subarray(ACTIONS),
        fc.boolean(),
        (patterns, services, frozen, lower) => {
          const decided = decide({
            patterns,
            services,
            config: settings(),
            tracking: trackedFor(350),
          });
          const actions = frozen.map((one) => lower ? one.toLowerCase() : one);
          const { removed } = narrow(decided, { actions });
          assert.ok(removed.isSubsetOf(decided.removed), "could not go");
          assert.ok(removed.isSubsetOf(universe.union(frozen)), "was not frozen");
          assert.ok(removed.equals(decided.removed.intersect(universe.union(frozen))), "is less");
        },
      ),
      FIXED,
    ),
  {
    "removes whatever could go": (decided) => decided,
    "removes whatever was frozen": (decided, { actions }) => ({
      ...decided,
      removed: universe.union(actions),
    }),
    "minds the case of letters": (decided, { actions }) =>
      narrowedToSchedule(decided, {
        actions: actions.filter((one) => universe.actions.includes(one)),
      }),
  },
);

type Fresh = typeof newPermissions;

propertyTest<Fresh>(
  "new is exactly what some version within the time did not grant",
  newPermissions,
  (fresh) =>
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 0, max: 40 }), { maxLength: 4 }),
        fc.array(fc.subarray(ACTIONS), { minLength: 5, maxLength: 5 }),
        fc.boolean(),
        (ages, sets, trustFirstScan) => {
          const dates = ages.toSorted((a, b) => b - a).map(daysAgo);
          const versions = dates.map((discovered, index) => ({
            seq: index + 1,
            hash: "",
            source: "Scan" as const,
            discovered,
            run_id: null,
            policies: {},
          }));
          const live = universe.union(sets[4]!);
          const found = fresh({
            versions,
            live,
            grants: ({ seq }) => universe.union(sets[seq - 1]!),
            config: { protectNew: "14d", trustFirstScan },
            now: NOW,
          });
          const start = daysAgo(14);
          // The rule in its plainest words.
          const inForce = versions.filter((_, index) => (dates[index + 1] ?? daysAgo(0)) > start);
          const old = inForce.reduce(
            (all, { seq }) => all.intersect(universe.union(sets[seq - 1]!)),
            live,
          );
          const known = (dates[0] ?? daysAgo(0)) <= start || trustFirstScan;
          const expected = known ? live.minus(old) : live;
          const all = found.reduce((sum, { actions }) => sum.union(actions), universe.none());
          assert.deepEqual([...all], [...expected]);
          for (const { until } of found) {
            assert.ok(until > daysAgo(0) && until <= daysAgo(-14), until);
          }
        },
      ),
      FIXED,
    ),
  {
    "looks at the newest version alone": (said) =>
      newPermissions({ ...said, versions: said.versions.slice(-1) }),
    "forgets versions that grant nothing": (said) =>
      newPermissions({
        ...said,
        versions: said.versions.filter((version) => !said.grants(version).isEmpty),
      }),
    "trusts the first scan always": (said) =>
      newPermissions({ ...said, config: { ...said.config, trustFirstScan: true } }),
  },
);
