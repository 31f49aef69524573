import { counted } from "../../core/cli/words.ts";
import type { Spared } from "../../core/plan/change.ts";
import type { PageSection } from "../../core/report/page.ts";
import { type Section, tableRows, type Text } from "../../core/text/sections.ts";
import type { RepoPlan } from "../repo_plan.ts";
import { nameOfArn } from "./changes.ts";
import { accountIds, accountName, type RestoredRun } from "./names.ts";

/** Which run is taken back, how much it changed, and how much of that could be read. */
export function restoreRunHead(plan: RepoPlan, run: RestoredRun, hypothetical: string): Text {
  const { unproven } = plan.coverage;
  const all = accountIds(plan).length;
  const unread = new Set(unproven.map(({ account }) => account)).size;
  return [
    [
      { heading: `Restore of run ${run.run_id}, which changed ${changedText(run, plan)}` },
      hypothetical,
    ],
    [{ words: [["Coverage", `${all - unread} of ${counted(all, "account")} read`]] }],
    [
      {
        facts: unproven.map(({ account, detail }) => [
          "not read",
          `${accountName(plan, account)}: ${detail}`,
        ]),
      },
      unproven.length === 0 ? "" : "Nothing is restored in an account that was not read.",
    ],
  ];
}

/** "50 roles and policies in 2 accounts", of those that were asked for. */
function changedText({ changed }: RestoredRun, plan: RepoPlan): string {
  return `${counted(changed, "role or policy", "roles and policies")} in ` +
    counted(accountIds(plan).length, "account");
}

/** What is as it was before the run already, and what is not restored, each by name with why. */
export function notRestoredText(plan: RepoPlan, { restored_already }: RestoredRun): Text {
  return [notRestoredSection(plan), [restoredAlready(restored_already.length)]];
}

function restoredAlready(count: number): string {
  return count === 0
    ? ""
    : `${
      counted(count, "role or policy is", "roles and policies are")
    } as before that run already.`;
}

function notRestoredSection(plan: RepoPlan): Section {
  const { spared } = plan;
  if (spared.length === 0) return [];
  const count = new Set(spared.map(({ target }) => target)).size;
  return [
    { words: [["Not restored", counted(count, "role or policy", "roles and policies")]] },
    {
      items: spared.map((one) => ({
        name: [nameOfArn(one.target), accountName(plan, one.account), whyText(one)],
      })),
      show: 20,
      rest: "--json has them all",
    },
  ];
}

function whyText({ detail }: Spared): string {
  return detail.replace(/\.$/, "");
}

/** What a restore of a run leaves as it is, for the page. */
export function notRestoredPage(plan: RepoPlan, { restored_already }: RestoredRun): PageSection {
  return {
    title: "Not restored",
    lead: `Each has its reason. ${restoredAlready(restored_already.length)}`.trimEnd(),
    columns: ["Account", "Role or policy", "Reason", "Code", "ARN"],
    ...tableRows(plan.spared, (one) => [
      accountName(plan, one.account),
      nameOfArn(one.target),
      whyText(one),
      one.reason,
      one.target,
    ]),
    empty: "Everything that the run changed is restored, or would be.",
  };
}
