import type { NextCommand } from "../cli/next_command.ts";
import { counted } from "../cli/words.ts";
import type { Planned } from "../plan/document.ts";
import { countOutcomes, type Ended, NOT_TRIED, type RunResult } from "../run/run_document.ts";
import type { Notice, Text, Words } from "../text/sections.ts";
import type { Page, PageSection } from "./page.ts";
import { breakerText, budgetsText, changesFigure, changesHead, refusalText } from "./run_words.ts";
import type { Sheet } from "./sink.ts";

type Shown = {
  readonly plan: Planned;
  /** null: nothing was run, only planned. */
  readonly run: RunResult | null;
};

/** The text of a job that has no words of its own: coverage, changes and reasons, what comes next. */
export function planText(
  { plan, run, command, planFile, written, asking }: Shown & {
    readonly command: NextCommand;
    readonly planFile: string | null;
    readonly written: readonly string[];
    readonly asking: boolean;
  },
): Text {
  const { job, coverage, changes, limits, refused } = plan;
  const read = `${coverage.proven} of ${coverage.planned} account-regions read`;
  const next = planFile
    ? { next: "To do exactly this:", command: command(`${job} apply`, "--plan", planFile) }
    : { next: "To keep this plan:", command: command(`${job} plan`, "--out", "out") };
  return [
    [{ heading: titleOf(plan) }, plan.hypothetical ? `as of ${plan.as_of}, hypothetical` : ""],
    [{ words: [["Coverage", read]] }, ...noticesOf(plan)],
    changes.length === 0 ? ["No change is needed."] : [changesSection(plan, run)],
    [{ words: sparedWords(plan) }],
    refused || changes.length === 0 ? [] : [{ words: [["Limits", budgetsText(limits, () => "")]] }],
    written.length === 0 ? [] : [{ next: "Written:", command: written }],
    run || asking || refused || plan.hypothetical || changes.length === 0
      ? []
      : ["Nothing was changed.", next],
  ];
}

/** The same on the page. */
export function planPage({ plan, run }: Shown): Page {
  const { proven, planned } = plan.coverage;
  const done = run ? `${countOutcomes(run).done} done` : "";
  return {
    title: titleOf(plan),
    asOf: new Date(plan.as_of),
    headline: [
      {
        label: "Coverage",
        value: `${proven} of ${planned}`,
        state: proven === planned ? "good" : "unproven",
      },
      changesFigure(plan, endedOf(plan, run), { done, planned: { label: "Changes" } }),
    ],
    notices: noticesOf(plan),
    sections: [changesSection(plan, run), {
      title: "Spared",
      columns: ["Account", "Region", "Target", "Reason"],
      rows: plan.spared.map(({ account, region, target, detail }) => ({
        cells: [account, region, target, detail],
      })),
      empty: "Nothing was spared.",
    }],
  };
}

/** A row for each change. */
export function planSheet({ changes }: Pick<Planned, "changes">): Sheet {
  return {
    columns: ["account", "region", "target", "action", "reason"],
    rows: changes.map((one) => [one.account, one.region, one.target, one.action, one.reason]),
  };
}

function titleOf({ job, totals, coverage }: Planned): string {
  return `${job}: ${totals.examined} examined in ${counted(coverage.planned, "account-region")}`;
}

function noticesOf(plan: Planned): Notice[] {
  const limit = (named: { readonly limit: string }) => named.limit;
  const refusal = refusalText(plan, { limit, scope: String, verb: "make", one: "change" });
  const tripped = plan.breakers.filter(({ detail }) => detail !== plan.refused?.detail);
  return [
    ...plan.coverage.unproven.map(({ account, region, detail }) => ({
      tone: "unproven" as const,
      text: `Not read: ${account} ${region}. ${detail}`,
    })),
    ...[...(refusal ? [refusal] : []), ...tripped.map((one) => breakerText(one, one.limit))]
      .map((text) => ({ tone: "refused" as const, text: `${text}.` })),
  ];
}

function endedOf({ changes }: Planned, run: RunResult | null): readonly Ended[] {
  return run?.changes ?? changes.map((change) => ({ ...change, ...NOT_TRIED }));
}

function changesSection(plan: Planned, run: RunResult | null): PageSection {
  const changes = endedOf(plan, run);
  const { head, became } = changesHead(plan, changes);
  return {
    ...head,
    columns: ["Account", "Region", "Target", "Action", "Why", "Outcome"],
    rows: changes.map((one) => ({
      cells: [
        one.account,
        one.region,
        one.target.slice(one.target.lastIndexOf(":") + 1),
        one.action,
        one.reason,
        became(one),
      ],
    })),
    empty: "No change is needed.",
  };
}

/** How many things were spared for each reason, the most frequent first. */
function sparedWords({ spared }: Planned): Words[] {
  return [...Map.groupBy(spared, ({ detail }) => detail)]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([detail, those]) => ["Spared", `${those.length}: ${detail}`]);
}
