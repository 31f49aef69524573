import { accountLabel } from "../../core/aws/session.ts";
import { dayText, relativeText } from "../../core/cli/words.ts";
import { UNTIL_TAG } from "../../core/contract/names.ts";
import type { Explanation } from "../../core/job.ts";
import type { Place } from "../../core/plan/change.ts";
import { shown } from "../../core/shown.ts";
import type { Block, Item, Section } from "../../core/text/sections.ts";
import type { AuditPlan, Explaining } from "../audit_plan.ts";
import { alternativesOf, type AuditConfig, ruleName, type TagRule, testedTags } from "../config.ts";
import type { RegionEvaluation } from "../evaluate_region.ts";
import type { AuditFinding } from "../findings.ts";
import { instanceRowId } from "../ladder/mark.ts";
import { accountFacts, believed, listingsIn } from "../listings.ts";
import type { ObservedInstance, ObservedRegion } from "../observed.ts";
import type { AuditPlanning } from "../planning.ts";
import { judgeWhere } from "../rules.ts";
import { spellingsOf, tagOf, type Tags } from "../tags.ts";
import { conditionText } from "../when.ts";
import { doneText } from "./action_words.ts";
import { type Hold, holdsOf } from "./explain_holds.ts";
import { type Prospect, prospectJson, prospectOf } from "./explain_next.ts";
import { timelineBlock, timelineJson, timelineOf } from "./explain_timeline.ts";
import { limitName, ownerText, readInstants, wantedText } from "./names.ts";
import { HELD_BACK, WAITING } from "./spared.ts";

/** Says of an instance what the rules say, what both sources said, and what comes next. */
export function explainInstance(
  evaluation: RegionEvaluation,
  instance: ObservedInstance,
  { planning, plan, journal }: Explaining,
): Explanation {
  const { config, earlier, now } = planning;
  const { account, region, place } = evaluation;
  const rowId = instanceRowId(account.id, region.region, instance.id);
  const prospect = prospectOf(rowId, instance, planning, plan);
  const holds = holdsOf(rowId, instance, prospect, evaluation, planning, plan);
  const events = timelineOf(rowId, earlier, journal, prospect.coming);
  const rows = ruleRows(prospect, evaluation, instance, planning);
  const ruled = config.required.flatMap((rule) => [...alternativesOf(rule), ...testedTags(rule)]);
  const keys = [...ruled.map(({ key }) => key), config.mark, UNTIL_TAG];
  const states: readonly string[] = config.states;
  const examined = states.includes(instance.state);
  const believed = evaluation.proof.proven && !instance.doubt;
  const standing = examined || !believed
    ? standingOf(prospect, plan, place, now)
    : `It is ${instance.state}, which is not read (audit.states: ${states.join(", ")}).`;
  const broken = examined && believed ? rows.filter(({ wanted }) => wanted !== null) : [];
  const { owner, note, asked, outlook }: Partial<AuditFinding> = prospect.finding ?? {};
  const { on, quarantinedUntil } = evaluation.enforcement;
  return {
    text: [
      [
        headBlock(evaluation, instance, now),
        owner ? `owner ${ownerText(owner)}: ${owner.detail}` : "",
      ],
      [{ columns: ["", "", ""], rows: rows.map(({ key, value, said }) => [key, value, said]) }],
      [{ items: [sourcesItem(region, instance, keys)] }],
      [timelineBlock(events, now), prospect.final && `${prospect.final}.`],
      [
        standing,
        note ? `Its mark: ${note}.` : "",
        asked ? `Its owner: ${asked}.` : "",
        outlook && prospect.spared?.reason !== "cannot-stop" ? `The stop: ${outlook}.` : "",
      ],
      holdsSection(prospect, holds),
      leaveSection(broken, prospect, config, now),
    ],
    json: {
      ...place,
      instance,
      second_source: region.secondSource?.tags[instance.id] ?? null,
      rules: rows.map(({ key, value, said }) => ({ key, value, said })),
      standing,
      enforced: on,
      quarantined_until: quarantinedUntil?.toISOString() ?? null,
      finding: prospect.finding ?? null,
      ...prospectJson(prospect),
      may_hold_back: Object.fromEntries(
        holds.map(([what, , facts]) => [what.replaceAll(" ", "_"), facts]),
      ),
      timeline: timelineJson(events),
      journal,
    },
  };
}

type RuleRow = Omit<ReturnType<typeof ruleRow>, "wanted"> & { readonly wanted: string | null };

function ruleRows(
  { finding }: Prospect,
  { account, place: { region } }: RegionEvaluation,
  instance: ObservedInstance,
  planning: AuditPlanning,
): RuleRow[] {
  const { config: { required }, now } = planning;
  const { tags } = instance;
  const copy = finding?.broken.find(({ kind }) => kind === "canary-copy");
  const listings = believed(listingsIn(account, planning));
  const evidence = { ...accountFacts(account), region, vpc: instance.vpc ?? null, listings, now };
  return [
    ...required.map((rule, index) => ruleRow(rule, tags, judgeWhere(rule, index, tags, evidence))),
    ...(copy ? [{ key: "canary", value: "copied", said: copy.detail, wanted: null }] : []),
  ];
}

function ruleRow(rule: TagRule, tags: Tags, judged: ReturnType<typeof judgeWhere>) {
  const key = alternativesOf(rule).flatMap(({ key, aliases }) => [key, ...aliases])
    .flatMap((name) => [name, ...spellingsOf(tags, name)])
    .find((key) => Object.hasOwn(tags, key));
  const value = key === undefined ? undefined : tags[key];
  const isBroken = judged !== null && typeof judged === "object" && "kind" in judged;
  return {
    key: ruleName(rule),
    value: value === undefined ? "missing" : shown(value) || '""',
    said: saidOf(rule, judged),
    /** What it must be tagged; null where the rule is not broken: nothing is to be corrected. */
    wanted: isBroken ? wantedText(rule) : null,
  };
}

function saidOf({ when }: TagRule, judged: ReturnType<typeof judgeWhere>): string {
  if (judged === null) return "kept";
  if (typeof judged === "string") {
    return `does not apply: it is for instances ${conditionText(when!)}`;
  }
  return "kind" in judged ? judged.detail : `undecided: ${judged.detail}`;
}

function standingOf(
  { change, spared, next, finding }: Prospect,
  plan: AuditPlan,
  place: Place,
  now: Date,
): string {
  const unproven = plan.coverage.unproven.find(({ account, region }) =>
    account === place.account && region === place.region
  );
  if (unproven) return `Nothing is concluded: the region is not proven (${unproven.detail}).`;
  if (change) {
    const action = change.kind;
    const done = action === "restore" ? "given back its protection" : doneText(action);
    const what = `It is to be ${done}`;
    const why = action === "unmark" || action === "restore" ? `: ${change.reason}` : "";
    return plan.refused
      ? `${what}, and ${limitName(plan.refused)} refuses the run.`
      : `${what} by the next apply${why}.`;
  }
  if (!spared) return "It keeps all rules. Nothing is planned.";
  if (WAITING.has(spared.reason)) {
    const begun = finding?.stage === "violating" ? "It breaks the rules" : `It is ${spared.reason}`;
    return next
      ? `${begun}, and is to be ${doneText(next.step)} from ${dayText(next.due, now)} on ` +
        `(${relativeText(next.due, now)})${next.extended ? ", as its owner has asked for" : ""}.`
      : `${begun}, and nothing follows on the ladder.`;
  }
  // Only this sentence: others may hold tags.
  const said = spared.reason === "quarantine" ? readInstants(spared.detail, now) : spared.detail;
  const detail = `${spared.reason}): ${said}`;
  if (spared.reason === "cannot-stop") return `It cannot be stopped, and is spared (${detail}.`;
  return next && HELD_BACK.has(spared.reason)
    ? `It is due to be ${doneText(next.step)}, and spared (${detail}.`
    : `It is spared (${detail}.`;
}

function holdsSection({ next }: Prospect, holds: readonly Hold[]): Section {
  return next === null ? [] : [
    `What may keep it from being ${doneText(next.step)}:`,
    { facts: holds.map(([what, text]) => [what, text]) },
  ];
}

function leaveSection(
  broken: readonly RuleRow[],
  { next, extension, finding }: Prospect,
  config: AuditConfig,
  now: Date,
): Section {
  const wanted = broken.flatMap((row) => row.wanted ?? []);
  const copied = finding?.kinds.includes("canary-copy") ?? false;
  const ways = [
    ...(wanted.length > 0 ? [`tag it ${wanted.join(", ")}`] : []),
    ...(copied ? ["remove the canary's tags from it"] : []),
  ];
  if (ways.length === 0) return [];
  return [
    `${next ? "To leave the ladder" : "To put it right"}: ${ways.join(", and ")}, ` +
    "or exempt it with an end date in audit.exempt.",
    extension
      ? `To ask for time: tag it ${UNTIL_TAG}: YYYY-MM-DD, ` +
        `which counts until ${dayText(extension.latest, now)} at most ` +
        `(audit.extension is ${config.extension}).`
      : "",
  ];
}

/** The first line of an explanation: what it is, where, and since when. */
export function headBlock(
  { account, place: { region } }: RegionEvaluation,
  instance: ObservedInstance,
  now: Date,
): Block {
  const name = tagOf(instance.tags, "Name");
  // Nothing is said of an instant that the record lacks.
  const when = (words: string, instant: string) =>
    instant === "" ? "" : `${words} ${dayText(new Date(instant), now)}`;
  return {
    heading: [
      name || instance.id,
      `${accountLabel(account)} ${region}`,
      // Only the last start is known, not when the instance was stopped.
      instance.state +
      when(instance.state === "running" ? " since" : ", started", instance.launched),
      when("created", instance.created),
    ],
  };
}

/** What both sources said of the tags that matter, and when. */
export function sourcesItem(
  region: ObservedRegion,
  instance: ObservedInstance,
  keys: readonly string[],
): Item {
  const second = region.secondSource?.tags[instance.id];
  if (!second) {
    const why = instance.doubt ? "its record is in doubt" : "there was nothing to confirm";
    return { name: `DescribeTags was not asked: ${why}` };
  }
  const differing = [...new Set(keys)]
    .filter((key) => tagOf(instance.tags, key) !== tagOf(second, key));
  const when = `DescribeInstances ${region.at.slice(11, 19)}, DescribeTags ` +
    `${region.secondSource!.at.slice(11, 19)}`;
  return {
    name: differing.length === 0
      ? `both sources agree (${when})`
      : `the sources differ on ${differing.join(", ")} (${when})`,
  };
}
