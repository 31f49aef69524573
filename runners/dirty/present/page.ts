import { counted, numberText } from "../../core/cli/words.ts";
import type { Reporting } from "../../core/job.ts";
import type { Figure, Page } from "../../core/report/page.ts";
import { changesFigure, changesHead, shortName } from "../../core/report/run_words.ts";
import { tableRows } from "../../core/text/sections.ts";
import type { DirtyTypes } from "../plan.ts";
import { accountName, clientsSentence, clientsTable, clientTotals, unknownGroups } from "./text.ts";

/** The job's part of the HTML report: coverage, clients, then what is dirty. */
export function dirtyPage({ plan, run }: Reporting<DirtyTypes>): Page {
  const { coverage: { unproven }, own: { instances }, spared } = plan;
  const { head, became } = changesHead(plan, run.changes);
  return {
    title: `Dirty instances of ${counted(plan.own.accounts.length, "account")}`,
    asOf: new Date(plan.as_of),
    headline: headline({ plan, run }),
    notices: unproven.slice(0, 20).map(({ account, region, detail }) => ({
      tone: "unproven",
      text: `Not read: ${accountName(plan, account)} ${region}. ${detail}`,
    })),
    sections: [
      {
        title: "Dirty instances",
        columns: [
          "Account",
          "Region",
          "Instance",
          "Name",
          "Group",
          "Since",
          "Event",
          "Level",
          "Tag",
        ],
        ...tableRows(
          instances,
          ({ account, region, id, name, group, since, last, tag, state }) => ({
            cells: [
              accountName(plan, account),
              region,
              id,
              name,
              group,
              since === null ? null : { at: new Date(since.at) },
              last === null ? "the tag alone" : `${last.event} (${last.source})`,
              last?.level ?? null,
              tag,
            ],
            ...state === null ? { tone: "unproven" as const } : {},
          }),
        ),
        empty: "No instance that was read is dirty.",
      },
      {
        title: "Clients",
        lead: "An instance whose client has not spoken since its launch is not known to be clean.",
        ...clientsTable(plan),
        empty: "No Region was read.",
      },
      {
        title: "Not known to be clean",
        columns: ["Account and Region", "Auto Scaling group", "Instances"],
        ...tableRows(unknownGroups(plan), ({ place, group, count }) => [place, group, count]),
        empty: "Every running instance is dirty or clean.",
      },
      {
        ...head,
        columns: ["Account", "Region", "Instance", "Action", "Why", "Outcome"],
        ...tableRows(run.changes, (one) => [
          accountName(plan, one.account),
          one.region,
          shortName(one),
          one.action,
          one.reason,
          became(one),
        ]),
        empty: "No tag is to be written.",
      },
      {
        title: "Spared",
        columns: ["Account", "Region", "Instance", "Reason"],
        ...tableRows(spared, (one) => [
          accountName(plan, one.account),
          one.region,
          shortName(one),
          one.detail,
        ]),
        empty: "Nothing was spared.",
      },
    ],
  };
}

function headline({ plan, run }: Pick<Reporting<DirtyTypes>, "plan" | "run">): Figure[] {
  const { proven, planned } = plan.coverage;
  const { running, spoke, dirty, clean, unknown } = clientTotals(plan);
  const isWhole = proven === planned;
  return [
    {
      label: "Coverage",
      value: `${proven} of ${planned}`,
      detail: "account-regions read",
      state: isWhole ? "good" : "unproven",
    },
    {
      label: "Clients",
      value: `${numberText(spoke)} of ${numberText(running)}`,
      detail: clientsSentence(plan),
      state: isWhole && spoke === running ? "good" : "unproven",
    },
    {
      label: "Dirty",
      value: numberText(dirty),
      detail: `of ${counted(running, "running instance")}`,
      state: dirty > 0 ? "attention" : unknown > 0 || !isWhole ? "unproven" : "good",
    },
    {
      label: "Clean",
      value: numberText(clean),
      detail: `of ${counted(running, "running instance")}`,
      state: "neutral",
    },
    changesFigure(plan, run.changes, { done: "", planned: { label: "Tags to write" } }),
  ];
}
