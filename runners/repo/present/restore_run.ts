import { counted } from "../../core/cli/words.ts";
import type { Spared } from "../../core/plan/change.ts";
import type { PageSection } from "../../core/report/page.ts";
import { type Section, tableRows, type Text } from "../../core/text/sections.ts";
import type { RepoPlan } from "../repo_plan.ts";
import { CUSTOMER_POLICY } from "../managed/own_policies.ts";
import { nameOfArn } from "./changes.ts";
import { accountIds, accountName, type RestoredRun } from "./names.ts";

/** Which run is taken back, how much it changed, and how much of that could be read. */
export function restoreRunHead(plan: RepoPlan, run: RestoredRun, hypothetical: string): Text {
  const { unproven } = plan.coverage;
  const all = accountIds(plan).length;
  const unread = new Set(unproven.map(({ account }) => account)).size;
  return [
    [
      {
        heading: `Restore of run ${run.run_id}: ${targetsText(run.changed)} in ` +
          counted(all, "account"),
      },
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

/** "50 roles and 1 managed policy". */
function targetsText(arns: readonly string[]): string {
  const policies = arns.filter((arn) => CUSTOMER_POLICY.test(arn)).length;
  const roles = arns.length - policies;
  return [
    ...(roles === 0 ? [] : [counted(roles, "role")]),
    ...(policies === 0 ? [] : [counted(policies, "managed policy", "managed policies")]),
  ].join(" and ");
}

/** What is as it was before the run already, and what is not restored, each by name with why. */
export function notRestoredText(plan: RepoPlan, { restored_already }: RestoredRun): Text {
  return [notRestoredSection(plan), [restoredAlready(restored_already)]];
}

function restoredAlready(arns: readonly string[]): string {
  return arns.length === 0 ? "" : `As before that run already: ${targetsText(arns)}.`;
}

function notRestoredSection(plan: RepoPlan): Section {
  const { spared } = plan;
  if (spared.length === 0) return [];
  const targets = [...new Set(spared.map(({ target }) => target))];
  return [
    { words: [["Left alone", targetsText(targets)]] },
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
    lead: `Each has its reason. ${restoredAlready(restored_already)}`.trimEnd(),
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
