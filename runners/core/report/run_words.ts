import { counted, numberText } from "../cli/words.ts";
import type { LimitUse } from "../limits/limits.ts";
import type { Coverage } from "../plan/coverage.ts";
import type { Breaker, PendingChange, Planned } from "../plan/document.ts";
import type { ChangeOutcome, RunResult } from "../run/run_document.ts";
import type { Cell, Section } from "../text/sections.ts";
import type { Figure, Trend } from "./page.ts";

/** What the texts and pages of all jobs say alike: why a run is refused, and what became of it. */

/** Said of a run in which a breaker has tripped. */
export const NOTHING_ANYWHERE = "nothing is changed anywhere in this run";

/** How a job calls what the limits speak of. */
type LimitWords = {
  /** The limit or breaker as its path in the configuration, or as the option. */
  readonly limit: (named: { readonly limit: string }) => string;
  /** An account or account/region. */
  readonly scope: (scope: string) => string;
  /** What the run would do, and to what: "stop", "instance". */
  readonly verb: string;
  readonly one: string;
};

/** Without words of a job's own: in notices, and for a job that has none. */
export const PLAIN_WORDS: LimitWords = {
  limit: ({ limit }) => limit,
  scope: (scope) => scope,
  verb: "make",
  one: "change",
};

/**
 * Why nothing was changed: the limit and by how much it was passed, or the breaker. Without a
 * period; null where nothing is refused.
 */
export function refusalText(
  { refused, changes }: Pick<Planned, "refused" | "changes">,
  { limit, scope, verb, one }: LimitWords,
): string | null {
  if (!refused) return null;
  if (refused.detail !== undefined) {
    const { detail } = refused;
    return `Refused: ${counted(changes.length, "change")} planned, and ${NOTHING_ANYWHERE}: ` +
      breakerText({ ...refused, detail }, limit(refused));
  }
  const where = refused.scope === null ? "" : ` in ${scope(refused.scope)}`;
  const others = refused.reserved > 0
    ? `, and other runs that share the budget have taken ${refused.reserved}`
    : "";
  const own = counted(refused.would - refused.reserved, one);
  return `Refused: this run would ${verb} ${own}${where}${others}; ` +
    `${limit(refused)} allows ${refused.value}. Nothing was changed`;
}

/** What a breaker saw, and what is allowed. Without a period. */
export function breakerText(
  { detail, value, would }: Pick<Breaker, "detail" | "value" | "would">,
  limit: string,
): string {
  return `${detail} (${limit} allows ${value}, found ${would})`;
}

/**
 * What is used of the budgets: "2 of 10 stops for this run, 8 of 20 for the last 24 hours, 6 of these
 * by 2 other runs".
 *
 * @param what what a limit counts: "stops"; "" where that need not be said
 */
export function budgetsText(
  limits: readonly LimitUse[],
  what: (limit: string) => string,
): string {
  return limits.map(({ limit, value, would, reserved = 0, runs = 0 }) => {
    const counts = what(limit);
    const isDay = limit.includes("rollingDay");
    const others = counted(runs, "other run");
    return `${numberText(isDay ? would : would - reserved)} of ${numberText(value)}` +
      `${counts === "" ? "" : ` ${counts}`} for ${isDay ? "the last 24 hours" : "this run"}` +
      (limit.startsWith("--") ? ` (${limit})` : "") +
      (reserved === 0
        ? ""
        : isDay
        ? `, ${numberText(reserved)} of these by ${others}`
        : `, ${numberText(reserved)} of ${numberText(value)} used by ${others}`);
  }).join(", ");
}

type Tried = readonly Pick<ChangeOutcome, "outcome">[];

/**
 * The figure of the changes: what is refused, what was done of all, or what would be.
 *
 * @param said.counted what of a run's document is counted, for jq: all changes, where it is left out
 */
export function changesFigure(
  { refused }: Pick<Planned, "refused">,
  changes: Tried,
  said: {
    readonly done: string;
    readonly planned: Pick<Figure, "label" | "detail">;
    readonly counted?: string;
  },
): Figure {
  const all = changes.length;
  const done = changes.filter(({ outcome }) => outcome === "done").length;
  const list = said.counted ?? ".changes";
  const trend = { title: "changes made", unit: "count", value: done } as const;
  const how = `${list} | length`;
  if (refused) {
    const detail = "nothing was changed";
    return { label: "Refused", value: numberText(all), detail, state: "attention", how, trend };
  }
  if (!changes.some(({ outcome }) => outcome !== null)) {
    return { ...said.planned, value: numberText(all), state: "neutral", how, trend };
  }
  return {
    label: "Done",
    value: `${numberText(done)} of ${numberText(all)}`,
    detail: said.done,
    state: done === all ? "neutral" : "attention",
    how: `${list} | "\\(map(select(.outcome == "done")) | length) of \\(length)"`,
    trend,
  };
}

/** The figure of how many account-regions were read of how many, of a job without a second source. */
export function readFigure({ planned, proven, unproven }: Coverage): Figure {
  return {
    label: "Coverage",
    value: `${proven} of ${planned}`,
    state: unproven.length === 0 ? "good" : "unproven",
    how: '.coverage | "\\(.proven) of \\(.planned)"',
    trend: shareTrend("coverage", proven, planned),
  };
}

/** A share over the runs. It is not known of nothing. */
export function shareTrend(title: string, part: number, whole: number): Trend {
  return { title, unit: "percent", value: whole === 0 ? null : part / whole * 100 };
}

/** For jq: a share as `percentText` has it. */
export function shareHow(part: string, whole: string): string {
  return `${part} as $part | ${whole} as $whole | if $whole == 0 then "-" else ` +
    '"\\(($part / $whole * 1000 | floor) / 10) %" end';
}

/** What became of changes that earlier runs have left to AWS. */
export function earlierChanges(
  { pending }: Pick<Planned, "pending">,
  run: Pick<RunResult, "settled"> | null,
): Section {
  const row = (
    one: PendingChange,
    became: string,
  ): Cell[] => [one.account, one.region, one.action, shortName(one), became];
  const rows = [
    ...(run?.settled ?? []).map((one) =>
      row(one, one.error ? `${one.outcome}: ${one.error.message}` : `${one.outcome}`)
    ),
    ...pending.map((one) => row(one, `pending since ${one.since}`)),
  ];
  return rows.length === 0 ? [] : [
    "Changes of earlier runs that AWS was still at:",
    { columns: ["Account", "Region", "Action", "Target", "Outcome"], rows },
  ];
}

/** A target without what its account and Region say: `instance/i-0…`. */
export function shortName({ target }: { readonly target: string }): string {
  return target.slice(target.lastIndexOf(":") + 1);
}

/** The head of the page's table of changes, and what it says became of each. */
export function changesHead({ refused }: Pick<Planned, "refused">, changes: Tried): {
  readonly head: { readonly title: string; readonly lead?: string };
  readonly became: (change: Pick<ChangeOutcome, "outcome" | "error">) => Cell;
} {
  const tried = changes.some(({ outcome }) => outcome !== null);
  const notTried = refused ? "refused" : tried ? "not tried" : "planned";
  return {
    head: {
      title: tried ? "What was done" : "What would be done",
      ...(refused ? { lead: "The run was refused: nothing of this was done." } : {}),
    },
    became: ({ outcome, error }) =>
      outcome === null ? notTried : [outcome, ...(error ? [error.message] : [])],
  };
}
