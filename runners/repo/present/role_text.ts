import { beside } from "../../core/cli/beside.ts";
import { textTable, textWidth, visible, wrapText } from "../../core/cli/table.ts";
import type { TextStyle } from "../../core/cli/text_style.ts";
import { counted, relativeText } from "../../core/cli/words.ts";
import type { PlanDocument } from "../../core/plan/document.ts";
import { type RoleChange, roleChanges, versionText } from "./changes.ts";
import { editsOf } from "./diff.ts";
import { diffText } from "./diff_text.ts";
import { givenBackText } from "./losses_text.ts";
import { fewRows } from "./many_services.ts";
import { accountName, lossOf, type RoleEntry } from "./names.ts";
import { keptText, lossText } from "./reason_words.ts";

/** IAM's quota of characters without white space of a role's inline policies together. */
const INLINE_QUOTA = 10_240;

/** One role in full: its evidence, what it would lose and keep and why, and the policies. */
export function roleText(entry: RoleEntry, plan: PlanDocument, style: TextStyle): string {
  const changes = roleChanges(plan.changes, plan).filter((one) => one.entry === entry);
  const restore = changes.find(({ kind }) => kind === "restore");
  const blocks = [
    [
      restore ? restoreText(restore, style) : losesText(entry, changes, plan, style),
      restore ? "" : keepsText(entry, plan, style),
    ].filter((part) => part !== "").join("\n"),
    policiesText(entry, changes, style),
    roleManagedText(entry, style),
    [...aboutLines(entry, style)].join("\n"),
  ];
  return blocks.filter((block) => block !== "").join("\n\n");
}

/** Why a version does not come back: the role has it already, or what speaks against it. */
export function notRestoredText(
  { arn }: RoleEntry,
  version: number,
  { spared }: PlanDocument,
  style: TextStyle,
): string {
  const reasons = spared.filter(({ target }) => target === arn);
  return reasons.length === 0 ? `  Its inline policies are those of version ${version} already.` : [
    style.bold(`  Cannot restore version ${version}`),
    ...reasons.map(({ detail }) =>
      beside("    because", visible(detail.replace(/\.$/, "")), style, 14)
    ),
  ].join("\n");
}

/** Which role, where, and how good the evidence is. */
export function roleHead(entry: RoleEntry, plan: PlanDocument, style: TextStyle): string {
  const now = new Date(plan.as_of);
  const ago = (instant: string) => relativeText(new Date(instant), now);
  const parts = [
    [style.bold(visible(entry.role)), visible(accountName(plan, entry.account))].join("   "),
    `created ${ago(entry.created)}, ` +
    (entry.last_used === null ? "no use is known" : `last used ${ago(entry.last_used)}`),
    evidenceText(entry, now),
  ];
  return sameLine(parts, style.width).flatMap((line) => wrapText(line, style.width)).join("\n");
}

/** As many texts on a line as fit, in their order; none is broken for another. */
function sameLine(parts: readonly string[], width: number): string[] {
  return parts.reduce<string[]>((lines, part) => {
    const longer = [...lines.slice(-1), part].join("   ");
    return textWidth(longer) <= width ? [...lines.slice(0, -1), longer] : [...lines, part];
  }, []);
}

/** "evidence of 3 hours ago, complete: 37 services". */
export function evidenceText({ evidence }: RoleEntry, now: Date): string {
  if ("reason" in evidence) return `no whole evidence: ${visible(evidence.detail)}`;
  const { source, services, completed_at, speaks_until = null, level } = evidence;
  return `evidence of ${relativeText(new Date(completed_at), now)}` +
    (source === "aardvark" ? " from Aardvark: " : ", complete: ") + counted(services, "service") +
    (level === "action" ? ", by action" : "") +
    (speaks_until === null
      ? ""
      : `; it shows use until about ${relativeText(new Date(speaks_until), now)}`);
}

function losesText(
  entry: RoleEntry,
  changes: readonly RoleChange[],
  plan: PlanDocument,
  style: TextStyle,
): string {
  const now = new Date(plan.as_of);
  const { permissions, loses, mode, ineligible } = entry;
  const lost = lossOf(entry);
  const planned = changes.some(({ managed }) => managed === null);
  if (lost === 0) {
    return [
      ...wrapText(`loses nothing of ${counted(permissions, "permission")}`, style.width, "  "),
      ...ineligibleLines(entry, style),
      ...heldLines(entry, plan, style),
    ].join("\n");
  }
  const paint = planned ? style.red : (line: string) => line;
  const word = planned
    ? "would lose"
    : mode === "propose"
    ? "proposed to go"
    : ineligible.length > 0
    ? "unused, and stays"
    : "could lose";
  const rows = fewRows(loses.map((loss) => ({
    service: loss.service,
    counts: [loss.actions.length],
    why: lossText(loss, now),
  }))).map(({ service, counts, why }) => [
    visible(service),
    counts[0]!.toLocaleString("en"),
    visible(why),
  ]);
  return [
    ...wrapText(
      `${word}   ${lost.toLocaleString("en")} of ${counted(permissions, "permission")}`,
      style.width,
      "  ",
    ),
    ...ineligibleLines(entry, style),
    ...heldLines(entry, plan, style),
    ...plainTable(rows, style).map(paint),
  ].join("\n");
}

/** Every reason for which nothing is removed. */
export function ineligibleLines({ ineligible }: RoleEntry, style: TextStyle): string[] {
  return ineligible.map(({ detail }) =>
    beside("    because", visible(detail.replace(/\.$/, "")), style, 14)
  );
}

/** What else speaks against a change: code manages the role, or what is left would be too long. */
function heldLines(
  { arn, ineligible }: RoleEntry,
  { spared }: PlanDocument,
  style: TextStyle,
): string[] {
  const told = new Set(ineligible.map(({ reason }) => reason));
  return spared.filter(({ target, reason }) => target === arn && !told.has(reason))
    .map(({ detail }) => beside("    because", visible(detail.replace(/\.$/, "")), style, 14));
}

/** What stays, by service and reason. */
function keepsText(entry: RoleEntry, plan: PlanDocument, style: TextStyle): string {
  // With --remove most of what a role has was simply not asked for.
  const keeps = entry.keeps.filter(({ reason }) => reason !== "not-requested");
  if (keeps.length === 0) return "";
  const now = new Date(plan.as_of);
  const rows = fewRows(keeps.map((kept) => ({
    service: keptName(kept, entry),
    counts: [kept.actions.length],
    why: keptText(kept, now),
  })));
  return [
    "  keeps",
    ...plainTable(rows.map(({ service, why }) => [visible(service), visible(why)]), style),
  ].join("\n");
}

/** "kms (all 14)", "s3 (3 of 90)", or the actions where they are few. */
function keptName({ service, actions }: RoleEntry["keeps"][number], entry: RoleEntry): string {
  const all = [...entry.keeps, ...entry.loses].filter((one) => one.service === service)
    .reduce((sum, one) => sum + one.actions.length, 0);
  const qualified = (action: string) => action.includes(":") ? action : `${service}:${action}`;
  if (actions.length === 1) return qualified(actions[0]!);
  return actions.length === all
    ? `${service} (all ${all})`
    : `${service} (${actions.length} of ${all})`;
}

function restoreText(change: RoleChange, style: TextStyle): string {
  const { version, gained } = change;
  const word = `  restores${version === null ? "" : ` version ${versionText(change)}`}`;
  const counts = gained === null || gained.length === 0 ? [] : [gained];
  return [
    beside(
      word,
      `gives back ${givenBackText(change)}`,
      style,
      word.length + 3,
    ),
    ...counts.flatMap((actions) => actionLines(actions, style)),
  ].join("\n");
}

/** Actions one after the other, as many as people read. */
export function actionLines(actions: readonly string[], style: TextStyle, named = 20): string[] {
  const left = actions.length - named;
  return wrapText(
    actions.slice(0, named).map(visible).join(", ") + (left > 0 ? `, and ${left} more` : ""),
    style.width,
    "    ",
  );
}

function policiesText(
  entry: RoleEntry,
  changes: readonly RoleChange[],
  style: TextStyle,
): string {
  const inline = changes.find(({ managed }) => managed === null);
  const { before, after } = entry.size;
  const size = `inline policies together   ${before.toLocaleString("en")} -> ` +
    `${after.toLocaleString("en")} of ${INLINE_QUOTA.toLocaleString("en")} characters`;
  const diffs = diffText(inline ? editsOf(inline) : entry.edits, style);
  return [
    ...(diffs === "" ? [] : [diffs, wrapText(size, style.width, "  ").join("\n")]),
    ...changes.filter(({ managed }) => managed !== null)
      .map((one) => diffText(editsOf(one), style, "managed policy")),
  ].filter((text) => text !== "").join("\n\n");
}

/** What is unused in its managed policies. */
export function roleManagedText(
  { managed }: RoleEntry,
  style: TextStyle,
): string {
  if (managed.length === 0) return "";
  const rows = managed.map(({ arn, attachments, permissions, unused, unused_services }) => [
    visible(arn),
    `${unused.toLocaleString("en")} of ${permissions.toLocaleString("en")} unused` +
    (attachments === 1 ? "" : `, attached ${attachments} times`),
    namedServices(unused_services),
  ]);
  return ["  managed policies", ...plainTable(rows, style)].join("\n");
}

/** How many services are named of a managed policy. */
const SERVICES = 5;

function namedServices(services: readonly string[]): string {
  const left = services.length - SERVICES;
  return visible(services.slice(0, SERVICES).join(", ")) + (left > 0 ? `, and ${left} more` : "");
}

/** The facts that decide nothing, but that a person asks for. */
function* aboutLines(entry: RoleEntry, style: TextStyle): Iterable<string> {
  const { unused, instance_profiles, notes } = entry;
  if (unused) {
    yield* wrapText(
      "Nobody uses this role. Deleting it stays with its owner" +
        (instance_profiles.length === 0
          ? "."
          : `; it is in the instance profile ${instance_profiles.map(visible).join(", ")}.`),
      style.width,
    );
  }
  for (const note of notes) yield* wrapText(visible(note), style.width);
}

/** Rows without titles, under each other. */
function plainTable(rows: readonly (readonly string[])[], style: TextStyle): string[] {
  if (rows.length === 0) return [];
  const numbers = rows[0]!.length === 3 && rows.every((row) => /^[\d,]+$/.test(row[1]!));
  const columns = rows[0]!.map((_, index) =>
    numbers && index === 1 ? { title: "", align: "right" as const } : { title: "" }
  );
  return textTable(columns, rows, style, "    ").split("\n");
}
