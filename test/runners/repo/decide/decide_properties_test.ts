import assert from "assert";
import fc from "fast-check";
import { loadCatalogue } from "../../../../runners/repo/catalogue/catalogue.ts";
import { makeUniverse } from "../../../../runners/repo/catalogue/universe.ts";
import type { RepoSettings } from "../../../../runners/repo/config.ts";
import { type Decided, narrowedToSchedule } from "../../../../runners/repo/decide/decided.ts";
import { makeDecider } from "../../../../runners/repo/decide/decide.ts";
import {
  type Protection,
  protectionsOf,
  type SeenVersions,
  sightsOf,
} from "../../../../runners/repo/decide/new_permissions.ts";
import { unusedClaim } from "../../../../runners/repo/decide/unused_claim.ts";
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

/** The same decision with other evidence or settings than it was given. */
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

type Fresh = (
  seen: SeenVersions,
  config: Pick<RepoSettings, "protectNew" | "trustFirstScan" | "usageWindow">,
) => Protection[];

const fresh: Fresh = (seen, config) => protectionsOf(sightsOf(seen), config, seen.now);

const DAY = 86_400_000;

propertyTest<Fresh>(
  "what the first scan found stays for protectNew, and what a later one found always for the window",
  fresh,
  (fresh) =>
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 0, max: 120 }), { maxLength: 5 }),
        fc.array(fc.subarray(ACTIONS), { minLength: 6, maxLength: 6 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 120 }),
        fc.integer({ min: 0, max: 120 }),
        (ages, sets, trustFirstScan, windowDays, newDays) => {
          const found = ages.toSorted((a, b) => b - a);
          const versions = found.map((days, index) => ({
            seq: index + 1,
            hash: "",
            source: "Scan" as const,
            discovered: daysAgo(days),
            run_id: null,
            policies: {},
          }));
          const protections = fresh({
            versions,
            live: universe.union(sets[5]!),
            grants: ({ seq }) => universe.union(sets[seq - 1]!),
            now: NOW,
          }, { protectNew: `${newDays}d`, usageWindow: `${windowDays}d`, trustFirstScan });
          for (const action of ACTIONS) {
            const until = Math.max(
              ...protections.filter(({ actions }) => actions.hasIndex(universe.indexOf(action)!))
                .map(({ until }) => Date.parse(until)),
            );
            // The rule in its plainest words, one action at a time.
            const last = versions.findLastIndex(({ seq }) => !sets[seq - 1]!.includes(action));
            const isFirst = last < 0;
            const since = found[last + 1] ?? 0;
            const days = isFirst ? trustFirstScan ? 0 : newDays : Math.max(newDays, windowDays);
            const isNew = sets[5]!.includes(action) && since < days;
            assert.equal(until, isNew ? NOW.getTime() + (days - since) * DAY : -Infinity, action);
          }
        },
      ),
      FIXED,
    ),
  {
    "looks at the newest version alone": (seen, config) =>
      fresh({ ...seen, versions: seen.versions.slice(-1) }, config),
    "forgets versions that grant nothing": (seen, config) =>
      fresh({
        ...seen,
        versions: seen.versions.filter((version) => !seen.grants(version).isEmpty),
      }, config),
    "trusts the first scan always": (seen, config) =>
      fresh(seen, { ...config, trustFirstScan: true }),
    "gives what came later no more than protectNew": (seen, config) =>
      fresh(seen, { ...config, usageWindow: config.protectNew }),
    "holds what the first scan found for the window": (seen, config) =>
      fresh(seen, { ...config, protectNew: config.usageWindow }),
    "takes what was brought back for what was always there": (seen, config) =>
      fresh({
        ...seen,
        grants: (version) =>
          seen.versions.filter(({ seq }) => seq <= version.seq)
            .reduce((all, one) => all.union(seen.grants(one)), universe.none()),
      }, config),
  },
);

type Claim = typeof unusedClaim;

propertyTest<Claim>(
  "no claim of disuse is ever longer than the role's life, the tracking period or what was seen",
  unusedClaim,
  (claim) =>
    fc.assert(
      fc.property(
        fc.constantFrom("service-unused", "action-unused"),
        fc.option(fc.integer({ min: 0, max: 900 })),
        fc.integer({ min: 0, max: 900 }),
        fc.option(fc.integer({ min: 0, max: 900 })),
        fc.integer({ min: 0, max: 5 }),
        fc.boolean(),
        (reason, used, created, seen, evidence, isFirst) => {
          const found = seen === null
            ? []
            : [{ actions: universe.union(["s3:*"]), since: Date.parse(daysAgo(seen)), isFirst }];
          const place = universe.indexOf("s3:GetObject")!;
          const lastUsed = used === null ? null : daysAgo(used);
          const made = claim(reason as "service-unused", lastUsed, [place], {
            created: daysAgo(created),
            completedAt: daysAgo(evidence),
            sights: found,
            now: NOW,
          });
          if (made === null) {
            assert.ok(reason === "action-unused" && used === null);
            return;
          }
          const bounds = [
            created,
            ...(used === null ? [] : [used]),
            ...(seen === null || isFirst ? [] : [seen]),
            ...(used === null ? [400 + evidence] : []),
          ];
          const most = Math.max(0, Math.min(...bounds) - evidence);
          assert.ok(made.days <= most, `${made.days} of ${most}`);
          if (reason === "service-unused") assert.equal(made.days, most);
        },
      ),
      FIXED,
    ),
  {
    "forgets when the role was created": (reason, used, actions, limits) =>
      unusedClaim(reason, used, actions, { ...limits, created: daysAgo(5_000) }),
    "forgets when the permission was seen": (reason, used, actions, limits) =>
      unusedClaim(reason, used, actions, { ...limits, sights: [] }),
    "counts up to the run": (reason, used, actions, limits) =>
      unusedClaim(reason, used, actions, { ...limits, completedAt: limits.now.toISOString() }),
    "takes no date for never": (reason, used, actions, limits) =>
      unusedClaim(reason, used ?? daysAgo(5_000), actions, limits),
  },
);
