import assert from "assert";
import { countByPlace, wantedOf } from "../../../../runners/core/limits/counts.ts";
import {
  decideLimits,
  type KindBounds,
  type LimitQuestion,
  type Limits,
  type Refusal,
  type Reservation,
} from "../../../../runners/core/limits/limits.ts";

const NOW = new Date("2026-11-20T12:00:00.000Z");
const DAY_MS = 86_400_000;
const none: Limits = {
  perRun: {},
  perAccount: {},
  perRegion: {},
  rollingDay: {},
  minPopulation: 20,
  kinds: [],
};
const at = (place: string, count: number) => {
  const [account = "", region = ""] = place.split("/");
  return { account, region, count };
};
const ago = (ms: number) => new Date(NOW.getTime() - ms).toISOString();
const run = (count: number, part: Partial<Reservation> = {}): Reservation => ({
  run_id: "other",
  at: ago(3_600_000),
  share: false,
  finished: true,
  examined: [],
  wanted: [at("A/east", count)],
  ...part,
});

interface LimitCase extends Partial<Omit<LimitQuestion, "limits">> {
  readonly title: string;
  readonly limits: Partial<Limits>;
  /** Null: allowed. Parts that are left out are not compared. */
  readonly refusal: Partial<Refusal> | null;
}

const bounds: readonly LimitCase[] = [
  {
    title: "one more than the run may",
    limits: { perRun: { count: 4 } },
    wanted: [at("A/east", 2), at("B/east", 3)],
    refusal: { limit: "limits.perRun.count", value: 4, would: 5, reserved: 0, scope: null },
  },
  { title: "just as many as the run may", limits: { perRun: { count: 5 } }, refusal: null },
  {
    title: "one where none is allowed",
    limits: { perRun: { count: 0 } },
    wanted: [at("A/east", 1)],
    refusal: { limit: "limits.perRun.count", value: 0, would: 1 },
  },
  {
    title: "one where no share is allowed",
    limits: { perRun: { percent: 0 } },
    wanted: [at("A/east", 1)],
    refusal: { limit: "limits.perRun.percent", value: 0, would: 1 },
  },
  {
    title: "nothing, where nothing is allowed",
    limits: { perRun: { count: 0, percent: 0 }, rollingDay: { count: 0 } },
    wanted: [at("A/east", 0)],
    refusal: null,
  },
  {
    title: "any number where no limit is set",
    limits: {},
    wanted: [at("A/e", 9e5)],
    refusal: null,
  },
  {
    title: "more than a share of all that was examined",
    limits: { perRun: { percent: 10 } },
    wanted: [at("A/east", 5)],
    examined: [at("A/east", 20), at("B/east", 29)],
    refusal: { limit: "limits.perRun.percent", value: 4, would: 5, scope: null },
  },
  {
    title: "just a share of all that was examined, counted over the whole run",
    limits: { perRun: { percent: 10 } },
    wanted: [at("A/east", 5)],
    examined: [at("A/east", 20), at("B/east", 30)],
    refusal: null,
  },
  {
    title: "all of 19, where a share of fewer than 20 says nothing",
    limits: { perRun: { percent: 10 } },
    wanted: [at("A/east", 19)],
    examined: [at("A/east", 19)],
    refusal: null,
  },
  {
    title: "all of 20, where a share of 20 says something",
    limits: { perRun: { percent: 10 } },
    wanted: [at("A/east", 20)],
    examined: [at("A/east", 20)],
    refusal: { limit: "limits.perRun.percent", value: 2, would: 20 },
  },
  {
    title: "more than the count, well within the share",
    limits: { perRun: { count: 4, percent: 90 } },
    examined: [at("A/east", 1000)],
    refusal: { limit: "limits.perRun.count" },
  },
  {
    title: "more than the share, well within the count",
    limits: { perRun: { count: 400, percent: 1 } },
    examined: [at("A/east", 100)],
    refusal: { limit: "limits.perRun.percent", value: 1 },
  },
  {
    title: "more than one account may, well within the run",
    limits: { perRun: { count: 10 }, perAccount: { count: 3 } },
    wanted: [at("A/east", 2), at("B/east", 2), at("B/west", 2)],
    refusal: { limit: "limits.perAccount.count", value: 3, would: 4, scope: "B" },
  },
  {
    title: "a share of an account, by what was examined in that account",
    limits: { perAccount: { percent: 10 } },
    wanted: [at("A/east", 3)],
    examined: [at("A/east", 20), at("B/east", 1000)],
    refusal: { limit: "limits.perAccount.percent", value: 2, would: 3, scope: "A" },
  },
  {
    title: "more than one region may, well within its account",
    limits: { perAccount: { count: 10 }, perRegion: { count: 3 } },
    wanted: [at("A/east", 3), at("A/west", 4)],
    refusal: { limit: "limits.perRegion.count", value: 3, would: 4, scope: "A/west" },
  },
  {
    title: "the same region of two accounts, which are two regions",
    limits: { perRegion: { count: 3 } },
    wanted: [at("A/east", 3), at("B/east", 3)],
    refusal: null,
  },
  {
    title: "more than a day may",
    limits: { rollingDay: { count: 4 } },
    refusal: { limit: "limits.rollingDay.count", value: 4, would: 5 },
  },
  {
    title: "too many by several limits: the run's is told",
    limits: {
      perRun: { count: 1 },
      perAccount: { count: 1 },
      perRegion: { count: 1 },
      rollingDay: { count: 1 },
    },
    refusal: { limit: "limits.perRun.count" },
  },
  {
    title: "more than --max-changes, which is told first",
    limits: { perRun: { count: 1 } },
    maxChanges: 2,
    refusal: { limit: "--max-changes", value: 2, would: 5 },
  },
  {
    title: "more than the run may, whatever --max-changes says",
    limits: { perRun: { count: 4 } },
    maxChanges: 100,
    refusal: { limit: "limits.perRun.count", value: 4 },
  },
  { title: "as many as --max-changes", limits: {}, maxChanges: 5, refusal: null },
  { title: "one with --max-changes 0", limits: {}, maxChanges: 0, refusal: { value: 0 } },
];

const budgets: readonly LimitCase[] = [
  {
    title: "a run beside one of account B that is done: --account A then --account B",
    limits: { perRun: { count: 9 } },
    share: true,
    others: [run(5, { share: true, wanted: [at("B/east", 5)] })],
    refusal: { limit: "limits.perRun.count", value: 9, would: 10, reserved: 5 },
  },
  {
    title: "a whole run after a share of today",
    limits: { perRun: { count: 9 } },
    others: [run(5, { share: true })],
    refusal: { would: 10, reserved: 5 },
  },
  {
    title: "a share after a whole run of today",
    limits: { perRun: { count: 9 } },
    share: true,
    others: [run(5)],
    refusal: { would: 10, reserved: 5 },
  },
  {
    title: "a whole run after a whole run that is done: each has its own budget per run",
    limits: { perRun: { count: 9 } },
    others: [run(5)],
    refusal: null,
  },
  {
    title: "a whole run beside a whole run that is not done",
    limits: { perRun: { count: 9 } },
    others: [run(5, { finished: false })],
    refusal: { would: 10, reserved: 5 },
  },
  {
    title: "a run after one that died days ago and was never settled",
    limits: { perRun: { count: 9 } },
    others: [run(5, { finished: false, at: ago(9 * DAY_MS) })],
    refusal: { would: 10, reserved: 5 },
  },
  {
    title: "two shares, each of fewer than 20, that are 36 together",
    limits: { perRun: { percent: 10 } },
    share: true,
    wanted: [at("A/west", 2)],
    examined: [at("A/west", 18)],
    others: [run(2, { share: true, examined: [at("A/east", 18)] })],
    refusal: { limit: "limits.perRun.percent", value: 3, would: 4, reserved: 2 },
  },
  {
    title: "the same share twice, which is no larger for that",
    limits: { perRun: { percent: 10 } },
    share: true,
    wanted: [at("A/east", 2)],
    examined: [at("A/east", 18)],
    others: [run(2, { share: true, examined: [at("A/east", 18)] })],
    refusal: null,
  },
  {
    title: "a share after a share that is a day old to the millisecond",
    limits: { perRun: { count: 9 }, rollingDay: { count: 9 } },
    share: true,
    others: [run(5, { share: true, at: ago(DAY_MS) })],
    refusal: null,
  },
  {
    title: "a share after a share that is a day old in a millisecond",
    limits: { perRun: { count: 9 } },
    share: true,
    others: [run(5, { share: true, at: ago(DAY_MS - 1) })],
    refusal: { reserved: 5 },
  },
  {
    title: "the runs of a day together, whole or not",
    limits: { rollingDay: { count: 11 } },
    others: [run(3), run(4, { share: true })],
    refusal: { limit: "limits.rollingDay.count", value: 11, would: 12, reserved: 7 },
  },
  {
    title: "what others did in another account, which this account's limit does not count",
    limits: { perAccount: { count: 5 } },
    others: [run(5, { finished: false, wanted: [at("B/east", 5)] })],
    refusal: null,
  },
  {
    title: "what others do in this account now",
    limits: { perAccount: { count: 9 } },
    others: [run(5, { finished: false, wanted: [at("A/west", 5)] })],
    refusal: { limit: "limits.perAccount.count", would: 10, reserved: 5, scope: "A" },
  },
  {
    title: "what others do in another region of this account, which a region does not count",
    limits: { perRegion: { count: 5 } },
    others: [run(5, { finished: false, wanted: [at("A/west", 5)] })],
    refusal: null,
  },
  {
    title: "a share of what was examined that others have begun to take",
    limits: { perRun: { percent: 10 } },
    examined: [at("A/east", 90)],
    others: [run(5, { finished: false })],
    refusal: { limit: "limits.perRun.percent", value: 9, would: 10, reserved: 5 },
  },
  {
    title: "nothing, where others have taken all",
    limits: { perRun: { count: 5 } },
    wanted: [],
    others: [run(9, { finished: false })],
    refusal: null,
  },
];

const ofStep = (name: string, kind: string, part: Partial<KindBounds> = {}): KindBounds => ({
  name,
  kind,
  perRun: {},
  perAccount: {},
  perRegion: {},
  rollingDay: {},
  ...part,
});
const stop = (part: Partial<KindBounds>) => ofStep("stop", "ec2:StopInstances", part);
const terminate = (part: Partial<KindBounds>) =>
  ofStep("terminate", "ec2:TerminateInstances", part);
const doing = (kind: string, place: string, count: number) => ({ ...at(place, count), kind });
const MARK = "ec2:CreateTags";
const STOP = "ec2:StopInstances";
const TERMINATE = "ec2:TerminateInstances";

const steps: readonly LimitCase[] = [
  {
    title: "more stops than a run may, well within all",
    limits: { perRun: { count: 100 }, kinds: [stop({ perRun: { count: 2 } })] },
    wanted: [doing(MARK, "A/east", 9), doing(STOP, "A/east", 1), doing(STOP, "B/west", 2)],
    refusal: { limit: "limits.stop.perRun.count", value: 2, would: 3, reserved: 0, scope: null },
  },
  {
    title: "as many stops as a run may, and any number of marks",
    limits: { kinds: [stop({ perRun: { count: 3 } })] },
    wanted: [doing(MARK, "A/east", 90), doing(STOP, "A/east", 3)],
    refusal: null,
  },
  {
    title: "more than a run may, all steps together, well within each step's",
    limits: {
      perRun: { count: 4 },
      kinds: [stop({ perRun: { count: 4 } }), terminate({ perRun: { count: 4 } })],
    },
    wanted: [doing(STOP, "A/east", 3), doing(TERMINATE, "A/east", 2)],
    refusal: { limit: "limits.perRun.count", value: 4, would: 5 },
  },
  {
    title: "a termination where none is allowed",
    limits: { kinds: [terminate({ perRun: { count: 0 } })] },
    wanted: [doing(TERMINATE, "A/east", 1)],
    refusal: { limit: "limits.terminate.perRun.count", value: 0, would: 1 },
  },
  {
    title: "stops where no termination is allowed",
    limits: { kinds: [terminate({ perRun: { count: 0 } })] },
    wanted: [doing(STOP, "A/east", 5)],
    refusal: null,
  },
  {
    title: "more stops than an account may, of which another step counts nothing",
    limits: { kinds: [stop({ perAccount: { count: 1 } })] },
    wanted: [doing(TERMINATE, "A/east", 5), doing(STOP, "B/east", 1), doing(STOP, "B/west", 1)],
    refusal: { limit: "limits.stop.perAccount.count", value: 1, would: 2, scope: "B" },
  },
  {
    title: "more stops than a region may",
    limits: { kinds: [stop({ perRegion: { count: 1 } })] },
    wanted: [doing(STOP, "A/east", 1), doing(STOP, "A/west", 2)],
    refusal: { limit: "limits.stop.perRegion.count", value: 1, would: 2, scope: "A/west" },
  },
  {
    title: "more stops than a share of all that was examined",
    limits: { kinds: [stop({ perRun: { percent: 1 } })] },
    wanted: [doing(STOP, "A/east", 3)],
    examined: [at("A/east", 200)],
    refusal: { limit: "limits.stop.perRun.percent", value: 2, would: 3 },
  },
  {
    title: "more terminations than a day may, with those of other runs",
    limits: { kinds: [terminate({ rollingDay: { count: 5 } })] },
    wanted: [doing(TERMINATE, "A/east", 2)],
    others: [run(0, { wanted: [doing(TERMINATE, "B/east", 4), doing(STOP, "B/east", 50)] })],
    refusal: { limit: "limits.terminate.rollingDay.count", value: 5, would: 6, reserved: 4 },
  },
  {
    title: "terminations on a day of many stops, which count for stops",
    limits: { kinds: [terminate({ rollingDay: { count: 5 } })] },
    wanted: [doing(TERMINATE, "A/east", 2)],
    others: [run(0, { wanted: [doing(STOP, "B/east", 50)] })],
    refusal: null,
  },
  {
    title: "marks on a day whose terminations are used up",
    limits: { kinds: [terminate({ rollingDay: { count: 5 } })] },
    wanted: [doing(MARK, "A/east", 2)],
    others: [run(0, { wanted: [doing(TERMINATE, "B/east", 9)] })],
    refusal: null,
  },
  {
    title: "terminations beside what 0.1.0 has reserved, which could only mark",
    limits: { kinds: [terminate({ perRun: { count: 5 }, rollingDay: { count: 5 } })] },
    wanted: [doing(TERMINATE, "A/east", 5)],
    others: [run(5, { finished: false })],
    refusal: null,
  },
  {
    title: "terminations beside what 0.1.0 has reserved, which counts for all",
    limits: { perRun: { count: 9 }, kinds: [terminate({ perRun: { count: 5 } })] },
    wanted: [doing(TERMINATE, "A/east", 5)],
    others: [run(5, { finished: false })],
    refusal: { limit: "limits.perRun.count", value: 9, would: 10, reserved: 5 },
  },
  {
    title: "terminations of two shares of the organization, counted together",
    limits: { kinds: [terminate({ perRun: { count: 5 } })] },
    share: true,
    wanted: [doing(TERMINATE, "A/east", 3)],
    others: [run(0, { share: true, wanted: [doing(TERMINATE, "B/east", 3)] })],
    refusal: { limit: "limits.terminate.perRun.count", would: 6, reserved: 3 },
  },
  {
    title: "terminations that are counted apart, whatever other steps have taken",
    limits: { perRun: { count: 5 }, rollingDay: { count: 5 }, apart: [TERMINATE] },
    share: true,
    wanted: [doing(TERMINATE, "A/east", 5)],
    others: [run(5), run(5, { wanted: [doing(STOP, "A/east", 5)] })],
    refusal: null,
  },
  {
    title: "terminations that are counted apart, together with those of another share",
    limits: { perRun: { count: 5 }, apart: [TERMINATE] },
    share: true,
    wanted: [doing(TERMINATE, "A/east", 3)],
    others: [run(0, { share: true, wanted: [doing(TERMINATE, "B/east", 3)] })],
    refusal: { limit: "limits.perRun.count", value: 5, would: 6, reserved: 3 },
  },
  {
    title: "terminations that are counted apart, where none is allowed",
    limits: { perRun: { count: 0 }, apart: [TERMINATE] },
    wanted: [doing(TERMINATE, "A/east", 1)],
    refusal: { limit: "limits.perRun.count", value: 0, would: 1 },
  },
  {
    title: "terminations that are counted apart, by --max-changes too",
    limits: { apart: [TERMINATE] },
    maxChanges: 2,
    wanted: [doing(TERMINATE, "A/east", 3)],
    refusal: { limit: "--max-changes", value: 2, would: 3 },
  },
  {
    title: "stops beside terminations that are counted apart",
    limits: { perRun: { count: 5 }, apart: [TERMINATE] },
    share: true,
    wanted: [doing(STOP, "A/east", 5)],
    others: [run(0, { wanted: [doing(TERMINATE, "A/east", 5)] })],
    refusal: null,
  },
  {
    title: "one kind of a family that is counted apart, whatever another has taken, and any day",
    limits: { perRun: { count: 5 }, rollingDay: { count: 2 }, apart: ["undo/"] },
    share: true,
    wanted: [doing("undo/b", "A/east", 5)],
    others: [run(0, { share: true, wanted: [doing("undo/a", "A/east", 5)] })],
    refusal: null,
  },
  {
    title: "one kind of a family, together with its own other shares",
    limits: { perRun: { count: 5 }, apart: ["undo/"] },
    share: true,
    wanted: [doing("undo/a", "A/east", 3)],
    others: [run(0, { share: true, wanted: [doing("undo/a", "B/east", 3)] })],
    refusal: { limit: "limits.perRun.count", value: 5, would: 6, reserved: 3 },
  },
  {
    title: "a kind that only begins like a family",
    limits: { perRun: { count: 5 }, rollingDay: { count: 2 }, apart: ["undo/"] },
    wanted: [doing("undo", "A/east", 3)],
    refusal: { limit: "limits.rollingDay.count", value: 2, would: 3 },
  },
  {
    title: "other steps beside a family that is counted apart",
    limits: { perRun: { count: 5 }, rollingDay: { count: 5 }, apart: ["undo/"] },
    share: true,
    wanted: [doing(STOP, "A/east", 5)],
    others: [run(0, { wanted: [doing("undo/a", "A/east", 5)] })],
    refusal: null,
  },
  {
    title: "one kind of a family, by --max-changes too",
    limits: { apart: ["undo/"] },
    maxChanges: 2,
    wanted: [doing("undo/a", "A/east", 3)],
    refusal: { limit: "--max-changes", value: 2, would: 3 },
  },
];

for (const { title, limits, refusal, ...rest } of [...bounds, ...budgets, ...steps]) {
  Deno.test(`limits ${refusal ? "refuse" : "allow"} ${title}`, () => {
    const found = decideLimits({
      limits: { ...none, ...limits },
      wanted: [at("A/east", 5)],
      examined: [],
      share: false,
      others: [],
      now: NOW,
      ...rest,
    });
    if (refusal === null) return assert.equal(found, null);
    assert.deepEqual({ ...found, ...refusal }, found);
  });
}

Deno.test("changes are counted per account and region, in their order", () => {
  const places = ["B/east", "A/west", "A/east", "A/west"].map((place) => at(place, 9));
  assert.deepEqual(countByPlace(places), [at("A/east", 1), at("A/west", 2), at("B/east", 1)]);
  assert.deepEqual(countByPlace([]), []);
});

Deno.test("what is wanted is counted per kind too, without what draws on no limit", () => {
  const change = (place: string, action: string, value: string | null) => ({
    ...at(place, 0),
    action,
    after: { value },
  });
  const changes = [
    change("B/east", STOP, ""),
    change("A/west", MARK, "gk1"),
    change("A/west", "ec2:DeleteTags", null),
    change("A/west", STOP, ""),
    change("A/west", STOP, ""),
  ];
  const kindOf = (
    { action, after }: { readonly action: string; readonly after: { readonly value?: unknown } },
  ) => after["value"] === null ? null : action;
  assert.deepEqual(wantedOf(changes, kindOf), [
    { account: "A", region: "west", kind: MARK, count: 1 },
    { account: "A", region: "west", kind: STOP, count: 2 },
    { account: "B", region: "east", kind: STOP, count: 1 },
  ]);
});
