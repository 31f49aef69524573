import pLimit from "p-limit";
import * as z from "zod";
import { type Failure, failureUnlessInterrupted } from "./aws/failure.ts";
import { enabledRegions } from "./aws/regions.ts";
import type { Session } from "./aws/session.ts";
import type { Applier, Explaining, Explanation, Job, Observing, Settlement } from "./job.ts";
import type { PlanningTypes } from "./job_types.ts";
import type { JsonObject } from "./json.ts";
import { type Change, changeOfKind, type Place } from "./plan/change.ts";
import { coverageOfRead } from "./plan/coverage.ts";
import type { JobPlan } from "./plan/document.ts";
import { planPage, planSheet, planText } from "./report/plan_report.ts";

/*
 * What a job starts from: its things have ARNs and are read in each Region from one source, a change
 * is one call about one thing, and the store has only the journal of the job. A job replaces what it
 * does otherwise. docs/adding_a_job.md shows one.
 */

/** How many Regions are read at once. */
const AT_ONCE = 20;

/** What a job reads. */
type Thing = JsonObject & { readonly arn: string };

/** The things of one Region of an account, or why they could not be read. */
export type RegionThings<One extends Thing = Thing> = Place & {
  readonly failure: Failure | null;
  readonly things: readonly One[];
};

/** The types of a job that stores nothing, and whose plans have no keys of its own. */
export type PlainTypes<Config = unknown, One extends Thing = Thing, Made extends Change = Change> =
  {
    Config: Config;
    Observed: RegionThings<One>[];
    Earlier: null;
    Change: Made;
    Own: null;
  };

/** Checks what a snapshot holds of them. */
export const regionsSchema = <One extends Thing>(
  thing: z.ZodType<One>,
): z.ZodType<RegionThings<One>[]> =>
  z.array(z.object({
    account: z.string(),
    region: z.string(),
    failure: z.object({ reason: z.string(), detail: z.string() }).nullable(),
    things: z.array(thing),
  }));

/**
 * Reads each Region of each account in the scope. What cannot be read is a failure of its Region, or
 * of the Region "global" where the account cannot be read at all; it never makes a list shorter.
 *
 * @throws InterruptedError when a signal cut the run
 */
export async function eachRegion<One extends Thing>(
  { scope, session, progress }: Pick<Observing<PlanningTypes>, "scope" | "session" | "progress">,
  read: (session: Session, region: string) => Promise<One[]>,
): Promise<RegionThings<One>[]> {
  const limit = pLimit(AT_ONCE);
  let [done, of] = [0, 0];
  const found = await Promise.all(scope.accounts.map(async (account) => {
    const failed = (error: unknown) => (region: string): RegionThings<One> => (
      { account: account.id, region, failure: failureUnlessInterrupted(error), things: [] }
    );
    try {
      const own = await session(account);
      const regions = scope.regions === "enabled"
        ? await enabledRegions(own, scope.except)
        : scope.regions;
      of += regions.length;
      return await Promise.all(regions.map((region) =>
        limit(() => read(own, region)).then(
          (things) => ({ account: account.id, region, failure: null, things }),
          (error: unknown) => failed(error)(region),
        ).finally(() => progress(++done, of))
      ));
    } catch (error) {
      return (scope.regions === "enabled" ? ["global"] : scope.regions).map(failed(error));
    }
  }));
  return found.flat();
}

/** Each thing, with the place and target of a change of it. */
export function eachThing<One extends Thing>(regions: readonly RegionThings<One>[]) {
  return regions.flatMap(({ account, region, things }) =>
    things.map((thing) => ({ at: { account, region, target: thing.arn }, thing }))
  );
}

/** What a plan says of what was read, and of nothing else. */
export function plainPlan(
  regions: readonly RegionThings[],
): Omit<JobPlan<PlainTypes & { readonly Change: never }>, "changes" | "spared"> {
  const places = regions.map(({ things, ...place }) => ({ ...place, count: things.length }));
  return { ...coverageOfRead(places), ownWrites: [], breakers: [], own: null };
}

/** Makes each change by a call of its own. */
export function plainApplier<C extends Change, One extends Thing>(
  { read, stands, write, shows }: {
    /** Reads the things with these ARNs. */
    readonly read: (arns: readonly string[]) => Promise<readonly One[]>;
    /** Whether the thing is as the plan relies on. */
    readonly stands: (thing: One) => boolean;
    /** Whether the change is seen on the thing, and nobody else can have made it. */
    readonly shows: (change: C, thing: One) => boolean;
    readonly write: (change: C, abortSignal: AbortSignal) => Promise<{
      readonly $metadata: { readonly requestId?: string | undefined };
    }>;
  },
): Applier<C> {
  const seen = async (changes: readonly C[], is: (change: C, thing: One) => boolean) => {
    const things = new Map(
      (await read(changes.map(({ target }) => target))).map((thing) => [thing.arn, thing]),
    );
    return new Map(changes.flatMap((change) => {
      const thing = things.get(change.target);
      return thing && is(change, thing) ? [[change.id, {}]] : [];
    }));
  };
  return {
    recheck: async (changes) => {
      const standing = await seen(changes, (_change, thing) => stands(thing));
      return new Map(
        changes.filter(({ id }) => !standing.has(id))
          .map(({ id }) => [id, "It is not as it was planned, or it is gone"]),
      );
    },
    write: async ([change], signal) => (
      { requestId: (await write(change!, signal)).$metadata.requestId ?? null }
    ),
    takeBack: () => Promise.resolve(),
    readBack: (changes) => seen(changes, shows),
  };
}

/** Judges an intent by whether its effect is seen. */
export function plainSettle<C extends Change, One extends Thing>(
  change: C,
  regions: readonly RegionThings<One>[],
  shows: (change: C, thing: One) => boolean,
): Settlement {
  const place = regions.find(({ account, region }) =>
    account === change.account && region === change.region
  );
  if (!place || place.failure) return { verdict: "unread" };
  const thing = place.things.find(({ arn }) => arn === change.target);
  if (!thing) return { verdict: "unknown", detail: "It is gone" };
  return { verdict: shows(change, thing) ? "done" : "noEffect" };
}

/** What is known of a thing, what was done to it, and what is next. */
function plainExplain(
  { subject, planning: { observed }, plan, journal }: Explaining<PlainTypes>,
): Explanation | null {
  const found = eachThing(observed).find(({ at }) => isAbout(subject, at));
  if (!found) return null;
  const { thing, at } = found;
  const next = plan.changes.find(({ target }) => target === at.target)?.reason ??
    plan.spared.find(({ target }) => target === at.target)?.detail ?? "nothing is to be changed";
  return {
    text: [[{ heading: subject }, {
      facts: [
        ...Object.entries(thing).map(([key, value]) => [key, String(value)] as const),
        ...journal.map(({ intended_at, action, outcome }) =>
          [intended_at, `${action}: ${outcome}`] as const
        ),
        ["next", next],
      ],
    }]],
    json: { ...thing, next },
  };
}

/** Whether a subject, an ARN or the ID at its end, names a target. */
function isAbout(subject: string, { target }: { readonly target: string }): boolean {
  return target === subject || target.endsWith(`/${subject}`);
}

/** Checks a change of a plan file or of the journal, by what it relies on and what it leaves. */
export const changeSchema = <Before extends JsonObject, After extends JsonObject>(
  before: z.ZodType<Before>,
  after: z.ZodType<After>,
): z.ZodType<Change<Before, After>> =>
  // The kind is the action, which may be any.
  changeOfKind("", before, after).extend({ kind: z.string() });

/** What a job does that needs nothing special: `{ ...plainJob, name: "volumes", … }`. */
export const plainJob = {
  roleOf: () => "apply",
  batching: ({ id }) => ({ key: id, together: 1, perWrite: 1 }),
  // The action says what a change means, and what it counts as.
  kindOf: ({ action }) => action,
  countsAs: ({ action }) => action,
  withoutAnswerTimes: (observed) => observed,
  earlier: () => Promise.resolve(null),
  accountsIn: (regions) => [...new Set(regions.map(({ account }) => account))],
  observationRows: () => [],
  rowsFor: () => [],
  documentParts: () => ({ keys: {} }),
  documents: () => [],
  sheet: planSheet,
  page: planPage,
  text: planText,
  locate: () => ({}),
  targetsOf: (subject, { observed }) =>
    eachThing(observed).map(({ at }) => at).filter((at) => isAbout(subject, at))
      .map(({ target }) => target),
  explain: plainExplain,
  summary: ({ coverage: { planned, proven }, totals }) => (
    { coverage: { planned, proven }, ...totals }
  ),
} satisfies Partial<Job<PlainTypes>>;
