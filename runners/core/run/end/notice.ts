import { visible } from "../../text/wrap.ts";
import { fewText } from "../../cli/words.ts";
import { SCHEMA } from "../../contract/names.ts";
import type { Aftermath } from "../../job.ts";
import type { JobTypes } from "../../job_types.ts";
import { EXIT, type ExitCode, type Fault, faultOf } from "../../errors.ts";
import {
  type Coverage,
  detailOfAll,
  placesText,
  provenText,
  unprovenByReason,
  type UnprovenGroup,
} from "../../plan/coverage.ts";
import type { NoticeKind, RunNotice } from "../../report/notifier.ts";
import { PLAIN_WORDS, refusalText } from "../../report/run_words.ts";
import { plainText } from "../../text/terminal_text.ts";
import { countOutcomes, fallsShort, type RunResult } from "../run_document.ts";
import type { VerbResult } from "../verb_result.ts";

/** How a verb ended: with its result, or by an error. */
export type Ending<T extends JobTypes = JobTypes> =
  | { readonly result: VerbResult<T>; readonly fault: null }
  | { readonly result: null; readonly fault: Fault; readonly thrown: unknown };

/** Waits for a verb, however it ends. */
export async function endingOf<T extends JobTypes>(
  verb: Promise<VerbResult<T>>,
): Promise<Ending<T>> {
  try {
    return { result: await verb, fault: null };
  } catch (thrown) {
    return { result: null, fault: faultOf(thrown), thrown };
  }
}

/** The exit code that the program will end with. */
export function exitCodeOfEnding({ result, fault }: Ending): ExitCode {
  return fault?.exitCode ?? result?.exitCode ?? EXIT.failed;
}

/** Which run a notice is of. */
type NoticeOf = Pick<RunNotice, "job" | "verb"> & {
  readonly runId: string;
  readonly slot: Date;
  /** A signal told it to stop. */
  readonly stopped?: boolean;
};

/** How many places that are not proven a notice names; it counts the others. */
const SHOWN = 20;

/** What AWS says may be long; the record has all of it. In characters. */
const MAX_LENGTH = 800;

/**
 * The notice of a run that has ended; null where there is nothing to tell: exit code 0, and nothing
 * was seen of the aftermath of earlier changes.
 */
export function noticeOf(
  run: NoticeOf,
  ending: Ending,
  aftermath: Aftermath | null = null,
): RunNotice | null {
  const exitCode = exitCodeOfEnding(ending);
  if (exitCode === EXIT.done && aftermath === null) return null;
  const { fault, result } = ending;
  const kind = exitCode === EXIT.done ? "aftermath" : kindOf(ending);
  return {
    schema: SCHEMA.notice,
    job: run.job,
    verb: run.verb,
    run_id: run.runId,
    slot: run.slot.toISOString(),
    kind,
    exit_code: exitCode,
    title: titleOf(run, kind, ending, aftermath),
    text: [
      ...(fault ? [`${run.job} ${run.verb} ended by an error: ${lineOf(fault.message)}`] : []),
      ...(result ? resultLines(result, kind, run.stopped) : []),
      ...(aftermath ? [plainText(aftermath.text, run.slot).trimEnd()] : []),
      `This was run ${run.runId} for ${run.slot.toISOString()}, with exit code ${exitCode}.`,
      ...nextLines(run, kind),
    ].join("\n"),
    coverage: result && noticeCoverage(result.plan.coverage),
    refused: result && result.plan.refused,
    outcomes: result?.run ? countOutcomes(result.run) : null,
    error: fault && { code: fault.code, message: short(fault.message) },
  };
}

function kindOf({ fault, result }: Ending): NoticeKind {
  if (fault) return "failed";
  if (result.plan.refused) return "refused";
  return result.plan.coverage.unproven.length > 0 ? "coverage" : "partly";
}

/** SNS: ASCII text, no line breaks, "less than 100 characters" (SNS API Reference, Publish). */
function titleOf(
  { job, verb }: NoticeOf,
  kind: NoticeKind,
  { fault, result }: Ending,
  aftermath: Aftermath | null,
): string {
  const { coverage, refused } = result?.plan ?? {};
  const says: Record<NoticeKind, string> = {
    failed: fault?.code === "interrupted" ? "was interrupted" : `failed (${fault?.code})`,
    refused: `was refused by ${refused?.limit}`,
    coverage: `did not prove ${coverage?.unproven.length} of ${coverage?.planned} account-regions`,
    partly: "was done in part",
    aftermath: aftermath?.title ?? "",
  };
  return `Groundskeeper: ${job} ${verb} ${says[kind]}`.replaceAll(/[^ -~]/g, "?").slice(0, 99);
}

function noticeCoverage({ planned, proven, unproven }: Coverage): RunNotice["coverage"] {
  return {
    planned,
    proven,
    unproven: unproven.slice(0, SHOWN).map((place) => ({ ...place, detail: short(place.detail) })),
    unproven_total: unproven.length,
  };
}

function resultLines({ plan, run }: VerbResult, kind: NoticeKind, stopped = false): string[] {
  const { unproven } = plan.coverage;
  const refusal = refusalText(plan, PLAIN_WORDS);
  return [
    `Coverage: ${provenText(plan.coverage)}.`,
    ...unprovenByReason(unproven).map(unprovenLine),
    ...(refusal !== null
      ? [`${refusal}.`]
      : run
      ? changesLines(run, kind, unproven.length === 0 && !stopped)
      : []),
  ];
}

/** How many places of one reason are named. */
const NAMED = 3;

/** The places of one reason, and the detail of the first. */
function unprovenLine({ reason, places }: UnprovenGroup): string {
  const names = fewText(places.map(({ account, region }) => `${account} ${region}`), NAMED);
  const count = places.length === 1 ? "" : ` in ${placesText(places)}`;
  const detail = detailOfAll(places, ({ account, region }) => `${account} ${region}`);
  return `  not proven: ${names} (${reason}${count}): ${lineOf(detail)}`;
}

function changesLines(run: RunResult, kind: NoticeKind, proven: boolean): string[] {
  const ended = Object.entries(countOutcomes(run)).filter(([, count]) => count > 0)
    .map(([outcome, count]) => `${count} ${outcome}`);
  const tried = ended.length === 0 ? "none tried" : ended.join(", ");
  const undone = run.settled.filter(({ outcome }) => outcome !== "done");
  const lines = [
    `Changes: ${run.changes.length} planned, ${tried}.`,
    ...undone.slice(0, SHOWN).map(({ run_id, target, outcome, error }) =>
      `  of run ${run_id}: ${target} ${outcome}: ${lineOf(error?.message ?? "")}`
    ),
  ];
  const isComplete = proven && undone.length === 0 && !run.changes.some(fallsShort);
  // The only other thing that makes a run partly done (exitCodeOfVerb).
  return isComplete && kind !== "aftermath"
    ? [...lines, "Its record was not written everywhere; its log says where."]
    : lines;
}

/** What to type next; the text of an aftermath has its own. */
function nextLines({ job }: NoticeOf, kind: NoticeKind): readonly string[] {
  const next: Partial<Record<NoticeKind, readonly string[]>> = {
    refused: ["To see the changes:", `  groundskeeper ${job} plan`],
    coverage: ["To look again, without changing anything:", `  groundskeeper ${job} plan`],
    partly: ["To see what became of each change:", "  groundskeeper changes"],
  };
  return next[kind] ?? [];
}

/** Text from outside on one line. */
function lineOf(text: string): string {
  const lines = text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  return visible(short(lines.join(" ")));
}

function short(text: string): string {
  const cut = text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH - 1)}…` : text;
  return cut.toWellFormed();
}
