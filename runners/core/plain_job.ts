import * as z from "zod";
import { type Failure, failureIn } from "./aws/failure.ts";
import { enabledRegions } from "./aws/regions.ts";
import type { Account, Session } from "./aws/session.ts";
import type { Applier, Explaining, Explanation, Job, Observing, Settlement } from "./job.ts";
import type { PlanningTypes } from "./job_types.ts";
import type { JsonObject } from "./json.ts";
import type { Parts } from "./parts.ts";
import { type Change, changeOfKind, type Place, type Spared } from "./plan/change.ts";
import { coverageOfRead } from "./plan/coverage.ts";
import type { JobPlan } from "./plan/document.ts";
import { planFindings, planPage, planSheet, planText } from "./report/plan_report.ts";

/*
 * What a job starts from: its things have ARNs and are read in each Region from one source, a change
 * is one call about one thing, and the store has only the journal of the job. A job replaces what it
 * does otherwise. docs/adding_a_job.md shows one.
 */

/** What a job reads. */
type Thing = JsonObject & { readonly arn: string };

/** An account and its Regions: the things of each, or why they could not be read. */
export type PlainPart<One extends Thing = Thing> = {
  readonly id: string;
  readonly name: string | null;
  readonly regions: readonly {
    readonly region: string;
    readonly failure: Failure | null;
    readonly things: readonly One[];
  }[];
};

/** The types of a job that stores nothing, and whose plans have no keys of its own. */
export type PlainTypes<Config = unknown, One extends Thing = Thing, Made extends Change = Change> =
  {
    Config: Config;
    Part: PlainPart<One>;
    Earlier: null;
    Change: Made;
    Own: null;
  };

/** Checks what a snapshot holds of an account. */
export const partSchema = <One extends Thing>(thing: z.ZodType<One>): z.ZodType<PlainPart<One>> =>
  z.object({
    id: z.string(),
    name: z.string().nullable(),
    regions: z.array(z.object({
      region: z.string(),
      failure: z.object({ reason: z.string(), detail: z.string() }).nullable(),
      things: z.array(thing),
    })),
  });

/**
 * Reads an account Region by Region. What cannot be read is a failure of its Region, or of the Region
 * "global" where the account cannot be read at all; it never makes a list shorter.
 *
 * @returns the `observeAccount` of a job
 */
export function eachRegion<One extends Thing>(
  read: (session: Session, region: string) => Promise<One[]>,
) {
  return async (
    account: Account,
    { scope, session, inTurn, progress }: Observing<PlanningTypes>,
  ): Promise<PlainPart<One>> => {
    const { id, name } = account;
    const failed = (place: "Region" | "account", error: unknown) => (region: string) => (
      { region, failure: failureIn(place, error), things: [] }
    );
    try {
      const own = await session(account);
      const regions = scope.regions === "enabled"
        ? await enabledRegions(own, scope.except)
        : scope.regions;
      progress(0, regions.length);
      const reads = regions.map((region) =>
        inTurn(() => read(own, region)).then(
          (things) => ({ region, failure: null, things }),
          (error: unknown) => failed("Region", error)(region),
        ).finally(() => progress(1))
      );
      return { id, name, regions: await Promise.all(reads) };
    } catch (error) {
      const regions = scope.regions === "enabled" ? ["global"] : scope.regions;
      return { id, name, regions: regions.map(failed("account", error)) };
    }
  };
}

/** A thing, with the place and target of a change of it. */
type Placed<One extends Thing> = { at: Place & { readonly target: string }; thing: One };

function* eachThing<One extends Thing>(parts: Iterable<PlainPart<One>>): Generator<Placed<One>> {
  for (const { id: account, regions } of parts) {
    for (const { region, things } of regions) {
      for (const thing of things) yield { at: { account, region, target: thing.arn }, thing };
    }
  }
}

/**
 * A plan that judges each thing by itself.
 *
 * @param judge says whether it is changed, or spared and why; neither, if it is as it should be
 */
export function plainPlan<One extends Thing, Made extends Change, Config>(
  parts: Iterable<PlainPart<One>>,
  judge: (one: Placed<One>) => { change?: Made; spared?: Pick<Spared, "reason" | "detail"> },
): JobPlan<PlainTypes<Config, One, Made>> {
  const places = [];
  const changes: Made[] = [];
  const spared: Spared[] = [];
  for (const part of parts) {
    for (const { things, ...region } of part.regions) {
      places.push({ account: part.id, ...region, count: things.length });
    }
    for (const one of eachThing([part])) {
      const judged = judge(one);
      if (judged.change) changes.push(judged.change);
      if (judged.spared) spared.push({ ...one.at, ...judged.spared });
    }
  }
  return { ...coverageOfRead(places), changes, spared, ownWrites: [], breakers: [], own: null };
}

/** Makes each change by a call of its own. */
export function plainApplier<C extends Change, One extends Thing>(
  { read, stands, write, shows }: {
    /** Reads the things with these ARNs. */
    readonly read: (arns: readonly string[]) => Promise<readonly One[]>;
    /** Whether the thing is as the plan relies on. */
    readonly stands: (thing: One, change: C) => boolean;
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
      const standing = await seen(changes, (change, thing) => stands(thing, change));
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
  observed: Parts<PlainPart<One>>,
  shows: (change: C, thing: One) => boolean,
): Settlement {
  const place = observed.of(change.account)?.regions.find(({ region }) => region === change.region);
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
  withoutAnswerTimes: (part) => part,
  earlier: () => Promise.resolve(null),
  observationRows: () => [],
  rowsFor: () => [],
  documentParts: () => ({ keys: {} }),
  documents: () => [],
  findings: planFindings,
  sheet: planSheet,
  page: planPage,
  text: planText,
  locate: () => ({}),
  targetsOf: (subject: string, { observed }: { readonly observed: Iterable<PlainPart> }) =>
    eachThing(observed).map(({ at }) => at).filter((at) => isAbout(subject, at))
      .map(({ target }) => target).toArray(),
  explain: plainExplain,
  summary: ({ coverage: { planned, proven }, totals }) => (
    { coverage: { planned, proven }, ...totals }
  ),
} satisfies Partial<Job<PlainTypes>>;
