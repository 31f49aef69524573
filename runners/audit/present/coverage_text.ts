import type { NextCommand } from "../../core/cli/next_command.ts";
import { visible, wrapText } from "../../core/cli/table.ts";
import type { TextStyle } from "../../core/cli/text_style.ts";
import { counted } from "../../core/cli/words.ts";
import type { Coverage, UnprovenRegion } from "../../core/plan/coverage.ts";
import type { PlanDocument } from "../../core/plan/document.ts";
import { beside } from "../../core/cli/beside.ts";
import { auditKeys, placeName } from "./names.ts";
import { readInstants } from "./read_instants.ts";

/** How many places that are not proven are named one by one. */
const NAMED = 20;

/** "4 of 6 account-regions proven: 3 by canary, 1 by second source; 1 empty in both sources". */
export function coverageSentence({ planned, proven, regions }: Coverage): string {
  const count = (proof: string) => regions.filter((region) => region.proof === proof).length;
  const by = ([["canary", "canary"], ["second-source", "second source"]] as const)
    .flatMap(([proof, text]) => count(proof) > 0 ? [`${count(proof)} by ${text}`] : []);
  const empty = count("none");
  return `${proven} of ${planned} account-regions proven` +
    (by.length > 0 ? `: ${by.join(", ")}` : "") +
    (empty > 0 ? `; ${empty} empty in both sources` : "");
}

/**
 * The places that are not proven, apart from those that only wait for their canary: there may be
 * as many of these as there are regions, and one command helps all.
 */
export function unprovenPlaces(plan: PlanDocument): {
  readonly named: readonly UnprovenRegion[];
  readonly withoutCanary: readonly UnprovenRegion[];
} {
  const unknown = new Set(
    auditKeys(plan).canaries.filter(({ status, instance }) =>
      status === "absent" && instance === null
    ).map(({ account, region }) => `${account}/${region}`),
  );
  const waits = ({ account, region, reason }: UnprovenRegion) =>
    reason === "canary-absent" && unknown.has(`${account}/${region}`);
  const { unproven } = plan.coverage;
  return {
    named: unproven.filter((place) => !waits(place)),
    withoutCanary: unproven.filter(waits),
  };
}

/** "14 account-regions of 3 accounts have no canary yet". */
export function withoutCanarySentence(plan: PlanDocument): string {
  const { withoutCanary } = unprovenPlaces(plan);
  const [only] = withoutCanary;
  if (withoutCanary.length === 1) return `${placeName(plan, only!)} has no canary yet`;
  const accounts = new Set(withoutCanary.map(({ account }) => account)).size;
  return `${counted(withoutCanary.length, "account-region")} of ` +
    `${counted(accounts, "account")} have no canary yet`;
}

/** How much was seen and believed, and each place that was not, with the command that tells more. */
export function coverageText(plan: PlanDocument, style: TextStyle, command: NextCommand): string {
  const line = beside("Coverage", coverageSentence(plan.coverage), style);
  const { unproven } = plan.coverage;
  if (unproven.length === 0) return line;
  const { named, withoutCanary } = unprovenPlaces(plan);
  return [
    line,
    "",
    ...(withoutCanary.length === 0
      ? []
      : [beside("  not proven", visible(withoutCanarySentence(plan)), style, 15)]),
    ...named.slice(0, NAMED).flatMap((place) => [
      `  not proven   ${style.bold(visible(placeName(plan, place)))}`,
      beside("", detailText(place, plan), style, 15),
    ]),
    ...restLine(named.slice(NAMED), style),
    "",
    ...whatItMeans(plan, style),
    ...(withoutCanary.length === 0 ? [] : [
      ...wrapText("To see which canaries are to be made:", style.width),
      `  ${command("audit canary plan")}`,
    ]),
    ...(named.length === 0 ? [] : [
      ...wrapText(whatHelps(named), style.width),
      `  ${command("audit explain", `${named[0]!.account}/${named[0]!.region}`)}`,
    ]),
  ].join("\n");
}

/** What a policy denies today it denies tomorrow. */
function whatHelps(named: readonly UnprovenRegion[]): string {
  return named.every(({ reason }) => reason === "denied-by-policy")
    ? "A policy denies this, so that another run changes nothing. To see more:"
    : "Try again later, or see";
}

/** What a breaker saw holds no tags; what a canary said may. */
function detailText({ reason, detail }: UnprovenRegion, { as_of }: PlanDocument): string {
  return visible(reason === "population-drop" ? readInstants(detail, new Date(as_of)) : detail);
}

/** What is not named any more, still by its reason. */
function restLine(rest: readonly UnprovenRegion[], style: TextStyle): string[] {
  if (rest.length === 0) return [];
  const reasons = [...Map.groupBy(rest, ({ reason }) => reason)]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([reason, places]) => `${places.length} ${reason}`);
  const text = `${rest.length} more: ${reasons.join(", ")}; --json has them all`;
  return [beside("  not proven", text, style, 15)];
}

function whatItMeans(plan: PlanDocument, style: TextStyle): string[] {
  const { unproven } = plan.coverage;
  const affected = new Set(unproven.map(({ account }) => account)).size;
  const { accounts } = auditKeys(plan);
  const consequence = unproven.every(({ reason }) => reason.startsWith("users-"))
    ? "Rules about IAM users are undecided there"
    : "Nothing is planned in regions that are not proven";
  return wrapText(
    `${consequence}. ${affected} of ${counted(accounts.length, "account")} ` +
      `${affected === 1 ? "is" : "are"} affected.`,
    style.width,
  );
}
