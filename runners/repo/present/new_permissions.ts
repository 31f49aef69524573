import { counted, dateText, numberText, relativeText } from "../../core/cli/words.ts";
import { durationMs, spanText } from "../../core/duration.ts";
import { sumOf } from "../../core/sum_of.ts";
import { type Section, type Table, tableRows } from "../../core/text/sections.ts";
import type { RepoPlan } from "../repo_plan.ts";
import type { RepoConfig } from "../config.ts";
import { byService, servicesText } from "./changes.ts";
import { isEligible } from "./figures.ts";
import { accountName, type Named } from "./names.ts";

/** What is kept only because it is new, over all roles. */
type NewPermissions = {
  readonly permissions: number;
  readonly roles: number;
  /** All permissions are new: the first plan. */
  readonly everything: boolean;
  /** How many eligible roles would lose if they were not new; null: the plan does not say it. */
  readonly wouldGo: number | null;
  /** When the first and the last of the protections end, RFC 3339; null: it is not known. */
  readonly first: string | null;
  readonly last: string | null;
  /** How many of the roles no run has stored: their time has not begun. */
  readonly notBegun: number;
};

/** Adds up what is protected as new; null: nothing is. */
export function newPermissions(plan: Named): NewPermissions | null {
  const { roles } = plan.own;
  const kept = roles.flatMap((entry) =>
    entry.keeps.filter(({ reason }) => reason === "new-permission").map((one) => ({ one, entry }))
  );
  if (kept.length === 0) return null;
  const untils = kept.flatMap(({ one }) => one.until === null ? [] : [one.until]).sort();
  const entries = new Set(kept.map(({ entry }) => entry));
  const permissions = sumOf(kept, ({ one }) => one.actions.length);
  return {
    permissions,
    roles: entries.size,
    everything: permissions === sumOf(roles, (entry) => entry.permissions),
    wouldGo: kept.every(({ one }) => one.otherwise === undefined) ? null : sumOf(
      kept.filter(({ one, entry }) => (one.otherwise ?? null) !== null && isEligible(entry)),
      ({ one }) => one.actions.length,
    ),
    first: untils[0] ?? null,
    last: untils.at(-1) ?? null,
    notBegun: [...entries].filter(({ first_seen }) => first_seen === null).length,
  };
}

type Protection = Pick<RepoConfig, "trustFirstScan" | "protectNew" | "usageWindow">;

/** What is protected as new, with a table of what would go when it no longer is. */
export function newSection(plan: RepoPlan, config: Protection, stored: boolean): Section {
  const text = newSentence(plan, config, stored);
  return text === ""
    ? []
    : [{ words: [["New", text]] }, plan.changes.length === 0 ? wouldGoTable(plan) : ""];
}

/**
 * What is protected as new and until when, which settings decide, and whether its time has begun;
 * "": nothing is new.
 */
export function newSentence(plan: RepoPlan, config: Protection, stored: boolean): string {
  const { protectNew, trustFirstScan, usageWindow } = config;
  const trusted = trustFirstScan
    ? "repo.trustFirstScan is on: permissions that a role had when it was first seen are not new."
    : "";
  const fresh = newPermissions(plan);
  if (!fresh) return trusted;
  const { permissions, wouldGo, last } = fresh;
  const now = new Date(plan.as_of);
  const end = last === null ? null : new Date(last);
  const span = spanText(durationMs(protectNew));
  const until = end ? `until ${dateText(end, now)} (${relativeText(end, now)})` : `for ${span}`;
  const be = permissions === 1 ? "is" : "are";
  const many = fresh.everything && permissions > 1
    ? `All ${numberText(permissions)} permissions`
    : `${counted(permissions, "permission")} of ${counted(fresh.roles, "role")}`;
  const isLater = end !== null && end.getTime() > now.getTime() + durationMs(protectNew);
  const waits = !stored && fresh.notBegun > 0;
  return [
    trusted,
    `${many} ${be} new and ${be} kept${fresh.first === last ? "" : ", the last of them"} ${until}` +
    `${waits ? ", if the clock starts now" : ""}.`,
    isLater
      ? `Permissions that a role's first scan found are new for ${span}, those that a later scan ` +
        `found for ${spanText(durationMs(usageWindow))}.`
      : `Permissions are new for ${span} after they were first seen.`,
    wouldGo === null
      ? ""
      : `${wouldGo === 0 ? "None" : numberText(wouldGo)} of them would be removed then.`,
    waits ? "A plan does not start the clock; refresh, report and apply do." : "",
    trustFirstScan
      ? ""
      : "With repo.trustFirstScan, permissions that a role had when it was first seen are not new.",
  ].filter((sentence) => sentence !== "").join(" ");
}

/**
 * The roles that would lose permissions if these were not new, those that would lose most first. A
 * first plan has nothing else to show, because it can remove nothing yet.
 */
function wouldGoTable(plan: RepoPlan): Table {
  const losing = plan.own.roles.filter(isEligible).map((entry) => ({
    entry,
    actions: entry.keeps.flatMap(({ reason, otherwise, actions }) =>
      reason === "new-permission" && (otherwise ?? null) !== null ? actions : []
    ),
  })).filter(({ actions }) => actions.length > 0)
    .sort((a, b) => b.actions.length - a.actions.length);
  return {
    columns: ["Role", "Account", "Loses", "Of", "Services"],
    ...tableRows(losing, ({ entry, actions }) => [
      entry.role,
      accountName(plan, entry.account),
      actions.length,
      entry.permissions,
      servicesText(byService(actions)),
    ]),
  };
}

/** Whether the next thing to do is to start the clock of what is new. */
export function waitsForFirstRun(plan: RepoPlan): boolean {
  return plan.changes.length === 0 && (newPermissions(plan)?.notBegun ?? 0) > 0;
}
