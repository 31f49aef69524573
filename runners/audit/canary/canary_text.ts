import { beside } from "../../core/cli/beside.ts";
import type { NextCommand } from "../../core/cli/next_command.ts";
import { type TextColumn, textTable, visible, wrapText } from "../../core/cli/table.ts";
import type { TextStyle } from "../../core/cli/text_style.ts";
import { counted } from "../../core/cli/words.ts";
import type { JsonObject } from "../../core/json.ts";
import type { CanaryEntry, CanaryResult } from "./canary_verbs.ts";
import type { AuditConfig } from "../config.ts";

/**
 * The list price of a GiB of gp3 in us-east-1 for a month, in USD (Amazon EBS pricing); other
 * regions cost a little more or less. A stopped instance costs nothing else.
 */
const USD_PER_GIB_MONTH = 0.08;

/** What is to be made, stopped or adopted, and what it costs, or what became of it. */
export function canaryText(
  { verb, entries }: CanaryResult,
  { config, style, command, asking }: {
    readonly config: AuditConfig;
    readonly style: TextStyle;
    readonly command: NextCommand;
    readonly asking: boolean;
  },
): string {
  if (entries.length === 0) return noneText(config, style);
  const well =
    entries.filter(({ status, outcome }) =>
      outcome === null ? status === "ok" : outcome !== "failed"
    ).length;
  const blocks = [
    style.bold(
      `Canaries of ${counted(new Set(entries.map(({ account }) => account)).size, "account")} in ` +
        `${counted(entries.length, "account-region")}: ${well} of ${entries.length} are well`,
    ),
    table(entries, style),
    candidatesText(entries, command),
    costText(entries, style),
    asking ? "" : lastLine(verb, entries, command),
  ];
  return blocks.filter((block) => block !== "").join("\n\n") + "\n";
}

function noneText({ canary, enforce }: AuditConfig, style: TextStyle): string {
  const why = canary.mode === "off"
    ? 'audit.canary.mode is "off".'
    : enforce.accounts.length + enforce.units.length === 0
    ? 'audit.canary.mode is "when-enforcing", and audit.enforce names no account. Name the first ' +
      "account there, and its canaries are planned."
    : "None of the accounts that were looked at is enforced.";
  return wrapText(`No canary is asked for: ${why}`, style.width).join("\n") + "\n";
}

function table(entries: readonly CanaryEntry[], style: TextStyle): string {
  const columns: TextColumn[] = [{ title: "account" }, { title: "region" }, { title: "canary" }, {
    title: "",
  }];
  return textTable(
    columns,
    entries.map((entry) => [
      visible(entry.name),
      entry.region,
      entry.instance ?? "none",
      visible(said(entry)),
    ]),
    style,
  );
}

function said({ action, status, detail, outcome, error, image, subnet }: CanaryEntry): string {
  if (error !== null) return `${outcome === "failed" ? "failed" : "cannot be made"}: ${error}`;
  if (outcome !== null) return outcome;
  switch (action) {
    case "create":
      return "would be made" +
        (image ? `: ${image.instanceType} of ${image.id}, ${image.sizeGib} GiB` : "") +
        (subnet === null ? "" : `, in ${subnet}`);
    case "stop":
      return `would be stopped: ${detail}`;
    case "unread":
      return `not known: ${detail}`;
    case "none":
      return status === "ok" ? "ok" : `${status}: ${detail}`;
  }
}

function candidatesText(entries: readonly CanaryEntry[], command: NextCommand): string {
  const lines = entries.flatMap(({ name, region, candidates, outcome }) =>
    outcome === null
      ? candidates.map((id) =>
        `  ${visible(name)} ${region} has a stopped instance with these tags. To adopt it:\n` +
        `    ${command("audit canary apply", "--adopt", id)}`
      )
      : []
  );
  return lines.join("\n");
}

/** What the canaries that are to be made would cost in a month; said before they are made. */
function costText(entries: readonly CanaryEntry[], style: TextStyle): string {
  const { canaries, gib, usd } = costOf(entries);
  if (canaries === 0) return "";
  return beside(
    "Cost",
    `about ${usd.toFixed(2)} USD a month for ${counted(canaries, "canary", "canaries")}: ` +
      `${gib} GiB of gp3 at the list price of us-east-1; stopped instances cost their volumes only`,
    style,
  );
}

function costOf(entries: readonly CanaryEntry[]) {
  const made = entries.filter(({ action, error, outcome }) =>
    action === "create" && error === null && outcome === null
  );
  const gib = made.reduce((sum, { image }) => sum + (image?.sizeGib ?? 0), 0);
  return { canaries: made.length, gib, usd: gib * USD_PER_GIB_MONTH };
}

function lastLine(
  verb: CanaryResult["verb"],
  entries: readonly CanaryEntry[],
  command: NextCommand,
): string {
  const open =
    entries.filter(({ action, error, outcome }) =>
      outcome === null && error === null && (action === "create" || action === "stop")
    ).length;
  if (open > 0) {
    return `Nothing was changed. To make ${open === 1 ? "it" : "them"}:\n  ${
      command("audit canary apply")
    }`;
  }
  return verb === "plan"
    ? "Nothing was changed."
    : entries.some(({ outcome }) => outcome !== null && outcome !== "failed")
    ? `To see the plan that they prove:\n  ${command("audit plan")}`
    : "Nothing was changed.";
}

/** The same for programs. */
export function canaryJson({ entries }: CanaryResult): JsonObject {
  const { canaries, gib, usd } = costOf(entries);
  return {
    schema: "groundskeeper.canaries/1",
    job: "audit",
    cost: { canaries, gib, usd_per_month: Math.round(usd * 100) / 100 },
    canaries: entries.map((
      { account, region, status, instance, action, detail, candidates, image, outcome, error },
    ) => ({
      account,
      region,
      status,
      instance,
      action,
      detail,
      candidates: [...candidates],
      image: image && { ...image },
      outcome,
      error,
    })),
  };
}
