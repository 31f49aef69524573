import { counted } from "../../core/cli/words.ts";
import type { LimitUse } from "../../core/limits/limits.ts";
import type { Section } from "../../core/text/sections.ts";
import type { RepoPlan } from "../repo_plan.ts";
import type { RepoConfig } from "../config.ts";
import { roleChanges } from "./changes.ts";
import { editsOf } from "./diff.ts";
import { accountName, limitName } from "./names.ts";

/** What is left of the budgets, while nothing is refused; a refusal has a section of its own. */
export function limitsSection({ changes, limits, refused }: RepoPlan): Section {
  if (refused || limits.length === 0 || changes.length === 0) return [];
  return [{ words: [["Limits", limits.map(useText).join(", ")]] }];
}

/** "3 of 5 restores for this run". */
function useText({ limit, value, would, reserved = 0 }: LimitUse): string {
  const what = limit.startsWith("limits.restore.") ? " restores" : " roles";
  const when = limit.includes("rollingDay")
    ? "the last 24 hours"
    : "this run" + (reserved > 0 ? ` and those that share its limit (${reserved} of these)` : "");
  return `${would.toLocaleString("en")} of ${value.toLocaleString("en")}${what} for ${when}` +
    (limit.startsWith("--") ? ` (${limit})` : "");
}

/**
 * Why nothing was changed: which limit, and by how much it was passed. Without a period; null where
 * nothing is refused.
 */
export function refusalSentence(plan: RepoPlan): string | null {
  const { refused } = plan;
  if (!refused) return null;
  if (refused.detail !== undefined) {
    return `Refused: ${counted(plan.changes.length, "change")} planned, and nothing is changed ` +
      `anywhere in this run: ${refused.detail} (${limitName(refused)} allows ${refused.value}, ` +
      `found ${refused.would})`;
  }
  const verb = refused.limit.startsWith("limits.restore.") ? "restore" : "change";
  const where = refused.scope === null
    ? ""
    : ` in ${accountName(plan, refused.scope.split("/")[0]!)}`;
  const others = refused.reserved > 0
    ? `, and other runs that share the budget have taken ${refused.reserved}`
    : "";
  return `Refused: this run would ${verb} ` +
    `${counted(refused.would - refused.reserved, "role")}${where}${others}; ` +
    `${limitName(refused)} allows ${refused.value}. Nothing was changed`;
}

/** Why nothing is changed, where most of it would be, and how to see it. */
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

/** What `repo.checkNoNewAccess` will ask of IAM Access Analyzer, and about what AWS charges for it. */
export function proofSection(
  plan: RepoPlan,
  { checkNoNewAccess }: Pick<RepoConfig, "checkNoNewAccess">,
): Section {
  if (!checkNoNewAccess) return [];
  const calls = roleChanges(plan.changes, plan).filter(({ kind }) => kind !== "restore")
    .flatMap((one) => editsOf(one))
    .filter(({ before, after }) => before !== null && after !== null).length;
  if (calls === 0) return [];
  const cents = Math.ceil(calls * PRICE * 100) / 100;
  const what =
    `${counted(calls, "policy", "policies")} to be checked by IAM Access Analyzer before the ` +
    `writes (CheckNoNewAccess): about USD ${cents.toFixed(2)}, at USD 0.0020 a call (IAM Access ` +
    "Analyzer pricing, custom policy checks)";
  return [{ words: [["Proof", what]] }];
}
