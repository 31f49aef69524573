import assert from "assert";
import {
  countByPlace,
  decideLimits,
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

for (const { title, limits, refusal, ...rest } of [...bounds, ...budgets]) {
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
