import { counted, dayText, percentText } from "../../core/cli/words.ts";
import type { Figure } from "../../core/report/page.ts";
import type { Notice } from "../../core/text/sections.ts";
import { countOutcomes } from "../../core/run/run_document.ts";
import { coverageSentence, unprovenPlaces, withoutCanarySentence } from "./coverage_text.ts";
import { outcomesText, plannedText, stepsText } from "./action_words.ts";
import type { AuditReporting } from "./document_frame.ts";
import { auditKeys, notesOf, placeName } from "./names.ts";
import { breakerSentence, NOTHING_ANYWHERE, refusalSentence } from "./refusal_sentence.ts";
import { DAYS_AHEAD, upcomingSteps } from "./upcoming.ts";

/** How many unproven places have a notice each; the table has all. */
const NOTICED = 20;

/** The line of truth: coverage, compliance, what was or would be done, what comes next. */
export function headline(reporting: AuditReporting): Figure[] {
  const { plan } = reporting;
  const { coverage } = plan;
  const sum = (key: "examined" | "compliant" | "violating") =>
    auditKeys(plan).accounts.reduce((total, account) => total + account[key], 0);
  const [examined, compliant, violating] = [sum("examined"), sum("compliant"), sum("violating")];
  const whole = coverage.unproven.length === 0;
  const share = `${coverage.proven} of ${coverage.planned}`;
  return [
    {
      label: "Coverage",
      value: share,
      detail: coverageSentence(coverage).slice(`${share} `.length),
      state: whole ? "good" : "unproven",
    },
    {
      label: "Compliance",
      value: percentText(compliant, examined),
      detail: `${compliant} of ${counted(examined, "instance")}` +
        (whole ? "" : " in what was proven"),
      state: !whole
        ? "unproven"
        : examined === 0
        ? "neutral"
        : violating === 0
        ? "good"
        : "attention",
    },
    {
      label: "Violating",
      value: violating.toLocaleString("en"),
      detail: `of ${counted(examined, "instance")}`,
      state: violating > 0 ? "attention" : whole ? "good" : "unproven",
    },
    changesFigure(reporting),
    nextFigure(reporting),
  ];
}

function changesFigure({ plan, run }: AuditReporting): Figure {
  if (plan.refused) {
    return {
      label: "Refused",
      value: String(plan.changes.length),
      detail: "nothing was changed",
      state: "attention",
    };
  }
  const tried = run.changes.some(({ outcome }) => outcome !== null);
  const { done } = countOutcomes(run);
  const planned = plannedText(plan.changes);
  return tried
    ? {
      label: "Done",
      value: `${done} of ${run.changes.length}`,
      detail: outcomesText(run.changes),
      state: done === run.changes.length ? "neutral" : "attention",
    }
    : {
      label: "Would do",
      value: String(plan.changes.length),
      ...(planned === "" ? {} : { detail: planned }),
      state: "neutral",
    };
}

/** The steps that are not due yet; those that are due and held back stand in their table. */
function nextFigure({ plan, run }: AuditReporting): Figure {
  const now = new Date(plan.as_of);
  const coming = upcomingSteps(plan, run).filter(({ due, heldBack }) =>
    due > now && heldBack === null
  );
  const [first] = coming;
  return {
    label: `Next ${DAYS_AHEAD} days`,
    value: String(coming.length),
    detail: first
      ? `${stepsText(coming.map(({ step }) => step))}; the first ${dayText(first.due, now)}`
      : "no step falls due",
    state: "neutral",
  };
}

/** What must not be overlooked. */
export function notices({ plan }: AuditReporting): Notice[] {
  const refusal = refusalSentence(plan);
  const tripped = plan.breakers.filter(({ detail }) => detail !== plan.refused?.detail);
  const { named, withoutCanary } = unprovenPlaces(plan);
  return [
    ...(refusal === null ? [] : [{ tone: "refused" as const, text: `${refusal}.` }]),
    ...tripped.map((breaker) => ({
      tone: "refused" as const,
      text: `A breaker has tripped, ${NOTHING_ANYWHERE}: ${breakerSentence(breaker)}.`,
    })),
    ...(withoutCanary.length === 0 ? [] : [{
      tone: "unproven" as const,
      text: `Not proven: ${withoutCanarySentence(plan)}. ` +
        '"groundskeeper audit canary plan" says what to make.',
    }]),
    ...named.slice(0, NOTICED).map((place) => ({
      tone: "unproven" as const,
      text: `Not proven: ${placeName(plan, place)}. ${place.detail.replace(/\.$/, "")}.`,
    })),
    ...(named.length > NOTICED
      ? [{
        tone: "unproven" as const,
        text: `Not proven: ${named.length - NOTICED} more account-regions, in the table below.`,
      }]
      : []),
    ...notesOf(plan).map(([note, findings]) => ({
      tone: "info" as const,
      text: `${counted(findings.length, "instance")}: ${note}.`,
    })),
  ];
}
