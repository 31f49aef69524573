import assert from "assert";
import { partsOf } from "../../../runners/core/parts.ts";
import type { Json } from "../../../runners/core/json.ts";
import { auditJob } from "../../../runners/audit/job.ts";
import type { Level } from "../../../runners/audit/levels.ts";
import type { LiftRow } from "../../../runners/audit/ladder/protection.ts";
import { type MarkRow, markValue, ruleHash } from "../../../runners/audit/ladder/mark.ts";
import type { ObservedInstance, ObservedRegion } from "../../../runners/audit/observed.ts";
import { plan } from "../../../runners/audit/plan.ts";
import type { AuditPlanning } from "../../../runners/audit/planning.ts";
import { kindIn } from "./store_rows.ts";
import {
  aFailedRegion,
  anAccount,
  anInstance,
  aRegion,
  configOf,
  DEV,
  idOf,
  NOTHING_EARLIER,
  NOW,
  planningOf,
  PROD,
  YESTERDAY,
} from "./world.ts";

const base = {
  required: [{ key: "owner" }],
  enforce: { accounts: [DEV] },
  limits: { minPopulation: 4 },
};
const config = configOf(base);
const REGION = `${DEV}/us-east-1`;
const row = (number: number) => `${REGION}/${idOf(number)}`;
const right = { owner: "alice" };
const kept = (...numbers: readonly number[]) =>
  numbers.map((number) => anInstance(number, { tags: right }));
const broken = (...numbers: readonly number[]) => numbers.map((number) => anInstance(number));

const hash = ruleHash(config);
const mark: MarkRow = {
  value: markValue({}, new Date(YESTERDAY), hash),
  deadline: YESTERDAY,
  rule_hash: hash,
  marked_at: YESTERDAY,
  run_id: "run",
};
const lift: LiftRow = {
  protection: { termination: true, stop: false },
  at: YESTERDAY,
  run_id: "run",
};
const level = (listed: number, examined = listed, violating = 0, part: Partial<Level> = {}) => ({
  listed,
  examined,
  violating,
  at: YESTERDAY,
  ...part,
});

/** The rows that a run leaves of one kind, by row id; null where it deletes one. */
function rowsAfter(kind: string, planning: AuditPlanning): Record<string, Json> {
  return Object.fromEntries(
    auditJob.observationRows(planning, plan(planning)).flat().filter((write) =>
      kindIn(write) === kind
    )
      .map(({ id, value }) => [id, value ?? null]),
  );
}

function planningWith(
  regions: readonly ObservedRegion[],
  earlier: Partial<AuditPlanning["earlier"]>,
  own = config,
): AuditPlanning {
  const observed = partsOf([anAccount(DEV, regions)]);
  return planningOf(observed, own, { earlier: { ...NOTHING_EARLIER, ...earlier } });
}

const east = (instances: readonly ObservedInstance[]) => [aRegion("us-east-1", instances)];
const marks = new Map([[row(1), mark]]);
const lifts = new Map([[row(1), lift]]);
const unenforced = configOf({ ...base, enforce: {} });
const tagged = anInstance(1, { tags: { "groundskeeper-audit": mark.value } });

const markCases: readonly [what: string, AuditPlanning, goes: { mark: boolean; lift: boolean }][] =
  [
    [
      "of an instance that is marked stay",
      planningWith(east([tagged]), { marks, lifts }),
      { mark: false, lift: false },
    ],
    [
      "of an instance whose mark was taken away stay: it is told that it was",
      planningWith(east(broken(1)), { marks, lifts }),
      { mark: false, lift: false },
    ],
    [
      "of an instance that is not listed: the mark goes, the lift stays, since it may come back",
      planningWith(east(kept(2)), { marks, lifts }),
      { mark: true, lift: false },
    ],
    [
      "of an instance that is terminated go",
      planningWith(east([anInstance(1, { state: "terminated" }), ...kept(2)]), { marks, lifts }),
      { mark: true, lift: true },
    ],
    [
      "of an instance in a region that could not be read stay",
      planningWith([aFailedRegion("us-east-1")], { marks, lifts }),
      { mark: false, lift: false },
    ],
    [
      "of an instance in a region that was not looked at stay",
      planningWith([aRegion("eu-west-1", kept(2))], { marks, lifts }),
      { mark: false, lift: false },
    ],
    [
      "of an instance in a region that is empty in both sources stay",
      planningWith(east([]), { marks, lifts }),
      { mark: false, lift: false },
    ],
    [
      "of an instance that is gone with most others stay: the answer is not believed",
      planningWith(east(kept(2)), { marks, lifts, levels: new Map([[REGION, level(9)]]) }),
      { mark: false, lift: false },
    ],
    [
      "of an instance that is gone while far more breaks the rules stay",
      planningWith(east(broken(2, 3, 4, 5)), {
        marks,
        lifts,
        levels: new Map([[REGION, level(5)]]),
      }),
      { mark: false, lift: false },
    ],
    [
      "in an account that is enforced no more: the mark goes, so that the ladder begins anew",
      planningWith(east([tagged]), { marks, lifts }, unenforced),
      { mark: true, lift: false },
    ],
    [
      "of an instance that is gone from an account that is enforced no more: the mark goes",
      planningWith(east(kept(2)), { marks, lifts }, unenforced),
      { mark: true, lift: false },
    ],
    [
      "in an account that is enforced no more, and seems empty: the mark goes",
      planningWith(east([]), { marks, lifts }, unenforced),
      { mark: true, lift: false },
    ],
  ];

for (const [what, planning, goes] of markCases) {
  Deno.test(`the rows of mark and lift ${what}`, () => {
    assert.deepEqual(rowsAfter("audit/mark", planning), goes.mark ? { [row(1)]: null } : {});
    assert.deepEqual(
      rowsAfter("audit/lifted-protection", planning),
      goes.lift ? { [row(1)]: null } : {},
    );
  });
}

Deno.test("the row of a mark goes while its account is new, and of no other account", () => {
  const other = `${PROD}/us-east-1/${idOf(1)}`;
  const accounts = [
    anAccount(DEV, east([tagged]), { joined: YESTERDAY }),
    anAccount(PROD, east([tagged])),
  ];
  const own = configOf({ ...base, enforce: { accounts: [DEV, PROD] } });
  const planning = planningOf(partsOf(accounts), own, {
    earlier: { ...NOTHING_EARLIER, marks: new Map([[row(1), mark], [other, mark]]) },
  });
  assert.deepEqual(rowsAfter("audit/mark", planning), { [row(1)]: null });
});

Deno.test("an account whose id begins as another's keeps its rows", () => {
  const id = idOf(1);
  const near = `${DEV}/us-east-12/${id}`;
  const planning = planningWith(east(kept(2)), { marks: new Map([[near, mark]]) });
  assert.deepEqual(rowsAfter("audit/mark", planning), {});
});

/** The levels that a run leaves, without the time of enforcement. */
function levelsAfter(planning: AuditPlanning): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(rowsAfter("audit/level", planning)).map(([id, value]) => {
      const { enforced: _since, ...level } = value as { enforced?: unknown };
      return [id, level];
    }),
  );
}

const seen = (listed: number, examined: number, violating: number) => ({
  [REGION]: { listed, examined, violating, managed: 0, at: NOW.toISOString() },
});

const levelCases: readonly [what: string, AuditPlanning, rows: Record<string, Json>][] = [
  [
    "how many instances there are, in whatever state, and how many break the rules",
    planningWith(
      east([
        ...kept(1),
        ...broken(2),
        anInstance(3, { state: "pending" }),
        anInstance(4, { state: "terminated" }),
        anInstance(5, { state: "shutting-down" }),
      ]),
      {},
    ),
    seen(3, 2, 1),
  ],
  [
    "what is exempt, or in its grace, breaks no rule",
    planningWith(
      east([...broken(1), anInstance(2, { created: NOW.toISOString() })]),
      {},
      configOf({
        ...base,
        exempt: [{ match: { instanceId: idOf(1) }, reason: "vendor", until: "2026-12-31" }],
      }),
    ),
    seen(2, 2, 0),
  ],
  [
    "nothing of a region that could not be read",
    planningWith([aFailedRegion("us-east-1")], {}),
    {},
  ],
  [
    "nothing new of a region that could not be read and was known",
    planningWith([aFailedRegion("us-east-1")], { levels: new Map([[REGION, level(9)]]) }),
    {},
  ],
  [
    "since when the region is in doubt, beside how it was before",
    planningWith(east(kept(1)), { levels: new Map([[REGION, level(9)]]) }),
    {
      [REGION]: level(9, 9, 0, {
        doubted_since: NOW.toISOString(),
        doubted: { listed: 1, examined: 1, violating: 0, managed: 0 },
      }),
    },
  ],
  [
    "that it has been in doubt since yesterday, until it is believed",
    planningWith(east(broken(1, 2, 3, 4)), {
      levels: new Map([[
        REGION,
        level(4, 4, 0, {
          doubted_since: "2026-11-19T12:00:00.001Z",
          doubted: { listed: 4, examined: 4, violating: 4 },
        }),
      ]]),
    }),
    {
      [REGION]: level(4, 4, 0, {
        doubted_since: "2026-11-19T12:00:00.001Z",
        doubted: { listed: 4, examined: 4, violating: 4 },
      }),
    },
  ],
  [
    "how it is, once it has been so for a day",
    planningWith(east(broken(1, 2, 3, 4)), {
      levels: new Map([[
        REGION,
        level(4, 4, 0, {
          doubted_since: YESTERDAY,
          doubted: { listed: 4, examined: 4, violating: 4 },
        }),
      ]]),
    }),
    seen(4, 4, 4),
  ],
  [
    "how it is, once it is as it was again",
    planningWith(east(kept(1, 2, 3, 4)), {
      levels: new Map([[REGION, level(4, 4, 0, { doubted_since: "2026-11-20T11:00:00.000Z" })]]),
    }),
    seen(4, 4, 0),
  ],
];

for (const [what, planning, rows] of levelCases) {
  Deno.test(`a run writes down of a region ${what}`, () => {
    assert.deepEqual(levelsAfter(planning), rows);
  });
}

Deno.test("a jump over all regions leaves each in doubt that was read and known before, no other", () => {
  const levels = new Map(["a", "b", "gone"].map((region) => [`${DEV}/${region}`, level(3)]));
  const observed = ["a", "b", "new"].map((region) => aRegion(region, broken(1, 2, 3)));
  const planning = planningWith([...observed, aFailedRegion("gone")], { levels });
  assert.deepEqual(plan(planning).breakers.map(({ scope }) => scope), [null]);
  const doubt = {
    doubted_since: NOW.toISOString(),
    doubted: { listed: 3, examined: 3, violating: 3, managed: 0 },
  };
  assert.deepEqual(levelsAfter(planning), {
    [`${DEV}/a`]: level(3, 3, 0, doubt),
    [`${DEV}/b`]: level(3, 3, 0, doubt),
    [`${DEV}/new`]: { listed: 3, examined: 3, violating: 3, managed: 0, at: NOW.toISOString() },
  });
});

Deno.test("a region that is not believed for another reason begins with no level in a jump", () => {
  const levels = new Map(["a", "b"].map((region) => [`${DEV}/${region}`, level(3)]));
  const hidden = { ...aRegion("new", broken(1, 2, 3)), secondSource: null };
  const regions = ["a", "b"].map((region) => aRegion(region, broken(1, 2, 3)));
  const planning = planningWith([...regions, hidden], { levels });
  assert.deepEqual(Object.keys(levelsAfter(planning)), [`${DEV}/a`, `${DEV}/b`]);
});

Deno.test("a canary is not counted among the instances of its region", () => {
  const canaries = new Map([[REGION, {
    instance_id: idOf(9),
    how: "created" as const,
    at: YESTERDAY,
  }]]);
  const planning = planningWith(east([...kept(1), anInstance(9, { state: "stopped" })]), {
    canaries,
  });
  assert.deepEqual(levelsAfter(planning), seen(1, 1, 0));
});

const explained: readonly [
  what: string,
  ObservedInstance[],
  Map<string, MarkRow>,
  trips: boolean,
][] = [
  ["that nobody can explain", [], new Map(), true],
  [
    "that AWS lists as terminated",
    [4, 5, 6].map((number) => anInstance(number, { state: "terminated" })),
    new Map(),
    false,
  ],
  [
    "that the ladder has terminated",
    [],
    new Map([4, 5, 6].map((number) => [row(number), { ...mark, terminated_at: YESTERDAY }])),
    false,
  ],
  [
    "that the ladder has terminated and AWS still lists: each counts once",
    [anInstance(4, { state: "terminated" })],
    new Map([[row(4), { ...mark, terminated_at: YESTERDAY }]]),
    true,
  ],
  [
    "that the ladder has only marked",
    [],
    new Map([4, 5, 6].map((number) => [row(number), mark])),
    true,
  ],
  [
    "that the ladder has terminated elsewhere",
    [],
    new Map(
      [4, 5, 6].map((number) => [
        `${DEV}/eu-west-1/${idOf(number)}`,
        { ...mark, terminated_at: YESTERDAY },
      ]),
    ),
    true,
  ],
];

for (const [what, gone, terminated, trips] of explained) {
  Deno.test(`the absence of instances ${what} ${trips ? "trips" : "trips no"} breaker`, () => {
    const { breakers, coverage } = plan(
      planningWith(east([...kept(1, 2), ...gone]), {
        marks: terminated,
        levels: new Map([[REGION, level(8)]]),
      }),
    );
    const limits = breakers.map(({ limit }) => limit);
    assert.deepEqual(limits, trips ? ["breakers.populationDrop"] : []);
    assert.deepEqual(
      coverage.unproven.map(({ reason }) => reason),
      trips ? ["population-drop"] : [],
    );
  });
}

/** Instances of a group, as the tags say; `kept` is what no group has. */
const ofGroup = (...numbers: number[]) =>
  numbers.map((number) =>
    anInstance(number, {
      tags: { owner: "alice", "aws:autoscaling:groupName": "web" },
      managedBy: ["Auto Scaling group web"],
    })
  );
const gone = (all: readonly ObservedInstance[], part: Partial<ObservedInstance> = {}) =>
  all.map((one) => ({ ...one, state: "terminated", ...part }));
const WITHOUT_TAGS = { tags: {}, managedBy: [] };

const nights: readonly [what: string, ObservedInstance[], trips: boolean][] = [
  ["a group has scaled in", kept(1, 2, 3, 4), false],
  ["a group has scaled in, and AWS lists it", [
    ...kept(1, 2, 3, 4),
    ...gone(ofGroup(5, 6, 7, 8)),
  ], false],
  ["a group has scaled in, and the rest is gone", kept(1), true],
  ["the rest is gone, while AWS lists the group's instances as terminated", [
    ...kept(1),
    ...gone(ofGroup(5, 6, 7, 8)),
  ], true],
  ["the rest is gone, while AWS lists the group's as terminated, without their tags", [
    ...kept(1),
    ...gone(ofGroup(5, 6, 7, 8), WITHOUT_TAGS),
  ], true],
  ["the rest is gone, while the group replaces its instances", [
    ...ofGroup(15, 16, 17, 18),
    ...gone(ofGroup(5, 6, 7, 8)),
  ], true],
  ["most of the rest was terminated, as AWS lists it", [...kept(1), ...gone(kept(2, 3, 4))], false],
];

for (const [what, there, trips] of nights) {
  Deno.test(`where ${what}, ${trips ? "the region is not believed" : "nothing is lost"}`, () => {
    const levels = new Map([[REGION, level(8, 8, 0, { managed: 4 })]]);
    const made = plan(planningWith(east(there), { levels }));
    const limits = made.breakers.map(({ limit }) => limit);
    assert.deepEqual(limits, trips ? ["breakers.populationDrop"] : []);
  });
}

Deno.test("the level of a region knows how many instances are of groups, by the tags of both sources", () => {
  const told = aRegion("us-east-1", [...kept(1), ...ofGroup(2), anInstance(3)]);
  const tags = { ...told.secondSource!.tags, [idOf(3)]: { "eks:cluster-name": "shop" } };
  const region = { ...told, secondSource: { ...told.secondSource!, tags } };
  const levels = Object.values(levelsAfter(planningWith([region], {})));
  assert.deepEqual(levels.map((one) => (one as Level).managed), [2]);
});

Deno.test("an instance that keeps the rules again loses its mark before its sighting, so that a run which is cut leaves no mark without", () => {
  const sighting = { first_seen: YESTERDAY, last_seen: YESTERDAY, count: 1, rule_hash: hash };
  const planning = planningWith(east(kept(1)), { marks, sightings: new Map([[row(1), sighting]]) });
  const rounds = auditJob.observationRows(planning, plan(planning)).map((round) =>
    round.filter(({ id, value }) => id === row(1) && value === undefined).map(kindIn)
  );
  assert.deepEqual(rounds, [["audit/mark"], ["audit/sighting"]]);
});
