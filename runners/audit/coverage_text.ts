import { visible, wrapText } from "../core/cli/table.ts";
import type { TextStyle } from "../core/cli/text_style.ts";
import { counted } from "../core/cli/words.ts";
import type { PlanDocument } from "../core/plan/document.ts";
import { accountName, auditKeys } from "./names.ts";

/** A word, and beside it a text that stays in its column when it is broken. */
export function beside(word: string, text: string, style: TextStyle): string {
  const [first, ...more] = wrapText(text, style.width - 11);
  return [`${word.padEnd(11)}${first}`, ...more.map((line) => " ".repeat(11) + line)].join("\n");
}

/** How much was seen and believed, and each place that was not, with the command that tells more. */
export function coverageText(plan: PlanDocument, style: TextStyle, command: string): string {
  const { planned, proven, regions, unproven } = plan.coverage;
  const by = (proof: string) => regions.filter((region) => region.proof === proof).length;
  const empty = by("none");
  const line = beside(
    "Coverage",
    `${proven} of ${planned} account-regions proven` +
      (proven > 0 ? `: ${by("second-source")} by second source` : "") +
      (empty > 0 ? `; ${empty} empty in both sources` : ""),
    style,
  );
  if (unproven.length === 0) return line;
  const rows = unproven.flatMap(({ account, region, detail }) => {
    const [first, ...more] = wrapText(
      visible(detail),
      style.width - 15,
      "",
    );
    return [
      `  not proven   ${style.bold(`${accountName(plan, account)} ${region}`)}`,
      ...[first!, ...more].map((text) => `               ${text}`),
    ];
  });
  const affected = new Set(unproven.map(({ account }) => account)).size;
  const { accounts } = auditKeys(plan);
  const example = unproven[0]!;
  return [
    line,
    "",
    ...rows,
    "",
    ...wrapText(
      `${
        unproven.every(({ reason }) => reason.startsWith("users-"))
          ? "Rules about IAM users are undecided there"
          : "Nothing is planned in regions that are not proven"
      }. ${affected} of ${counted(accounts.length, "account")} ` +
        `${affected === 1 ? "is" : "are"} affected; try again later, or see`,
      style.width,
    ),
    `  ${command} explain ${example.account}/${example.region}`,
  ].join("\n");
}
