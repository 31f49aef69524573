import { counted } from "../../core/cli/words.ts";
import { budgetsText, refusalText } from "../../core/report/run_words.ts";
import type { Section } from "../../core/text/sections.ts";
import type { RepoPlan } from "../repo_plan.ts";
import type { RepoConfig } from "../config.ts";
import { editsOf } from "../change/repo_change.ts";
import { roleChanges } from "./changes.ts";
import { accountName, limitName } from "./names.ts";

/** What is left of the budgets, while nothing is refused; a refusal has a section of its own. */
export function limitsSection({ changes, limits, refused }: RepoPlan): Section {
  if (refused || limits.length === 0 || changes.length === 0) return [];
  return [{ words: [["Limits", budgetsText(limits, whatOf)]] }];
}

function whatOf(limit: string): string {
  return limit.startsWith("limits.restore.") ? "restores" : "roles";
}

/** Why nothing was changed, without a period; null: nothing is refused. */
export function refusalSentence(plan: RepoPlan): string | null {
  return refusalText(plan, {
    limit: limitName,
    scope: (scope) => accountName(plan, scope.split("/")[0]!),
    verb: plan.refused?.limit.startsWith("limits.restore.") ? "restore" : "change",
    one: "role",
  });
}

/** Why nothing is changed, which account has most of the changes, and how to see them. */
export function refusedSection(plan: RepoPlan, planJsonCommand: string): Section {
  const sentence = refusalSentence(plan);
  if (sentence === null) return [];
  const groups = [...Map.groupBy(plan.changes, ({ account }) => account)]
    .sort(([, a], [, b]) => b.length - a.length);
  const [account, changes] = groups[0] ?? ["", []];
  return [
    { tone: "refused", text: `${sentence}.` },
    groups.length < 2 ? "" : {
      items: [{
        name: `${counted(changes.length, "of them is", "of them are")} in ` +
          `${accountName(plan, account)}; --account ${account} narrows the run to it.`,
      }],
    },
    { next: "To see them:", command: `${planJsonCommand} | jq -r '.changes[].target'` },
  ];
}

/** USD for each call (IAM Access Analyzer pricing, "Custom policy checks"). */
const PRICE = 0.002;

/** How many calls `repo.checkNoNewAccess` will make, and about what AWS charges for them. */
export function proofSection(
  plan: RepoPlan,
  { checkNoNewAccess }: Pick<RepoConfig, "checkNoNewAccess">,
): Section {
  if (!checkNoNewAccess) return [];
  const calls = roleChanges(plan.changes, plan).filter(({ kind }) => kind !== "restore")
    .flatMap(({ change }) => editsOf(change))
    .filter(({ before, after }) => before !== null && after !== null).length;
  if (calls === 0) return [];
  const cents = Math.ceil(calls * PRICE * 100) / 100;
  const what =
    `${counted(calls, "policy", "policies")} to be checked by IAM Access Analyzer before the ` +
    `writes (CheckNoNewAccess): about USD ${cents.toFixed(2)}, at USD 0.0020 a call (IAM Access ` +
    "Analyzer pricing, custom policy checks)";
  return [{ words: [["Proof", what]] }];
}
