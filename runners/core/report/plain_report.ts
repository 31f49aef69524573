import type { NextCommand } from "../cli/next_command.ts";
import { counted } from "../cli/words.ts";
import type { Change } from "../plan/change.ts";
import type { Planned } from "../plan/document.ts";
import { countOutcomes, type RunResult } from "../run/run_document.ts";
import type { CellRow, Notice, Text, Words } from "../text/sections.ts";
import type { Page } from "./page.ts";
import type { Sheet } from "./sink.ts";

type Shown = {
  readonly plan: Planned;
  /** null: nothing was run, only planned. */
  readonly run: RunResult | null;
};

/** The text of a job that has no words of its own: coverage, changes and reasons, what comes next. */
export function plainText(
  { plan, run, command, planFile, written, asking }: Shown & {
    readonly command: NextCommand;
    readonly planFile: string | null;
    readonly written: readonly string[];
    readonly asking: boolean;
  },
): Text {
  const { job, changes, refused } = plan;
  const hypothetical = plan.hypothetical ? `as of ${plan.as_of}, hypothetical` : "";
  const next = planFile
    ? { next: "To do exactly this:", command: command(`${job} apply`, "--plan", planFile) }
    : { next: "To keep this plan:", command: command(`${job} plan`, "--out", "out") };
  return [
    [{ heading: titleOf(plan) }, hypothetical],
    [{ words: [["Coverage", coverageText(plan)]] }, ...noticesOf(plan)],
    changes.length === 0 ? ["No change is needed."] : [doneText(run), changesTable(plan, run)],
    [{ words: sparedWords(plan) }],
    refused || changes.length === 0 ? [] : [{ words: [["Limits", limitsText(plan)]] }],
    written.length === 0 ? [] : [{ next: "Written:", command: written }],
    run || asking || refused || plan.hypothetical || changes.length === 0
      ? []
      : ["Nothing was changed.", next],
  ];
}

/** The same on the page. */
export function plainPage({ plan, run }: Shown): Page {
  const { proven, planned } = plan.coverage;
  return {
    title: titleOf(plan),
    asOf: new Date(plan.as_of),
    headline: [
      {
        label: "Coverage",
        value: `${proven} of ${planned}`,
        state: proven === planned ? "good" : "unproven",
      },
      { label: "Changes", value: doneText(run) || String(plan.changes.length), state: "neutral" },
    ],
    notices: noticesOf(plan),
    sections: [
      { title: "Changes", ...changesTable(plan, run), empty: "No change is needed." },
      {
        title: "Spared",
        columns: ["Account", "Region", "Target", "Reason"],
        rows: plan.spared.map(({ account, region, target, detail }) => ({
          cells: [account, region, target, detail],
        })),
        empty: "Nothing was spared.",
      },
    ],
  };
}

/** A row for each change. */
export function plainSheet({ changes }: Pick<Planned, "changes">): Sheet {
  return {
    columns: ["account", "region", "target", "action", "reason"],
    rows: changes.map((one) => [one.account, one.region, one.target, one.action, one.reason]),
  };
}

function titleOf({ job, totals, coverage }: Planned): string {
  return `${job}: ${totals.examined} examined in ${counted(coverage.planned, "account-region")}`;
}

function coverageText({ coverage: { proven, planned } }: Planned): string {
  return `${proven} of ${planned} account-regions read`;
}

/** "1 of 10 (perRun)". */
function limitsText({ limits }: Planned): string {
  return limits.map(({ limit, would, value }) => `${would} of ${value} (${limit})`).join(", ");
}

/** "3 done, 1 failed"; "" of a run that tried nothing. */
function doneText(run: RunResult | null): string {
  return Object.entries(run ? countOutcomes(run) : {}).filter(([, count]) => count > 0)
    .map(([outcome, count]) => `${count} ${outcome}`).join(", ");
}

function noticesOf({ coverage, refused, breakers }: Planned): Notice[] {
  return [
    ...coverage.unproven.map(({ account, region, detail }) => ({
      tone: "unproven" as const,
      text: `Not read: ${account} ${region}. ${detail}`,
    })),
    ...breakers.map(({ detail }) => ({ tone: "refused" as const, text: detail })),
    ...(refused
      ? [{
        tone: "refused" as const,
        text: `Refused: ${refused.limit} allows ${refused.value}, this run would make ` +
          `${refused.would}. Nothing was changed.`,
      }]
      : []),
  ];
}

type ChangesTable = {
  readonly columns: readonly string[];
  readonly rows: readonly CellRow[];
};

function changesTable(plan: Planned, run: RunResult | null): ChangesTable {
  const row = (
    { account, region, target, action, reason }: Change,
    ...ended: readonly string[]
  ) => ({
    cells: [account, region, target.slice(target.lastIndexOf(":") + 1), action, reason, ...ended],
  });
  const columns = ["Account", "Region", "Target", "Action", "Why"];
  return run
    ? {
      columns: [...columns, "Outcome"],
      rows: run.changes.map((one) =>
        row(one, [one.outcome ?? "not tried", one.error?.message ?? ""].filter(Boolean).join(": "))
      ),
    }
    : { columns, rows: plan.changes.map((one) => row(one)) };
}

/** How many things were spared for each reason, the most frequent first. */
function sparedWords({ spared }: Planned): Words[] {
  return [...Map.groupBy(spared, ({ detail }) => detail)]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([detail, those]) => ["Spared", `${those.length}: ${detail}`]);
}
