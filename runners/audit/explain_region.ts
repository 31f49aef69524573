import { visible, wrapText } from "../core/cli/table.ts";
import { counted } from "../core/cli/words.ts";
import type { Explanation, Job } from "../core/job.ts";
import type { Json } from "../core/json.ts";
import type { AuditConfig } from "./config.ts";
import {
  accountLabel,
  type Observed,
  type ObservedAccount,
  type ObservedRegion,
} from "./observed.ts";
import type { Earlier } from "./planning.ts";
import { proveRegion } from "./proof.ts";

/** What `explain` is handed. */
export type Explaining = Parameters<Job<AuditConfig, Observed, Earlier>["explain"]>[0];

/** Why rules about IAM users are undecided in an account. */
export function explainUsers(
  account: ObservedAccount,
  { reason, detail }: { readonly reason: string; readonly detail: string },
  { style }: Explaining,
): Explanation {
  const lines = [
    `${style.bold(accountLabel(account))} global   not believed: users-${reason}`,
    "",
    ...wrapText(visible(detail), style.width, "  "),
    "",
    ...wrapText(
      "Rules about IAM users are undecided in this account, the others are judged.",
      style.width,
    ),
  ];
  return {
    text: lines.join("\n") + "\n",
    json: { account: account.id, region: "global", users: { reason, detail } },
  };
}

/** Whether a region's answer is believed, and what both sources said of it. */
export function explainRegion(
  account: ObservedAccount,
  region: ObservedRegion,
  { planning, plan, style }: Explaining,
): Explanation {
  const proof = proveRegion(region, planning.config);
  const asked = region.secondSource?.asked;
  const planned =
    plan.changes.filter((change) =>
      change.account === account.id && change.region === region.region
    ).length;
  const head = `${style.bold(accountLabel(account))} ${region.region}   ` +
    (proof.proven ? `believed: ${proof.proof}` : `not believed: ${proof.reason}`);
  const lines = [
    ...wrapText(head, style.width),
    "",
    ...(proof.proven ? [] : wrapText(visible(proof.detail), style.width, "  ")),
    ...(region.failure ? [] : [
      ...wrapText(
        `DescribeInstances   ${counted(region.instances.length, "instance")}, at ${region.at}`,
        style.width,
        "  ",
      ),
      ...wrapText(
        `DescribeTags        asked about ${
          asked === "all" ? "the whole region" : `${asked?.length ?? 0} of them`
        }, at ${region.secondSource?.at ?? "-"}`,
        style.width,
        "  ",
      ),
    ]),
    "",
    ...wrapText(
      proof.proven
        ? `${counted(planned, "change")} planned here.`
        : "Nothing is planned here until an answer can be believed.",
      style.width,
    ),
  ];
  return {
    text: lines.join("\n") + "\n",
    json: { account: account.id, region: region.region, proof: proof as unknown as Json },
  };
}
