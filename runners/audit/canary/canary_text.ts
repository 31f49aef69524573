import { regionOf } from "../../core/limits/counts.ts";
import { INSTANCE_ID, instanceIdOf } from "../../core/aws/arn.ts";
import type { NextCommand } from "../../core/cli/next_command.ts";
import { counted } from "../../core/cli/words.ts";
import { sumOf } from "../../core/sum_of.ts";
import { type Block, listItems, type Section, type Text } from "../../core/text/sections.ts";
import type { Outcome } from "../../core/journal/entry.ts";
import type { RenderInput } from "../../core/job.ts";
import type { JsonObject } from "../../core/json.ts";
import { earlierChanges } from "../../core/report/run_words.ts";
import { type AuditConfig, enforcesAnything } from "../config.ts";
import type { CanaryPlan, CanaryTypes } from "./canary_plan.ts";

/** The list price of a GiB of gp3 for a month in us-east-1, in USD (Amazon EBS pricing). */
const USD_PER_GIB_MONTH = 0.08;

/** How many canaries people see. */
const CANARIES = 100;

/** A region's canary, and what has become of what was to be done about it. */
export type CanaryEntry = CanaryPlan & {
  readonly outcome: "created" | "stopped" | "adopted" | Exclude<Outcome, "done"> | null;
};

type Shown = Pick<RenderInput<CanaryTypes>, "plan" | "run">;

/** The canaries with what this run has made of them, or an earlier one has left to AWS. */
export function entriesOf({ plan: { own, pending }, run }: Shown): CanaryEntry[] {
  const ended = new Map(run?.changes.map((change) => [change.id, change]));
  const begun = new Set(pending.map(regionOf));
  return own.map((canary) => {
    const change = ended.get(canary.change?.id ?? "");
    if (!change) return { ...canary, outcome: begun.has(regionOf(canary)) ? "pending" : null };
    const { kind, outcome, error, target } = change;
    const made = kind === "create-canary" ? "created" : "stopped";
    const instance = instanceIdOf(target);
    return {
      ...canary,
      instance: INSTANCE_ID.test(instance) ? instance : canary.instance,
      outcome: outcome === "done" ? made : outcome,
      error: error?.message ?? canary.error,
    };
  });
}

type Telling = Pick<RenderInput<CanaryTypes>, "config" | "command" | "asking">;

const MADE: ReadonlySet<CanaryEntry["outcome"]> = new Set(["created", "stopped", "adopted"]);

/** Whether it is well, by what was seen or by what was done. */
function isWell({ status, outcome }: CanaryEntry): boolean {
  return outcome === null ? status === "ok" : MADE.has(outcome);
}

/** Whether something is to be made or stopped, and it can be. */
function isOpen({ action, error, outcome }: CanaryEntry): boolean {
  return outcome === null && error === null && (action === "create" || action === "stop");
}

/** What would be made and stopped, and what it costs; or what was made and stopped. */
export function canaryText({ plan, run, ...telling }: Shown & Telling): Text {
  return [...entriesText(entriesOf({ plan, run }), telling), earlierChanges({ pending: [] }, run)];
}

/** The same of canaries whose outcome is known. */
export function entriesText(
  entries: readonly CanaryEntry[],
  { config, command, asking }: Telling,
): Text {
  if (entries.length === 0) return [[noneText(config)]];
  const accounts = new Set(entries.map(({ account }) => account)).size;
  const well = entries.filter(isWell).length;
  return [
    [{
      heading: `Canaries of ${counted(accounts, "account")} in ` +
        `${counted(entries.length, "account-region")}: ${well} of ${entries.length} are well`,
    }],
    [{
      columns: ["Account", "Region", "Canary", ""],
      rows: entries.map((one) => [one.name, one.region, one.instance ?? "none", said(one)]),
      show: CANARIES,
    }],
    candidates(entries, command),
    [costBlock(entries)],
    asking ? [] : [nextBlock(entries, command)],
  ];
}

function noneText({ canary, enforce }: AuditConfig): string {
  const why = canary.mode === "off"
    ? 'audit.canary.mode is "off".'
    : !enforcesAnything(enforce)
    ? 'audit.canary.mode is "when-enforcing", and audit.enforce names no account. Name the first ' +
      "account there, and its canaries are planned."
    : "None of the accounts that were read is enforced.";
  return `No canary is asked for: ${why}`;
}

function said({ action, status, detail, outcome, error, image, subnet }: CanaryEntry): string {
  if (error !== null) return `${outcome ?? "cannot be made"}: ${error}`;
  if (outcome === "pending") return "is being made; the next canary apply stops it";
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

function candidates(entries: readonly CanaryEntry[], command: NextCommand): Section {
  const found = entries.filter(({ outcome }) => outcome === null)
    .flatMap((entry) => entry.candidates.map((id) => ({ ...entry, id })));
  return [listItems(found, ({ name, region, id }) => ({
    name: `${name} ${region} has a stopped instance with these tags. To adopt it:`,
    blocks: [{ command: command("audit canary apply", "--adopt", id) }],
  }))];
}

function costBlock(entries: readonly CanaryEntry[]): Block {
  const { canaries, gib, usd } = costOf(entries);
  return canaries === 0 ? "" : {
    words: [[
      "Cost",
      `about ${usd.toFixed(2)} USD a month for ${counted(canaries, "canary", "canaries")}: ` +
      `${gib} GiB of gp3 at the list price of us-east-1; stopped instances cost their volumes only`,
    ]],
  };
}

/** What the canaries that would be made cost in a month. */
function costOf(entries: readonly CanaryEntry[]) {
  const made = entries.filter((entry) => isOpen(entry) && entry.action === "create");
  const gib = sumOf(made, ({ image }) => image?.sizeGib ?? 0);
  return { canaries: made.length, gib, usd: gib * USD_PER_GIB_MONTH };
}

function nextBlock(entries: readonly CanaryEntry[], command: NextCommand): Block {
  const open = entries.filter(isOpen).length;
  if (open > 0) {
    return {
      next: `Nothing was changed. To make ${open === 1 ? "it" : "them"}:`,
      command: command("audit canary apply"),
    };
  }
  if (entries.some(({ outcome }) => outcome === "pending")) {
    return { next: "To stop those that are being made:", command: command("audit canary apply") };
  }
  if (entries.some(({ outcome }) => outcome === "unknown")) {
    return {
      next: "To find out what was made, and go on:",
      command: command("audit canary apply"),
    };
  }
  return entries.some(({ outcome }) => MADE.has(outcome))
    ? { next: "To see the plan that they prove:", command: command("audit plan") }
    : "Nothing was changed.";
}

/** The same for programs. */
export function entriesJson(entries: readonly CanaryEntry[]): JsonObject {
  const { canaries, gib, usd } = costOf(entries);
  return {
    schema: "groundskeeper.canaries/1",
    job: "audit",
    cost: { canaries, gib, usd_per_month: Math.round(usd * 100) / 100 },
    canaries: entries.map((
      { account, region, status, instance, action, detail, candidates, image, outcome, error },
    ) => (
      { account, region, status, instance, action, detail, candidates, image, outcome, error }
    )),
  };
}
