import { counted } from "../../core/cli/words.ts";
import { budgetsText, refusalText } from "../../core/report/run_words.ts";
import type { NextCommand } from "../../core/cli/next_command.ts";
import type { Section, Text } from "../../core/text/sections.ts";
import type { RenderInput, RepoPlan } from "../repo_plan.ts";
import type { RepoConfig } from "../config.ts";
import { editsOf } from "../change/repo_change.ts";
import { roleChanges } from "./changes.ts";
import { accountName, limitName } from "./names.ts";
import { askedAgain } from "./next_command.ts";

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
    verb: plan.own.restore_run || isSingleRestore(plan) ? "restore" : "change",
    one: "role",
  });
}

/** Whether one version, or single actions, are to be brought back: by the limit, too, if that is all that is known. */
function isSingleRestore({ own: { asked }, refused }: RepoPlan): boolean {
  return (asked?.restore ?? asked?.giveBack ?? null) !== null ||
    (refused?.limit.startsWith("limits.restore.") ?? false);
}

/**
 * The way out of the refusal of a restore, with what to type; null: no restore is refused. Single
 * restores have a small limit, and those of one run have that of a run. A give-back is told no
 * command: to take back the complete run would grant far more than was asked for.
 */
export function wayOut(
  plan: RepoPlan,
  command: NextCommand,
): { readonly sentence: string; readonly command?: string } | null {
  const { refused, own: { restore_run, removed_by } } = plan;
  if (!refused || refused.limit.startsWith("--")) return null;
  const isSingle = isSingleRestore(plan);
  if (isSingle && removed_by) {
    return {
      sentence: "What one run removed comes back in one go, within repo.limits.perRun.roles",
      command: command("repo plan", "--restore-run", removed_by),
    };
  }
  if (!isSingle && !restore_run) return null;
  const raise = `raise ${limitName(refused)} in the configuration file`;
  if (refused.value === 0) return { sentence: `0 allows none: ${raise}` };
  // A part of a restore counts with all parts of the last day.
  return {
    sentence: isSingle || refused.reserved > 0
      ? `To restore it, ${raise}, or wait: ${isSingle ? "restores" : "parts of this restore"} ` +
        "of the last 24 hours count"
      : `Narrow the restore with --account or --role, or ${raise}`,
  };
}

/** Why nothing is changed, the way out, and how to see what was planned. */
export function refusedText(
  { plan, command, config }: Pick<RenderInput, "plan" | "command" | "config">,
): Text {
  const planJson = command("repo plan", ...askedAgain(config), "--json");
  const out = wayOut(plan, command);
  return [
    refusedSection(plan, planJson),
    out === null ? [] : [
      out.command === undefined ? `${out.sentence}.` : {
        next: `${out.sentence}:`,
        command: out.command,
      },
    ],
  ];
}

function refusedSection(plan: RepoPlan, planJsonCommand: string): Section {
  const sentence = refusalSentence(plan);
  if (sentence === null) return [];
  const groups = [...Map.groupBy(plan.changes, ({ account }) => account)]
    .sort(([, a], [, b]) => b.length - a.length);
  const [account, changes] = groups[0] ?? ["", []];
  return [
    { tone: "refused", text: `${sentence}.` },
    groups.length < 2 || plan.own.restore_run && plan.refused!.reserved > 0 ? "" : {
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
