import { beside } from "../../core/cli/beside.ts";
import type { TextStyle } from "../../core/cli/text_style.ts";
import { counted, dateText, relativeText } from "../../core/cli/words.ts";
import { durationMs, spanText } from "../../core/duration.ts";
import type { PlanDocument } from "../../core/plan/document.ts";
import type { RepoConfig } from "../config.ts";
import { type NewPermissions, newPermissions } from "./new_permissions.ts";
import { wouldGoText } from "./would_go_text.ts";

type Protection = Pick<RepoConfig, "trustFirstScan" | "protectNew" | "usageWindow">;

/** What is protected as new, with a table of what would go when it no longer is. */
export function newText(
  plan: PlanDocument,
  config: Protection,
  stored: boolean,
  style: TextStyle,
): string {
  const text = newSentence(plan, config, stored);
  if (text === "") return "";
  const table = plan.changes.length === 0 ? wouldGoText(plan, style) : "";
  return beside("New", text, style) + (table === "" ? "" : `\n${table}`);
}

/**
 * What is protected as new until when, what that depends on, and whether its time has begun; "" where
 * nothing is.
 */
export function newSentence(plan: PlanDocument, config: Protection, stored: boolean): string {
  const fresh = newPermissions(plan);
  const trusted = config.trustFirstScan
    ? "repo.trustFirstScan is on: what a role had when it was first seen is not taken for new."
    : "";
  const sentences = [trusted, ...(fresh ? newSentences(fresh, plan, config, stored) : [])];
  return sentences.filter((sentence) => sentence !== "").join(" ");
}

function newSentences(
  fresh: NewPermissions,
  plan: PlanDocument,
  { protectNew, trustFirstScan, usageWindow }: Protection,
  stored: boolean,
): string[] {
  const { permissions, everything, wouldGo, last } = fresh;
  const now = new Date(plan.as_of);
  const end = last === null ? null : new Date(last);
  const count = permissions.toLocaleString("en");
  const span = spanText(durationMs(protectNew));
  const until = end ? `until ${dateText(end, now)} (${relativeText(end, now)})` : `for ${span}`;
  const many = everything
    ? `All ${count} permissions are new`
    : `${counted(permissions, "permission")} of ${counted(fresh.roles, "role")} ` +
      `${permissions === 1 ? "is" : "are"} new`;
  const same = fresh.first === last;
  const isLater = end !== null && end.getTime() > now.getTime() + durationMs(protectNew);
  const what = isLater
    ? `what a role's first scan found less than ${span} ago, or a later one less than ` +
      `${spanText(durationMs(usageWindow))} ago, is kept`
    : `what was first seen less than ${span} ago is kept`;
  const waits = !stored && fresh.notBegun > 0;
  return [
    `${many}: ${what}` +
    `${same ? "" : ", the last of it"} ${until}${waits ? ", if the clock starts now" : ""}.`,
    ...(wouldGo === null ? [] : [
      wouldGo === 0
        ? "None of it would go then, as things are."
        : `${wouldGo.toLocaleString("en")} of these would go then, as things are.`,
    ]),
    ...(waits
      ? ["A plan leaves no trace and does not start it; refresh, report and apply do."]
      : []),
    ...(trustFirstScan
      ? []
      : ["repo.trustFirstScan lifts it for what a role had when it was first seen."]),
  ];
}

/** Whether the next thing to do is to start the clock of what is new. */
export function waitsForFirstRun(plan: PlanDocument): boolean {
  return plan.changes.length === 0 && (newPermissions(plan)?.notBegun ?? 0) > 0;
}
