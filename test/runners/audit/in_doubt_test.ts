import type { Instance } from "@aws-sdk/client-ec2";
import assert from "assert";
import fc from "fast-check";
import type { JournalEntry } from "../../../runners/core/journal/entry.ts";
import type { AuditChange } from "../../../runners/audit/ladder/audit_change.ts";
import { takesIn } from "../../../runners/audit/config.ts";
import { plan } from "../../../runners/audit/plan.ts";
import type { AuditAccount, AuditFinding } from "../../../runners/audit/findings.ts";
import { auditObservationRows } from "../../../runners/audit/ladder/observation_rows.ts";
import { settle } from "../../../runners/audit/ladder/settle.ts";
import type { ObservedInstance } from "../../../runners/audit/observed.ts";
import type { AuditPlanning } from "../../../runners/audit/planning.ts";
import { idIn } from "../../../runners/core/aws/describe_instances.ts";
import { onceEach, readInstance } from "../../../runners/audit/read_instances.ts";
import { generated, propertyTest } from "../core/properties.ts";
import { latePlanning } from "./arbitrary_world.ts";
import { withInstances } from "./other_worlds.ts";
import { kindIn } from "./store_rows.ts";
import { anInstance, DEV, idOf, NOW, oneRegion, YESTERDAY } from "./world.ts";

const RECORD: Instance = {
  InstanceId: idOf(1),
  State: { Name: "running" },
  LaunchTime: new Date(YESTERDAY),
  ImageId: "ami-00000000000000001",
  RootDeviceType: "ebs",
  Tags: [{ Key: "owner", Value: "alice" }, { Key: "note", Value: "" }],
};
const { Tags: _tags, ...UNTAGGED } = RECORD;
const tagged = (...Tags: Instance["Tags"] & object) => ({ ...RECORD, Tags });

/** What a record of DescribeInstances lacks, and the doubt that comes of it. */
const RECORDS: readonly (readonly [what: string, Instance, doubt: string | undefined])[] = [
  ["with all that is needed", RECORD, undefined],
  ["without tags", UNTAGGED, undefined],
  [
    "without LaunchTime",
    { ...RECORD, LaunchTime: undefined },
    "incomplete-record: DescribeInstances does not say its LaunchTime",
  ],
  [
    "with a LaunchTime that is no date",
    { ...RECORD, LaunchTime: new Date(NaN) },
    "incomplete-record: DescribeInstances says it was launched at no date",
  ],
  [
    "launched before there was EC2",
    { ...RECORD, LaunchTime: new Date("1970-01-01T00:00:00Z") },
    "incomplete-record: DescribeInstances says it was launched at 1970-01-01T00:00:00.000Z",
  ],
  [
    "launched in two days",
    { ...RECORD, LaunchTime: new Date("2026-11-22T12:00:00Z") },
    "incomplete-record: DescribeInstances says it was launched at 2026-11-22T12:00:00.000Z",
  ],
  [
    "without State",
    { ...RECORD, State: undefined },
    "incomplete-record: DescribeInstances does not say its State.Name",
  ],
  [
    "without the name of its State, its image and its root device",
    { ...RECORD, State: {}, ImageId: undefined, RootDeviceType: undefined },
    "incomplete-record: DescribeInstances does not say its State.Name and its ImageId and its " +
    "RootDeviceType",
  ],
  [
    "in a state that nobody knows",
    { ...RECORD, State: { Name: "hibernating" as "running" } },
    'unknown-state: DescribeInstances says the state "hibernating", which this version does not know',
  ],
  [
    "with a tag without its value",
    tagged({ Key: "owner" }),
    'incomplete-record: DescribeInstances gives no value of its tag "owner"',
  ],
  [
    "with a tag without its key",
    tagged({ Value: "alice" }),
    "incomplete-record: DescribeInstances gives a tag of it without a key",
  ],
  [
    "with two values of a tag",
    tagged({ Key: "owner", Value: "alice" }, { Key: "owner", Value: "" }),
    'listed-twice: DescribeInstances gives two values of its tag "owner"',
  ],
  [
    "with a tag twice and equal",
    tagged({ Key: "owner", Value: "alice" }, { Key: "owner", Value: "alice" }),
    undefined,
  ],
];

for (const [what, record, expected] of RECORDS) {
  Deno.test(`an instance ${what} is ${expected ? "in doubt" : "in no doubt"}`, () => {
    const { doubt } = readInstance(RECORD.InstanceId!, record, NOW);
    assert.equal(doubt && `${doubt.reason}: ${doubt.detail}`, expected);
  });
}

for (const InstanceId of [undefined, "", "web", "i-*"]) {
  Deno.test(`an instance with the ID ${InstanceId} is an error: nobody can be told of it`, () => {
    assert.throws(() => idIn({ InstanceId }), {
      name: "IncompleteAnswerError",
      message: /^ec2:DescribeInstances answered with .* without .*; nothing is concluded$/,
    });
  });
}

Deno.test("equal copies of an instance are one, whatever the order of their tags", () => {
  const other = { ...RECORD, Tags: [...RECORD.Tags!].reverse() };
  const [one, ...more] = onceEach(
    [RECORD, other].map((record) => readInstance(RECORD.InstanceId!, record, NOW)),
  );
  assert.deepEqual([one!.doubt, more], [undefined, []]);
});

Deno.test("an instance with copies that differ is neither there nor gone", () => {
  const states = [{ Name: "terminated" }, { Name: "running" }] as const;
  for (const order of [states, [...states].reverse()]) {
    const copies = order.map((State) =>
      readInstance(RECORD.InstanceId!, { ...RECORD, State }, NOW)
    );
    const [one, ...more] = onceEach(copies);
    assert.deepEqual([one!.state, one!.doubt?.reason, more], ["unknown", "listed-twice", []]);
  }
});

const DOUBT = { reason: "listed-twice", detail: "twice" };

/** Worlds in which much is due, and every third instance is in doubt. */
const doubtful = fc.tuple(latePlanning, fc.nat(2)).map(([planning, at]) => {
  let count = 0;
  return withInstances(
    planning,
    // Nobody asks whether it is protected.
    (instance) => ++count % 3 === at ? { ...instance, protection: null, doubt: DOUBT } : instance,
  );
});

const without = (planning: AuditPlanning) =>
  withInstances(planning, ({ doubt: _doubt, ...instance }) => instance);

const idsInDoubt = ({ observed }: AuditPlanning) =>
  new Set(
    [...observed].flatMap(({ regions }) =>
      regions.flatMap(({ instances }) => instances.filter(({ doubt }) => doubt))
    ).map(({ id }) => id),
  );

const RUNS = { seed: 20_261_129, numRuns: generated(400) };

propertyTest<typeof plan>(
  "what is in doubt is never changed or found, and always spared where its region is proven",
  plan,
  (make) =>
    fc.assert(
      fc.property(doubtful, (planning) => {
        const made = make(planning);
        const inDoubt = idsInDoubt(planning);
        const idOfTarget = ({ target }: { target: string }) => target.split("/").at(-1)!;
        const acted = made.changes.map(idOfTarget).filter((id) => inDoubt.has(id));
        assert.deepEqual(acted, []);
        const findings = made.own["findings"] as unknown as AuditFinding[];
        assert.deepEqual(findings.filter(({ id }) => inDoubt.has(id)), []);
        const spared = made.spared.filter((one) => inDoubt.has(idOfTarget(one)));
        assert.ok(spared.every(({ reason }) => reason === DOUBT.reason));
        const figures = made.own["accounts"] as unknown as AuditAccount[];
        const counted = figures.reduce((sum, { doubtful }) => sum + (doubtful ?? 0), 0);
        assert.equal(spared.length, counted);
        const proven = new Set(
          made.coverage.regions.map(({ account, region }) => `${account}/${region}`),
        );
        const expected = [...planning.observed].flatMap(({ id, regions }) =>
          regions.filter(({ region }) => proven.has(`${id}/${region}`))
            .flatMap(({ instances }) => instances.filter(({ doubt }) => doubt))
        );
        assert.equal(counted, expected.length);
      }),
      RUNS,
    ),
  {
    "believes the first copy": (planning) => plan(without(planning)),
    "says nothing of what is in doubt": (planning) => {
      const { spared, ...rest } = plan(planning);
      return { ...rest, spared: spared.filter(({ reason }) => reason !== DOUBT.reason) };
    },
    "acts on the first copy, and spares it too": (planning) => ({
      ...plan(planning),
      changes: plan(without(planning)).changes,
    }),
  },
);

propertyTest<typeof auditObservationRows>(
  "what is in doubt always keeps its look, its mark and what was lifted, as far as it is enforced",
  auditObservationRows,
  (looksOf) =>
    fc.assert(
      fc.property(doubtful, (planning) => {
        const inDoubt = idsInDoubt(planning);
        const { accounts } = planning.config.enforce;
        const written = looksOf(planning, plan(planning)).flat().filter((write) =>
          ["audit/sighting", "audit/mark", "audit/lifted-protection"].includes(kindIn(write)) &&
          inDoubt.has(write.id.split("/").at(-1)!) && takesIn(accounts, write.id.split("/")[0]!)
        );
        // A new account is not enforced yet, and its marks go.
        const old = [...planning.observed].filter(({ joined }) => joined === null);
        const kept = written.filter(({ id }) => old.some((one) => id.startsWith(`${one.id}/`)));
        assert.deepEqual(kept, []);
      }),
      RUNS,
    ),
  {
    "judges the first copy": (planning) =>
      auditObservationRows(without(planning), plan(without(planning))),
  },
);

Deno.test("an intent on an instance in doubt stays open", () => {
  const change = {
    account: DEV,
    region: "us-east-1",
    kind: "stop",
    target: `arn:aws:ec2:us-east-1:${DEV}:instance/${idOf(1)}`,
    before: { state: "running" },
    after: { state: "stopped" },
  } as unknown as AuditChange;
  const proof = { proven: true, proof: "second-source" };
  const settled = (instance: ObservedInstance) => {
    const regions = new Map([[`${DEV}/us-east-1`, { proof }]]);
    return settle(
      { change, entry: {} as JournalEntry },
      oneRegion(instance),
      { own: { regions } } as unknown as ReturnType<typeof plan>,
    );
  };
  assert.deepEqual(settled(anInstance(1, { state: "stopped" })), { verdict: "done" });
  assert.deepEqual(settled({ ...anInstance(1, { state: "stopped" }), doubt: DOUBT }), {
    verdict: "unread",
  });
});
