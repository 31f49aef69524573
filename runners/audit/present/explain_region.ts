import type { Explaining } from "../audit_plan.ts";
import { counted, dayText, relativeText } from "../../core/cli/words.ts";
import type { Explanation } from "../../core/job.ts";
import type { Words } from "../../core/text/sections.ts";
import { regionRowId } from "../canary/canary_rows.ts";
import { plannedText } from "./action_words.ts";
import { breakersText, canaryText } from "./explain_holds.ts";
import type { Level } from "../levels.ts";
import { accountLabel, type ObservedAccount, type ObservedRegion } from "../observed.ts";

/** Why rules about IAM users are undecided in an account. */
export function explainUsers(
  account: ObservedAccount,
  { reason, detail }: { readonly reason: string; readonly detail: string },
): Explanation {
  return {
    text: [
      [{ heading: [`${accountLabel(account)} global`, `not believed: users-${reason}`] }],
      [{ items: [{ name: detail }] }],
      ["Rules about IAM users are undecided in this account, the others are judged."],
    ],
    json: { account: account.id, region: "global", users: { reason, detail } },
  };
}

/** Whether a region's answer is believed, by what, and what both sources said of it. */
export function explainRegion(
  account: ObservedAccount,
  region: ObservedRegion,
  { planning, plan }: Explaining,
): Explanation {
  const { earlier, now } = planning;
  const place = { account: account.id, region: region.region };
  const rowId = regionRowId(place);
  const { proof, canary, canaryId } = plan.own.evaluations.get(rowId)!;
  const level = earlier.levels.get(rowId);
  const row = earlier.canaries.get(rowId);
  const breakers = plan.breakers.filter(({ scope }) => scope === null || scope === rowId);
  const changes = plan.changes.filter((change) =>
    change.account === account.id && change.region === region.region
  );
  const actions = plannedText(changes);
  return {
    text: [
      [{
        heading: [
          `${accountLabel(account)} ${region.region}`,
          proof.proven ? `believed: ${proof.proof}` : `not believed: ${proof.reason}`,
        ],
      }],
      [proof.proven ? "" : { items: [{ name: proof.detail }] }],
      [{
        facts: [
          ...(region.failure ? [] : answers(region)),
          ["canary", canaryText(canary.status, canaryId, canary.detail)],
          ["level", levelText(level, now)],
          ["breakers", breakersText(breakers, now)],
        ],
      }],
      [
        proof.proven
          ? `${counted(changes.length, "change")} planned here${
            actions === "" ? "" : `: ${actions}`
          }.`
          : "Nothing is planned here until an answer can be believed.",
      ],
    ],
    json: {
      ...place,
      proof: proof,
      instances: region.failure ? null : region.instances.length,
      canary: {
        status: canary.status,
        instance: canaryId ?? null,
        detail: canary.detail,
        how: row?.how ?? null,
        at: row?.at ?? null,
        stamp: earlier.stamps.get(rowId)?.value ?? null,
      },
      level: level ?? null,
      breakers: breakers,
      changes: changes.map(({ id, action, target }) => ({ id, action, target })),
    },
  };
}

function answers({ instances, secondSource, at }: ObservedRegion): Words[] {
  const asked = secondSource?.asked;
  const about = asked === "all" ? "the whole region" : `${asked?.length ?? 0} of them`;
  return [
    ["DescribeInstances", `${counted(instances.length, "instance")}, at ${at}`],
    ["DescribeTags", secondSource ? `asked about ${about}, at ${secondSource.at}` : "not asked"],
  ];
}

/** How the region looked when it was believed last, which an answer is held against. */
function levelText(level: Level | undefined, now: Date): string {
  if (!level) return "never believed before: there is nothing to compare with";
  const at = new Date(level.at);
  const doubted = level.doubted_since === undefined
    ? ""
    : `; in doubt since ${dayText(new Date(level.doubted_since), now)}`;
  return `${
    counted(level.listed, "instance")
  }, ${level.violating} of ${level.examined} violating, ` +
    `when it was believed last, ${dayText(at, now)} (${relativeText(at, now)})${doubted}`;
}
