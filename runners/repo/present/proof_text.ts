import { beside } from "../../core/cli/beside.ts";
import type { TextStyle } from "../../core/cli/text_style.ts";
import { counted } from "../../core/cli/words.ts";
import type { PlanDocument } from "../../core/plan/document.ts";
import type { RepoConfig } from "../config.ts";
import { roleChanges } from "./changes.ts";
import { editsOf } from "./diff.ts";

/** USD for each call (IAM Access Analyzer pricing, "Custom policy checks"). */
const PRICE = 0.002;

/** What `repo.checkNoNewAccess` will ask of IAM Access Analyzer, and about what AWS charges for it. */
export function proofText(
  plan: PlanDocument,
  { checkNoNewAccess }: Pick<RepoConfig, "checkNoNewAccess">,
  style: TextStyle,
): string {
  if (!checkNoNewAccess) return "";
  const calls = roleChanges(plan.changes, plan)
    .filter(({ kind }) => kind !== "restore")
    .flatMap((one) => editsOf(one))
    .filter(({ before, after }) => before !== null && after !== null).length;
  if (calls === 0) return "";
  const cents = Math.ceil(calls * PRICE * 100) / 100;
  return beside(
    "Proof",
    `${counted(calls, "policy", "policies")} to be checked by IAM Access Analyzer before the ` +
      `writes (CheckNoNewAccess): about USD ${
        cents.toFixed(2)
      }, at USD 0.0020 a call (IAM Access ` +
      "Analyzer pricing, custom policy checks)",
    style,
  );
}
