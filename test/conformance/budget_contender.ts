import { seededRandom } from "../bench/seeded_random.ts";
import type { Place } from "../../runners/core/plan/change.ts";
import {
  decideLimits,
  type Limits,
  type Reservation,
  UNBOUNDED,
} from "../../runners/core/limits/limits.ts";
import { reduceReservation, reserve } from "../../runners/core/limits/reservations.ts";
import type { Store } from "../../runners/core/store/store.ts";

/** A budget that many processes draw on at once. Each job has one of its own. */
export type Budget = {
  readonly job: string;
  readonly limits: Limits;
  /** Whether each run reads a share of the organization, by which all of them have one budget. */
  readonly share: boolean;
  /** How many runs each process makes. */
  readonly runs: number;
  /** Whether a run ends before the next one of its process, and gives back what it did not use. */
  readonly ends: boolean;
};

export const BUDGETS: readonly Budget[] = [
  {
    job: "of-a-run",
    limits: { ...UNBOUNDED, perRun: { count: 25 } },
    share: true,
    runs: 1,
    ends: false,
  },
  {
    job: "of-a-day",
    limits: { ...UNBOUNDED, rollingDay: { count: 25 } },
    share: false,
    runs: 2,
    ends: true,
  },
  {
    job: "percent",
    limits: { ...UNBOUNDED, perRun: { percent: 10 }, minPopulation: 20 },
    share: true,
    runs: 1,
    ends: false,
  },
];

/** A run of a process: it wants so many of those that it has examined in its own account. */
export type BudgetRun = {
  readonly run_id: string;
  readonly place: Place;
  readonly examined: number;
  readonly wanted: number;
  /** How many of these it keeps when it ends. */
  readonly kept: number;
};

/** What a run was told, and by which reservations of others, with what each had taken then. */
export type BudgetAnswer = {
  readonly run_id: string;
  readonly isAllowed: boolean;
  readonly saw: Readonly<Record<string, number>>;
};

/** When all reservations are made: no store of the suite takes them for over. */
const AT = "2100-01-01T00:00:00.000Z";

/** The runs of a process, the same in each run of the tests. */
export function budgetRuns({ job, runs }: Budget, me: number): BudgetRun[] {
  const random = seededRandom(me);
  return Array.from({ length: runs }, (_, index) => {
    const wanted = 1 + random.below(6);
    return {
      run_id: `${job}-${me}-${index}`,
      place: { account: String(100_000_000_000 + me * runs + index), region: "us-east-1" },
      examined: 10 + random.below(50),
      wanted,
      kept: random.below(wanted + 1),
    };
  });
}

/** Reserves for one run after the other, of each budget. */
export async function reserveAll(store: Store, me: number): Promise<BudgetAnswer[]> {
  const answers: BudgetAnswer[] = [];
  for (const budget of BUDGETS) {
    for (const run of budgetRuns(budget, me)) answers.push(await reserveOne(store, budget, run));
  }
  return answers;
}

async function reserveOne(
  store: Store,
  { job, limits, share, ends }: Budget,
  { run_id, place, examined, wanted, kept }: BudgetRun,
): Promise<BudgetAnswer> {
  const own: Reservation = {
    run_id,
    at: AT,
    share,
    finished: false,
    wanted: [{ ...place, count: wanted }],
    examined: [{ ...place, count: examined }],
  };
  let saw: BudgetAnswer["saw"] = {};
  const isAllowed = await reserve(store, job, { limits, share }, (others) => {
    saw = Object.fromEntries(others.map((one) => [one.run_id, takenBy(one)]));
    const question = { limits, ...own, others, now: new Date(AT) };
    return decideLimits(question) === null ? own : undefined;
  });
  if (isAllowed && ends) {
    const effective = kept === 0 ? [] : [{ ...place, count: kept }];
    await reduceReservation(store, job, run_id, { effective, finished: true });
  }
  return { run_id, isAllowed, saw };
}

export function takenBy({ wanted }: Pick<Reservation, "wanted">): number {
  return wanted.reduce((sum, { count }) => sum + count, 0);
}
