import { counted, fewText } from "../cli/words.ts";
import type { RenderInput } from "../job.ts";
import type { JobTypes } from "../job_types.ts";
import {
  detailOfAll,
  placesText,
  unprovenByReason,
  type UnprovenRegion,
} from "../plan/coverage.ts";
import type { Planned } from "../plan/document.ts";
import { withOutcomes } from "../run/run_document.ts";
import type { Block, Notice, Text, Words } from "../text/sections.ts";
import type { Finding } from "./finding.ts";
import type { Page } from "./page.ts";
import {
  changesFigure,
  changesHead,
  earlierChanges,
  PLAIN_WORDS,
  readFigure,
  refusalText,
  shortName,
} from "./run_words.ts";
import { type Sheet, sheetOf } from "./sink.ts";

/*
 * How a job is told that has no words of its own: coverage, changes and reasons, what was spared.
 */

type Shown = Pick<RenderInput<JobTypes>, "plan" | "run">;

export function planPage({ plan, run }: Shown): Page {
  const { job, as_of, totals, coverage, spared } = plan;
  const changes = run?.changes ?? withOutcomes(plan.changes, new Map());
  const { head, became } = changesHead(plan, changes);
  const refusal = refusalText(plan, PLAIN_WORDS);
  return {
    title: `${job}: ${totals.examined} examined in ${counted(coverage.planned, "account-region")}`,
    asOf: new Date(as_of),
    headline: [
      readFigure(coverage),
      changesFigure(plan, changes, { done: "", planned: { label: "Changes" } }),
    ],
    notices: [
      ...unprovenByReason(coverage.unproven).map(({ places }): Notice => (
        { tone: "unproven", text: `Not read: ${unreadText(places)}` }
      )),
      ...(refusal === null ? [] : [{ tone: "refused" as const, text: `${refusal}.` }]),
    ],
    sections: [{
      ...head,
      columns: ["Account", "Region", "Target", "Action", "Why", "Outcome"],
      rows: changes.map((one) => ({
        cells: [one.account, one.region, shortName(one), one.action, one.reason, became(one)],
      })),
      empty: "No change is needed.",
    }, {
      title: "Spared",
      columns: ["Account", "Region", "Target", "Reason"],
      rows: spared.map((one) => ({ cells: [one.account, one.region, shortName(one), one.detail] })),
      empty: "Nothing was spared.",
    }],
  };
}

/** How many places of one reason a notice names. */
const NOTICED = 3;

function unreadText(places: readonly UnprovenRegion[]): string {
  const nameOf = ({ account, region }: UnprovenRegion) => `${account} ${region}`;
  const count = places.length === 1 ? "" : `${placesText(places)}: `;
  return `${count}${fewText(places.map(nameOf), NOTICED)}. ${detailOfAll(places, nameOf)}`;
}

type Telling =
  & Shown
  & Pick<RenderInput<JobTypes>, "command" | "planFile" | "written" | "asking">;

/** The text of a job without words of its own. */
export function planText(telling: Telling): Text {
  return pageText(planPage(telling), telling);
}

/**
 * A page as a text: what it says, and what comes next.
 *
 * @param otherwise what to type next where there is no plan file
 */
export function pageText(
  { title, headline, notices, sections }: Page,
  { plan, run, command, planFile, written, asking }: Telling,
  otherwise: Block = {
    next: "To keep this plan:",
    command: command(`${plan.job} plan`, "--out", "out"),
  },
): Text {
  const { job, as_of, hypothetical } = plan;
  const next = planFile
    ? { next: "To do exactly this:", command: command(`${job} apply`, "--plan", planFile) }
    : otherwise;
  return [
    [{ heading: title }, hypothetical ? `as of ${as_of}, hypothetical` : ""],
    [{
      words: headline.map((
        { label, value, detail = "" },
      ): Words => [label, `${value} ${detail}`.trim()]),
    }, ...notices],
    ...sections.map((section) =>
      section.rows.length > 0 ? [section.title, section] : [section.empty]
    ),
    earlierChanges(plan, run),
    written.length === 0 ? [] : [{ next: "Written:", command: written }],
    run || asking || hypothetical ? [] : ["Nothing was changed.", next],
  ];
}

/** Each planned change is a finding: the job changes what is not as it should be. */
export function planFindings({ job, changes }: Pick<Planned, "job" | "changes">): Finding[] {
  return changes.map(({ account, region, target, action, reason }) => ({
    ...{ account, region, target },
    accountName: account,
    name: null,
    rule: `${job}-${action}`,
    kind: "rule",
    severity: "medium",
    title: `${job}: ${action}`,
    detail: reason,
    remediation: `groundskeeper ${job} apply`,
    since: null,
    owner: null,
    more: {},
  }));
}

export function planSheet({ changes }: Pick<Planned, "changes">): Sheet {
  return sheetOf({
    account: ({ account }) => account,
    region: ({ region }) => region,
    target: ({ target }) => target,
    action: ({ action }) => action,
    reason: ({ reason }) => reason,
  }, changes);
}
