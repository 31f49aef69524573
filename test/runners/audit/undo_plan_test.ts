import assert from "assert";
import fc from "fast-check";
import type { JournalEntry } from "../../../runners/core/journal/entry.ts";
import { partsOf } from "../../../runners/core/parts.ts";
import { drift } from "../../../runners/audit/ladder/drift.ts";
import { stepsFrom } from "../../../runners/audit/ladder/ladder.ts";
import { type MarkRow, markValue, ruleHash } from "../../../runners/audit/ladder/mark.ts";
import type { LiftRow } from "../../../runners/audit/ladder/protection.ts";
import type { ObservedInstance } from "../../../runners/audit/observed.ts";
import { readWithChange } from "../../../runners/audit/read_instances.ts";
import { isLeft, planUndo, type UndoTypes } from "../../../runners/audit/undo/undo_plan.ts";
import type { Undone } from "../../../runners/audit/undo/undone_run.ts";
import { FIXED, generated, propertyTest } from "../core/properties.ts";
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
  WHOLE_LADDER,
} from "./world.ts";

type Planning = Parameters<typeof planUndo>[0];

const RUN = "01K00000000000000000000001";
const OTHER_RUN = "01K00000000000000000000002";
const HERE = "us-east-1";
const STOPPED_AT = "2026-11-20T10:00:00.000Z";

const CONFIG = configOf({
  required: [{ key: "owner" }],
  ladder: WHOLE_LADDER,
  limits: {},
  enforce: { accounts: [DEV] },
  protection: "lift",
});

const MARKED_AT = new Date("2026-11-16T12:00:00Z");
const MARK: MarkRow = {
  value: markValue(stepsFrom(MARKED_AT, CONFIG), MARKED_AT, ruleHash(CONFIG)),
  deadline: stepsFrom(MARKED_AT, CONFIG).stop!,
  rule_hash: ruleHash(CONFIG),
  marked_at: MARKED_AT.toISOString(),
  run_id: OTHER_RUN,
  stopped_at: STOPPED_AT,
};

/** The instance as the run has left it that stopped it. */
function asLeft(number: number, part: Partial<ObservedInstance> = {}): ObservedInstance {
  return anInstance(number, {
    state: "stopped",
    tags: { Name: "web", [CONFIG.mark]: MARK.value },
    ...part,
  });
}

/** What the journal has of a stop or a termination by the run. */
function undone(
  kind: "stop" | "terminate",
  number: number,
  { account = DEV, outcome = "done", finished = STOPPED_AT, before = {} }: {
    readonly account?: string;
    readonly outcome?: JournalEntry["outcome"];
    readonly finished?: string | null;
    readonly before?: Record<string, unknown>;
  } = {},
): Undone {
  const { id, managedBy: _by, protection: _none, tags, ...instance } = anInstance(number);
  const action = kind === "stop" ? "ec2:StopInstances" : "ec2:TerminateInstances";
  const written = {
    account,
    region: HERE,
    action,
    target: `arn:aws:ec2:${HERE}:${account}:instance/${id}`,
    reason: "owner is missing",
    before: {
      tags,
      state: kind === "stop" ? "running" : "stopped",
      zone: "us-east-1a",
      mark: MARK,
      instance: { ...instance, tags },
      ...before,
    },
    after: { state: kind === "stop" ? "stopped" : "terminated" },
  };
  const change = { kind, id: `${kind}-${number}`, ...written } as Undone["change"];
  const entry = {
    ...written,
    change_id: change.id,
    run_id: RUN,
    intended_at: STOPPED_AT,
    outcome,
    finished_at: outcome === null ? null : finished,
  };
  return { change, entry: entry as unknown as JournalEntry };
}

function planning(
  entries: readonly Undone[],
  instances: readonly ObservedInstance[],
  more: {
    readonly marks?: readonly (readonly [number, MarkRow])[];
    readonly lifts?: readonly (readonly [number, LiftRow])[];
    readonly part?: Partial<Planning>;
  } = {},
): Planning {
  const rows = <Row>(all: readonly (readonly [number, Row])[]) =>
    new Map(all.map(([number, row]) => [`${DEV}/${HERE}/${idOf(number)}`, row]));
  return {
    ...planningOf(partsOf([anAccount(DEV, [aRegion(HERE, instances)])]), CONFIG),
    earlier: {
      ...NOTHING_EARLIER,
      marks: rows(
        more.marks ?? instances.map(({ id }) => [Number.parseInt(id.slice(2), 16), MARK]),
      ),
      lifts: rows(more.lifts ?? []),
      undone: entries,
    },
    ...more.part,
  };
}

const reasons = (plan: ReturnType<typeof planUndo>) => plan.spared.map(({ reason }) => reason);
const kinds = (plan: ReturnType<typeof planUndo>) => plan.changes.map(({ kind }) => kind);

Deno.test("what a run has stopped is started, and the plan says what the next apply does", () => {
  const plan = planUndo(planning([undone("stop", 1)], [asLeft(1)]), RUN);
  assert.deepEqual([kinds(plan), reasons(plan)], [["start"], []]);
  const [after] = plan.own.after_undo;
  assert.deepEqual([after?.step, after?.why], ["stop", "owner is missing"]);
  assert.ok(Date.parse(after!.due!) <= NOW.getTime());
});

const TOUCHED: readonly (readonly [string, Partial<ObservedInstance>, string])[] = [
  ["runs again", { state: "running" }, "already-running"],
  ["is about to run", { state: "pending" }, "already-running"],
  ["is still stopping", { state: "stopping" }, "still-stopping"],
  ["was started and stopped again", { launched: "2026-11-20T11:00:00.000Z" }, "stopped-again"],
  ["has another type", { type: "t3.large" }, "changed-since"],
  ["has another network interface", { created: "2026-11-20T11:00:00.000Z" }, "stopped-again"],
  ["is terminated", { state: "terminated" }, "terminated-since"],
  ["is being terminated", { state: "shutting-down" }, "terminated-since"],
  ["has lost its mark", { tags: { Name: "web" } }, "mark-changed"],
  ["has a forged mark", { tags: { [CONFIG.mark]: `${MARK.value}x` } }, "mark-changed"],
  [
    "is in doubt",
    { doubt: { reason: "listed-twice", detail: "twice" } },
    "listed-twice",
  ],
];

for (const [how, part, reason] of TOUCHED) {
  Deno.test(`an instance that ${how} is spared by name: ${reason}`, () => {
    const plan = planUndo(planning([undone("stop", 1)], [asLeft(1, part)]), RUN);
    assert.deepEqual([kinds(plan), reasons(plan)], [[], [reason]]);
    assert.ok(plan.spared[0]!.target.endsWith(idOf(1)));
  });
}

for (
  const [code, message, reason, says] of [
    ["Client.UserInitiatedShutdown", "User initiated shutdown", "stopped-again", /somebody/],
    ["Client.UserInitiatedHibernate", "", "stopped-again", /somebody/],
    ["Client.InstanceInitiatedShutdown", "", "stopped-again", /somebody/],
    ["", "", "stopped-again", /somebody/],
    [
      "Client.InternalError",
      "Client.InternalError: Client error on launch",
      "stopped-by-ec2",
      /EC2 has stopped it again: Client\.InternalError: Client error on launch\. If a volume is encrypted, the role .* key$/,
    ],
    [
      "Server.InsufficientInstanceCapacity",
      "",
      "stopped-by-ec2",
      /EC2 has stopped it again: Server\.InsufficientInstanceCapacity$/,
    ],
  ] as const
) {
  Deno.test(`an instance that was started and stopped by "${code}" is spared: ${reason}`, () => {
    const changed = { at: null, code, message };
    const instance = asLeft(1, { launched: "2026-11-20T11:00:00.000Z", changed });
    const plan = planUndo(planning([undone("stop", 1)], [instance]), RUN);
    assert.deepEqual([kinds(plan), reasons(plan)], [[], [reason]]);
    assert.match(plan.spared[0]!.detail, says);
    // What EC2 has stopped was not started again, as it was to be.
    assert.equal(isLeft(plan.spared[0]!), reason === "stopped-by-ec2");
  });
}

Deno.test("an instance whose interface is another is spared, though nobody has started it", () => {
  const part = { created: "2026-11-20T11:00:00.000Z", launched: anInstance(1).launched };
  const plan = planUndo(planning([undone("stop", 1)], [asLeft(1, part)]), RUN);
  assert.deepEqual([kinds(plan), reasons(plan)], [[], ["changed-since"]]);
});

Deno.test("an instance that AWS does not list is spared, never said to be gone", () => {
  const plan = planUndo(planning([undone("stop", 1)], []), RUN);
  assert.deepEqual([kinds(plan), reasons(plan)], [[], ["not-listed"]]);
});

Deno.test("an instance that the ladder has terminated since is gone, also when AWS forgets it", () => {
  const marks = [[1, { ...MARK, terminated_at: "2026-11-20T11:00:00.000Z" }]] as const;
  const plan = planUndo(planning([undone("stop", 1)], [], { marks }), RUN);
  assert.deepEqual(reasons(plan), ["terminated-since"]);
});

for (const value of [MARK.value, ""]) {
  Deno.test(`without the row of its mark an instance is not started, though its tag is "${value}"`, () => {
    const instance = asLeft(1, { tags: { [CONFIG.mark]: value } });
    const plan = planUndo(planning([undone("stop", 1)], [instance], { marks: [] }), RUN);
    assert.deepEqual([kinds(plan), reasons(plan)], [[], ["mark-changed"]]);
  });
}

Deno.test("an instance is spared by the name of the tag if audit.mark is another one since", () => {
  const config = { ...CONFIG, mark: "other" };
  const plan = planUndo(planning([undone("stop", 1)], [asLeft(1)], { part: { config } }), RUN);
  assert.deepEqual(plan.spared.map(({ reason, detail }) => [reason, detail]), [[
    "mark-changed",
    'it does not carry the tag "other" (audit.mark), without which it is not started',
  ]]);
});

Deno.test("an instance that runs and keeps the rules, so that its mark is gone, needs no more", () => {
  const instance = asLeft(1, { state: "running", tags: { owner: "alice" } });
  const plan = planUndo(planning([undone("stop", 1)], [instance], { marks: [] }), RUN);
  assert.deepEqual(reasons(plan), ["already-running"]);
});

Deno.test("an instance is started that a later run of ours has marked again for other rules", () => {
  const later = { ...MARK, value: `${MARK.value.slice(0, -8)}00000000`, rule_hash: "00000000" };
  const instance = asLeft(1, { tags: { [CONFIG.mark]: later.value } });
  const plan = planUndo(planning([undone("stop", 1)], [instance], { marks: [[1, later]] }), RUN);
  assert.deepEqual([kinds(plan), plan.own.after_undo.map(({ step }) => step)], [["start"], [
    "mark",
  ]]);
});

Deno.test("both sources must show the mark", () => {
  const region = aRegion(HERE, [asLeft(1)]);
  const hidden = {
    ...region,
    secondSource: { ...region.secondSource!, tags: { [idOf(1)]: { Name: "web" } } },
  };
  const observed = partsOf([anAccount(DEV, [hidden])]);
  const plan = planUndo(planning([undone("stop", 1)], [asLeft(1)], { part: { observed } }), RUN);
  assert.deepEqual([kinds(plan), reasons(plan)], [[], ["tag-sources-disagree"]]);
});

Deno.test("a journal that does not say when the instance was launched is no evidence", () => {
  const old = undone("stop", 1, { before: { instance: { type: "t3.small" } } });
  const plan = planUndo(planning([old], [asLeft(1)]), RUN);
  assert.deepEqual([kinds(plan), reasons(plan)], [[], ["journal-incomplete"]]);
});

for (
  const [StateTransitionReason, at] of [
    ["User initiated (2026-11-30 22:00:00 GMT)", "2026-11-30T22:00:00.000Z"],
    ["User initiated (2026-11-30 22:00:00 UTC)", "2026-11-30T22:00:00.000Z"],
    ["User initiated (2026-11-30 22:00:00 CET)", null],
    ["User initiated (2026-13-30 22:00:00 GMT)", null],
    ["User initiated", null],
    ["", null],
    [undefined, null],
  ] as const
) {
  Deno.test(`EC2's "${StateTransitionReason}" is read as ${at}`, () => {
    const instance = StateTransitionReason === undefined ? {} : { StateTransitionReason };
    assert.equal(readWithChange(idOf(1), instance, NOW).changed?.at, at);
  });
}

const LATER = "2026-11-20T13:00:00.000Z";
const SOON = "2026-11-20T10:00:30.000Z";

/** Whether a run has stopped an instance that is stopped, by its journal and by EC2. */
const WHO_STOPPED: readonly (readonly [
  JournalEntry["outcome"],
  finished: string | null,
  changed: string | null | undefined,
  boolean,
])[] = [
  ["done", SOON, undefined, true],
  ["done", SOON, null, true],
  // A later run has found it stopped.
  ["done", LATER, undefined, false],
  ["done", LATER, null, false],
  ["done", LATER, "2026-11-20T12:00:00.000Z", false],
  ["done", LATER, STOPPED_AT, true],
  ["unknown", SOON, undefined, false],
  ["unknown", SOON, null, false],
  ["unknown", SOON, "2026-11-20T10:00:20.000Z", true],
  ["unknown", SOON, "2026-11-20T10:00:31.000Z", false],
  ["unknown", SOON, "2026-11-20T09:59:00.000Z", false],
  [null, null, undefined, false],
  [null, null, "2026-11-20T10:02:00.000Z", true],
  [null, null, "2026-11-20T10:16:00.000Z", false],
];

for (const [outcome, finished, at, isOurs] of WHO_STOPPED) {
  Deno.test(`a stop that is ${outcome} at ${finished} and dated ${at} is ${isOurs ? "" : "not "}undone`, () => {
    const code = "Client.UserInitiatedShutdown";
    const changed = at === undefined ? {} : { changed: { at, code, message: "" } };
    const given = planning([undone("stop", 1, { outcome, finished })], [asLeft(1, changed)]);
    const plan = planUndo(given, RUN);
    assert.deepEqual(
      [kinds(plan), reasons(plan)],
      isOurs ? [["start"], []] : [[], [
        "not-finished",
      ]],
    );
    assert.equal(plan.spared.filter(isLeft).length, isOurs ? 0 : 1);
  });
}

Deno.test("a termination is listed as what cannot be undone, as long as AWS lists it and after", () => {
  for (const instances of [[asLeft(1, { state: "terminated" })], []]) {
    const plan = planUndo(planning([undone("terminate", 1)], instances), RUN);
    assert.deepEqual([kinds(plan), reasons(plan)], [[], ["cannot-be-undone"]]);
    assert.equal(plan.spared[0]!.detail, "A termination cannot be undone");
  }
});

const LIFTED: LiftRow = {
  protection: { termination: true, stop: true },
  at: STOPPED_AT,
  run_id: RUN,
};
const failed = undone("terminate", 1, {
  outcome: "failed",
  before: { protection: LIFTED.protection },
});
const bare = { termination: false, stop: false };

const PROTECTIONS: readonly (readonly [
  string,
  ObservedInstance["protection"],
  LiftRow | null,
  readonly string[],
])[] = [
  ["that the run has lifted is set again", bare, LIFTED, ["restore"]],
  ["of which a part is off is set again", { termination: true, stop: false }, LIFTED, ["restore"]],
  ["that is back stays", { termination: true, stop: true }, LIFTED, ["protection-back"]],
  ["that could not be read stays", null, LIFTED, ["protection-unread"]],
  ["that another run has lifted stays", bare, { ...LIFTED, run_id: OTHER_RUN }, ["lifted-again"]],
  ["that no row knows of stays", bare, null, ["not-terminated"]],
];

for (const [what, protection, lift, expected] of PROTECTIONS) {
  Deno.test(`a protection ${what}`, () => {
    const lifts = lift ? [[1, lift] as const] : [];
    const plan = planUndo(planning([failed], [asLeft(1, { protection })], { lifts }), RUN);
    assert.deepEqual([...kinds(plan), ...reasons(plan)], expected);
  });
}

Deno.test("a protection is not set again where the role may not, and people are told", () => {
  const config = { ...CONFIG, protection: "respect" as const };
  const given = planning([failed], [asLeft(1, { protection: bare })], {
    lifts: [[1, LIFTED]],
    part: { config },
  });
  assert.deepEqual(reasons(planUndo(given, RUN)), ["protection-lifted"]);
});

Deno.test("an account that is not enforced any more is undone, and the next apply leaves it", () => {
  const config = { ...CONFIG, enforce: { ...CONFIG.enforce, accounts: [] } };
  const plan = planUndo(planning([undone("stop", 1)], [asLeft(1)], { part: { config } }), RUN);
  assert.deepEqual(kinds(plan), ["start"]);
  assert.deepEqual(plan.own.after_undo.map(({ step, why }) => [step, why]), [
    [null, "audit.enforce names neither the account nor a unit of it"],
  ]);
});

// What an undo does not read: it needs no rule.
for (
  const [what, { required }] of [
    [
      "IAM users",
      configOf({ required: [{ key: "owner", value: { principal: { users: true } } }] }),
    ],
    ["a file", configOf({ required: [{ key: "owner", value: { valueFrom: "teams.txt" } }] })],
    [
      "a VPC",
      configOf({ required: [{ key: "owner", when: { vpcs: ["vpc-0123456789abcdef0"] } }] }),
    ],
  ] as const
) {
  Deno.test(`for a rule by ${what} no step is foretold, and that it is not read here`, () => {
    const config = { ...CONFIG, required };
    const tags = { owner: what === "a VPC" ? "" : "alice", [CONFIG.mark]: MARK.value };
    const plan = planUndo(
      planning([undone("stop", 1)], [asLeft(1, { tags })], { part: { config } }),
      RUN,
    );
    assert.deepEqual(plan.own.after_undo.map(({ step, why }) => [step, why]), [
      [null, "whether owner is right is not read here"],
    ]);
  });
}

Deno.test("who has corrected the tags, or is exempt, hears that the ladder leaves the instance", () => {
  const tags = { owner: "alice", [CONFIG.mark]: MARK.value };
  const right = planUndo(planning([undone("stop", 1)], [asLeft(1, { tags })]), RUN);
  assert.deepEqual(right.own.after_undo.map(({ step, why }) => [step, why]), [
    [null, "it keeps the rules now"],
  ]);
  const exempt = [{ match: { account: DEV }, reason: "a mistake", until: "2026-12-31" }];
  const config = { ...CONFIG, exempt };
  const plan = planUndo(planning([undone("stop", 1)], [asLeft(1)], { part: { config } }), RUN);
  assert.deepEqual(plan.own.after_undo.map(({ step, why }) => [step, why]), [
    [null, "exempt until 2026-12-31: a mistake"],
  ]);
});

Deno.test("an account that could not be read, or is not named any more, is not proven and not changed", () => {
  const entries = [undone("stop", 1), undone("stop", 2, { account: PROD })];
  const observed = partsOf([anAccount(DEV, [aFailedRegion(HERE)])]);
  const plan = planUndo(planning(entries, [], { part: { observed } }), RUN);
  assert.deepEqual(kinds(plan), []);
  assert.deepEqual(plan.coverage.unproven.map(({ account, reason }) => [account, reason]), [
    [DEV, "access-denied"],
    [PROD, "account-left-out"],
  ]);
  assert.deepEqual(reasons(plan), ["access-denied", "account-left-out"]);
});

/* What must be true before anything is given back, written again and independently. */

const variant = fc.record({
  kind: fc.constantFrom("stop", "stop", "terminate"),
  outcome: fc.constantFrom("done", "unknown", "failed", null),
  listed: fc.constantFrom(true, true, false),
  state: fc.constantFrom("stopped", "stopped", "running", "stopping", "terminated"),
  launched: fc.constantFrom(
    anInstance(1).launched,
    anInstance(1).launched,
    "2026-11-20T11:00:00.000Z",
  ),
  tag: fc.constantFrom(MARK.value, MARK.value, "gk1/forged", undefined),
  second: fc.constantFrom(MARK.value, MARK.value, undefined),
  row: fc.constantFrom(MARK, MARK, undefined),
  type: fc.constantFrom("t3.small", "t3.small", "t3.large"),
  doubt: fc.constantFrom(false, false, false, true),
  lift: fc.constantFrom(undefined, RUN, OTHER_RUN),
  protection: fc.constantFrom(null, bare, LIFTED.protection),
});

const MANY = { ...FIXED, numRuns: generated(1000) };

type Variant = typeof variant extends fc.Arbitrary<infer V> ? V : never;

const numberOf = ({ target }: { readonly target: string }) =>
  Number.parseInt(target.split("/i-")[1]!, 16);

function worldOf(variants: readonly Variant[]): Planning {
  const tagsOf = (value: string | undefined) => value === undefined ? {} : { [CONFIG.mark]: value };
  const instances = variants.flatMap((one, index) =>
    one.listed
      ? [anInstance(index, {
        state: one.state,
        launched: one.launched,
        created: anInstance(1).created,
        type: one.type,
        tags: tagsOf(one.tag),
        protection: one.protection,
        ...(one.doubt ? { doubt: { reason: "incomplete-record", detail: "" } } : {}),
      })]
      : []
  );
  const region = aRegion(HERE, instances);
  const tags = Object.fromEntries(
    variants.map(({ second }, index) => [idOf(index), tagsOf(second)]),
  );
  const secondSource = { ...region.secondSource!, tags };
  const entries = variants.map(({ kind, outcome, lift }, index) =>
    undone(kind as "stop" | "terminate", index, {
      outcome: outcome as JournalEntry["outcome"],
      before: lift === undefined ? {} : { protection: LIFTED.protection },
    })
  );
  return planning(entries, instances, {
    marks: variants.flatMap(({ row }, index) => row ? [[index, row] as const] : []),
    lifts: variants.flatMap(({ lift }, index) =>
      lift === undefined ? [] : [[index, { ...LIFTED, run_id: lift }] as const]
    ),
    part: { observed: partsOf([anAccount(DEV, [{ ...region, secondSource }])]) },
  });
}

type Plan = (given: Planning) => ReturnType<typeof planUndo>;
const right: Plan = (given) => planUndo(given, RUN);

/** The plan of the world as it would be if all instances were so. */
const seeing = (part: Partial<ObservedInstance>): Plan => (given) => {
  const observed = partsOf(Array.from(given.observed, (account) => ({
    ...account,
    regions: account.regions.map((region) => ({
      ...region,
      instances: region.instances.map((one) => ({ ...one, ...part })),
    })),
  })));
  return right({ ...given, observed });
};

/** The plan of what earlier runs would have left so. */
const knowing = (
  other: (earlier: UndoTypes["Earlier"], given: Planning) => Partial<UndoTypes["Earlier"]>,
): Plan =>
(given) => right({ ...given, earlier: { ...given.earlier, ...other(given.earlier, given) } });

propertyTest<Plan>(
  "nothing is started but what the run has stopped and nobody has touched since",
  right,
  (plan) => {
    fc.assert(
      fc.property(fc.array(variant, { minLength: 1, maxLength: 6 }), (variants) => {
        for (const change of plan(worldOf(variants)).changes) {
          const one = variants[numberOf(change)]!;
          assert.ok(one.listed && !one.doubt);
          if (change.kind === "restore") {
            assert.equal(one.kind, "terminate");
            assert.equal(one.lift, RUN);
            assert.deepEqual(one.protection, bare);
            assert.notEqual(one.state, "terminated");
            continue;
          }
          assert.deepEqual(
            [
              change.kind,
              one.kind,
              one.state,
              one.type,
              one.launched,
              one.tag,
              one.second,
              one.row,
              one.outcome,
            ],
            [
              "start",
              "stop",
              "stopped",
              "t3.small",
              anInstance(1).launched,
              MARK.value,
              MARK.value,
              MARK,
              "done",
            ],
          );
        }
      }),
      MANY,
    );
  },
  {
    "takes no heed of the state": seeing({ state: "stopped" }),
    "takes no heed of a start since": seeing({ launched: anInstance(1).launched }),
    "takes no heed of another type": seeing({ type: "t3.small" }),
    "believes DescribeInstances of the mark": (given) => {
      const observed = partsOf(Array.from(given.observed, (account) => ({
        ...account,
        regions: account.regions.map((region) => ({
          ...region,
          secondSource: {
            ...region.secondSource!,
            tags: Object.fromEntries(region.instances.map(({ id, tags }) => [id, tags])),
          },
        })),
      })));
      return right({ ...given, observed });
    },
    "believes the tag without its row": knowing((_, { earlier }) => ({
      marks: new Map(
        earlier.undone.map(({ entry }) => [`${DEV}/${HERE}/${idOf(numberOf(entry))}`, MARK]),
      ),
    })),
    "takes no heed of the outcome of the stop": knowing(({ undone }) => ({
      undone: undone.map((one) => ({
        ...one,
        entry: { ...one.entry, outcome: "done", finished_at: STOPPED_AT },
      })),
    })),
    "restores what another run has lifted": knowing(({ lifts }) => ({
      lifts: new Map([...lifts].map(([id, lift]) => [id, { ...lift, run_id: RUN }])),
    })),
  },
);

propertyTest<Plan>("each of what a run did is either undone or spared by name", right, (plan) => {
  fc.assert(
    fc.property(fc.array(variant, { minLength: 1, maxLength: 6 }), (variants) => {
      const { changes, spared } = plan(worldOf(variants));
      const told = [...changes, ...spared].map(numberOf).sort((a, b) => a - b);
      assert.deepEqual(told, variants.map((_, index) => index));
    }),
    MANY,
  );
}, {
  "hides what is spared": (given) => ({ ...right(given), spared: [] }),
  "hides what AWS does not list": (given) => {
    const plan = right(given);
    return { ...plan, spared: plan.spared.filter(({ reason }) => reason !== "not-listed") };
  },
});

propertyTest<Plan>(
  "what seconds before the start shows somebody's hand is not started",
  right,
  (plan) => {
    fc.assert(
      fc.property(fc.array(variant, { minLength: 1, maxLength: 6 }), variant, (variants, later) => {
        const start = plan(worldOf(variants)).changes.find(({ kind }) => kind === "start");
        if (!start) return;
        const [seen] = partsOf(worldOf([{ ...later, listed: true }]).observed);
        const instance = seen!.regions[0]!.instances[0]!;
        const secondTags = seen!.regions[0]!.secondSource!.tags[idOf(0)]!;
        const why = drift(start, { ...instance, secondTags }, CONFIG);
        const untouched = !later.doubt && later.state === "stopped" && later.type === "t3.small" &&
          later.launched === anInstance(1).launched && later.tag === MARK.value &&
          later.second === MARK.value;
        assert.equal(why === undefined, untouched, why);
      }),
      MANY,
    );
  },
  {
    "forgets when the instance was launched": (given) => {
      const plan = right(given);
      return {
        ...plan,
        changes: plan.changes.map((change) =>
          change.kind === "start"
            ? {
              ...change,
              before: {
                ...change.before,
                instance: { ...change.before.instance, launched: "2026-11-20T11:00:00.000Z" },
              },
            }
            : change
        ),
      };
    },
  },
);
