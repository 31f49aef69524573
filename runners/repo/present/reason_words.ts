import { counted, dateText, numberText, relativeText } from "../../core/cli/words.ts";
import type { KeepReason, RemoveReason } from "../decide/decided.ts";
import type { UnusedClaim } from "../decide/unused_claim.ts";
import type { Kept, Loss } from "./names.ts";

/** How the reasons of decisions are said, the same in text, page and explanations. */

function hookName(reason: string): string | null {
  return reason.startsWith("hook:") ? reason.slice("hook:".length) : null;
}

/** Why permissions go: "unused for 214 days"; never more than was seen. */
export function lossText(
  loss: Pick<Loss, "reason" | "last_used" | "unused" | "never_seen_in">,
  now: Date,
): string {
  const { never_seen_in: roles } = loss;
  const others = roles === undefined
    ? ""
    : roles > 1
    ? `, nor by any of the ${numberText(roles)} roles that were read`
    : "; no other role was read";
  return reasonText(loss, now) + others;
}

function reasonText(
  { reason, last_used, unused = null }: Pick<Loss, "reason" | "last_used" | "unused">,
  now: Date,
): string {
  const hook = hookName(reason);
  if (hook !== null) return `the hook ${hook} says so`;
  if (reason === "requested") {
    return `asked for with --remove` +
      (last_used === null ? "" : `, used ${relativeText(new Date(last_used), now)}`);
  }
  if (unused !== null) return unusedText(unused);
  return last_used === null ? "never used since AWS tracks it" : "not used within the window";
}

/** "unused for 214 days", "not used since the role was created 100 days ago". */
export function unusedText({ days, bound }: UnusedClaim): string {
  // People compare it with the window, which is in days.
  const span = counted(days, "day");
  return {
    "last-use": `unused for ${span}`,
    "role-created": `not used since the role was created ${span} ago`,
    "first-seen": `not used since it was first seen ${span} ago`,
    "tracking": `never used since AWS tracks it (${span})`,
  }[bound];
}

/** Why permissions stay: "used 3 days ago". */
export function keptText(kept: Omit<Kept, "service" | "actions">, now: Date): string {
  const { reason, last_used, until } = kept;
  const used = last_used === null ? null : `used ${relativeText(new Date(last_used), now)}`;
  const end = until === null ? null : new Date(until);
  const untilText = end && `until ${dateText(end, now)} (${relativeText(end, now)})`;
  const hook = hookName(reason);
  if (hook !== null) return `the hook ${hook} says so`;
  const texts: Readonly<Record<ByRule<KeepReason>, string>> = {
    "service-used": used ?? "its service is used",
    "action-used": used ?? "used",
    "action-untracked": "AWS does not say when they were used" +
      (used === null ? "" : `; their service was ${used}`),
    "tracked-too-recently": "AWS tracks it for less than the window" +
      (untilText ? `, kept ${untilText}` : ""),
    "service-not-in-report": "the report does not name this service",
    "service-not-tracked": "IAM lists this service but may not track it",
    "unknown-action": "not in the catalogue: unknown is kept",
    "never-tracked": "AWS never tracks it",
    "companion-of": kept.why ?? "an action that is used needs it",
    "new-permission": `new: kept ${untilText ?? "for repo.protectNew"}`,
    "norepo-sid": "a statement whose Sid begins with NOREPO grants it",
    "pinned": "repo.pinned keeps it",
    "not-requested": "was not asked for with --remove",
    "not-scheduled": "could be removed, and was not scheduled",
  };
  return texts[reason as ByRule<KeepReason>];
}

/** Reasons that no hook has given. */
type ByRule<Reason> = Exclude<Reason, `hook:${string}`>;

/** Which setting or rule decides, and how to change that. */
export function remedyText(reason: RemoveReason | KeepReason): string {
  if (hookName(reason) !== null) return "Change or leave out the hook in repo.hooks.";
  const remedies: Readonly<Record<ByRule<RemoveReason | KeepReason>, string>> = {
    "service-unused": "To keep it: use the service, pin the action in repo.pinned, grant it by " +
      "a statement whose Sid begins with NOREPO, or opt the role out.",
    "action-unused": "To keep it: use the action, pin it in repo.pinned, grant it by a " +
      "statement whose Sid begins with NOREPO, or opt the role out.",
    requested: "To keep it: leave it out of --remove.",
    "service-used": "It is removed once its service was not used for repo.usageWindow, or with " +
      "--remove.",
    "action-used": "It is removed once it was not used for repo.usageWindow, or with --remove.",
    "action-untracked": "AWS's evidence cannot speak against it. A hook with evidence of your " +
      "own may, or --remove.",
    "tracked-too-recently": "It is decided once AWS has tracked it for repo.usageWindow.",
    "service-not-in-report": "Missing evidence is never evidence of absence. Only --remove " +
      "removes it.",
    "service-not-tracked": "A date that is missing proves nothing of this service. Only --remove " +
      "removes it.",
    "unknown-action": "What the catalogue does not know is never removed by evidence. Only " +
      "--remove removes it.",
    "never-tracked": "Only --remove removes it.",
    "companion-of": "It is removed together with the action that needs it, or with --remove.",
    "new-permission": "It is decided after that day. repo.protectNew says how long for what a " +
      "role had when it was first seen, and repo.trustFirstScan lifts it; what came later stays " +
      "for repo.usageWindow.",
    "norepo-sid": "Rename the statement's Sid to let it be decided.",
    "not-requested": "Name it with --remove, or plan without --remove.",
    "not-scheduled": "Plan without --scheduled, or schedule the role again.",
    pinned: "Take it out of repo.pinned to let it be decided.",
  };
  return remedies[reason as ByRule<RemoveReason | KeepReason>];
}
