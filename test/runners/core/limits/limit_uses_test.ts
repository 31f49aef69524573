import assert from "assert";
import { budgetsText } from "../../../../runners/core/report/run_words.ts";
import {
  type LimitQuestion,
  type LimitUse,
  limitUses,
} from "../../../../runners/core/limits/limits.ts";

const place = { account: "A", region: "east" };
const reservation = {
  run_id: "other",
  at: "2026-11-20T11:00:00.000Z",
  share: false,
  finished: true,
  examined: [],
  wanted: [{ ...place, count: 4 }],
};
const question: LimitQuestion = {
  limits: {
    perRun: { count: 10, percent: 10 },
    perAccount: { count: 1 },
    perRegion: {},
    rollingDay: { count: 20 },
    minPopulation: 20,
    kinds: [],
  },
  wanted: [{ ...place, count: 2 }, { ...place, region: "west", count: 1 }],
  examined: [],
  share: false,
  others: [reservation],
  now: new Date("2026-11-20T12:00:00.000Z"),
};
const { limits } = question;
const day = { limit: "limits.rollingDay.count", value: 20, would: 7, reserved: 4, runs: 1 };

const uses: readonly (readonly [string, Partial<LimitQuestion>, readonly LimitUse[]])[] = [
  [
    "a whole run has its own budget, and shares the day's",
    {},
    [{ limit: "limits.perRun.count", value: 10, would: 3 }, day],
  ],
  [
    "a share of the organization shares both",
    { share: true },
    [{ limit: "limits.perRun.count", value: 10, would: 7, reserved: 4, runs: 1 }, day],
  ],
  [
    "a run that is not finished takes of both",
    { others: [{ ...reservation, finished: false, at: "2026-11-01T00:00:00.000Z" }] },
    [{ limit: "limits.perRun.count", value: 10, would: 7, reserved: 4, runs: 1 }, day],
  ],
  [
    "--max-changes lowers the run's",
    { maxChanges: 5 },
    [{ limit: "--max-changes", value: 5, would: 3 }, day],
  ],
  [
    "--max-changes never raises it",
    { maxChanges: 50 },
    [{ limit: "limits.perRun.count", value: 10, would: 3 }, day],
  ],
  [
    "a step's budgets are told where the run takes the step",
    {
      wanted: [{ ...place, kind: "ec2:StopInstances", count: 2 }],
      others: [{
        ...reservation,
        wanted: [...reservation.wanted, { ...place, kind: "ec2:StopInstances", count: 1 }],
      }],
      limits: {
        ...limits,
        kinds: ["stop", "terminate"].map((name) => ({
          name,
          kind: name === "stop" ? "ec2:StopInstances" : "ec2:TerminateInstances",
          perRun: { count: 5 },
          perAccount: {},
          perRegion: {},
          rollingDay: { count: 8 },
        })),
      },
    },
    [
      { limit: "limits.perRun.count", value: 10, would: 2 },
      { ...day, reserved: 5 },
      { limit: "limits.stop.perRun.count", value: 5, would: 2 },
      { limit: "limits.stop.rollingDay.count", value: 8, would: 3, reserved: 1, runs: 1 },
    ],
  ],
  [
    "runs that took nothing of it are not counted",
    {
      others: [
        reservation,
        { ...reservation, run_id: "a", wanted: [] },
        { ...reservation, run_id: "b", wanted: [{ ...place, count: 2 }] },
        { ...reservation, run_id: "old", at: "2026-11-01T00:00:00.000Z" },
      ],
    },
    [
      { limit: "limits.perRun.count", value: 10, would: 3 },
      { limit: "limits.rollingDay.count", value: 20, would: 9, reserved: 6, runs: 2 },
    ],
  ],
  [
    "a kind that is counted apart has the run's and the day's for itself",
    {
      share: true,
      wanted: [{ ...place, kind: "restore-run", count: 2 }],
      others: [reservation, {
        ...reservation,
        wanted: [{ ...place, kind: "restore-run", count: 1 }],
      }],
      limits: { ...limits, apart: ["restore-run"] },
    },
    [
      { limit: "limits.perRun.count", value: 10, would: 3, reserved: 1, runs: 1 },
      { ...day, would: 3, reserved: 1 },
    ],
  ],
  [
    "what has no limit is not told",
    { limits: { ...limits, perRun: { percent: 10 }, rollingDay: {} } },
    [],
  ],
];

for (const [title, part, expected] of uses) {
  Deno.test(`of the budgets: ${title}`, () => {
    assert.deepEqual(limitUses({ ...question, ...part }), expected);
  });
}

const texts: readonly (readonly [LimitUse, string])[] = [
  [{ limit: "limits.perRun.count", value: 50, would: 12 }, "12 of 50 roles for this run"],
  [
    { limit: "limits.perRun.count", value: 50, would: 42, reserved: 30, runs: 2 },
    "12 of 50 roles for this run, 30 of 50 used by 2 other runs",
  ],
  [
    { limit: "limits.rollingDay.count", value: 50, would: 42, reserved: 30, runs: 1 },
    "42 of 50 roles for the last 24 hours, 30 of these by 1 other run",
  ],
  [
    { limit: "--max-changes", value: 5, would: 3 },
    "3 of 5 roles for this run (--max-changes)",
  ],
];

for (const [use, said] of texts) {
  Deno.test(`people read of a budget: ${said}`, () => {
    assert.equal(budgetsText([use], () => "roles"), said);
  });
}
