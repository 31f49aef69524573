import { counted, dayText } from "../../core/cli/words.ts";
import { UNTIL_TAG } from "../../core/contract/names.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import type { Breaker } from "../../core/plan/document.ts";
import type { AuditPlan } from "../audit_plan.ts";
import type { AuditConfig, StepName } from "../config.ts";
import type { RegionEvaluation } from "../evaluate_region.ts";
import { kindsOf } from "../ladder/protection.ts";
import { sightedAgain } from "../ladder/sightings.ts";
import { latestAsked } from "../ladder/until.ts";
import type { ObservedInstance } from "../observed.ts";
import type { AuditPlanning } from "../planning.ts";
import { stepNouns } from "./action_words.ts";
import type { Prospect } from "./explain_next.ts";
import { readInstants } from "./names.ts";
import { breakerSentence } from "./refused.ts";

/** Something that may keep an instance from its next step, and how it is now, also for programs. */
export type Hold = readonly [what: string, text: string, facts: JsonObject];

/** Everything besides its tags that the next step of an instance depends on. */
export function holdsOf(
  rowId: string,
  instance: ObservedInstance,
  { next, extension }: Prospect,
  evaluation: RegionEvaluation,
  planning: AuditPlanning,
  plan: AuditPlan,
): Hold[] {
  if (!next) return [];
  const { config, now } = planning;
  const { region, canary: { status, detail }, canaryId } = evaluation;
  return [
    ...(next.step === "mark" ? [] : [looksHold(rowId, planning), protectionHold(instance, config)]),
    ...(config.ladder.some((step) => step.do === "stop")
      ? [instanceStoreHold(instance, region, config)]
      : []),
    ...(extension ? [timeHold(extension, config, now)] : []),
    limitsHold(next.step, config),
    ["breakers", breakersText(plan.breakers, now), { tripped: plan.breakers }],
    ["canary", canaryText(evaluation), { status, instance: canaryId ?? null, detail }],
  ];
}

function looksHold(rowId: string, { config, earlier, now }: AuditPlanning): Hold {
  const seen = sightedAgain(earlier.sightings.get(rowId), config, now).spaced.count;
  const { count, spacing } = config.looks;
  const text = `seen ${counted(seen, "time")} with this one, at least ${spacing} apart; ` +
    `audit.looks asks for ${count}`;
  return ["looks", text, { seen, wanted: count, spacing }];
}

function protectionHold(
  { protection: found, protectionUnread }: ObservedInstance,
  { protection: setting }: AuditConfig,
): Hold {
  const kinds = (found ? kindsOf(found) : []).join(" and ");
  const unread = protectionUnread === undefined
    ? "not read: it is asked about where a stop or a termination is due"
    : `could not be read: ${protectionUnread}`;
  const read = kinds ? `${kinds} protection; audit.protection is "${setting}"` : "none";
  return ["protection", found ? read : unread, { found, setting }];
}

function instanceStoreHold(
  { type }: ObservedInstance,
  { instanceStores: { types } }: RegionEvaluation["region"],
  { instanceStore: setting }: AuditConfig,
): Hold {
  const found = Object.hasOwn(types, type) ? types[type]! : null;
  const facts = { type, found, setting };
  if (found === false) return ["instance store", `${type} has no such volumes`, facts];
  const has = found
    ? `${type} has such volumes`
    : `it is not known whether ${type} has such volumes, which counts as yes`;
  return ["instance store", `${has}; audit.instanceStore is "${setting}"`, facts];
}

function timeHold(
  { asks, latest }: NonNullable<Prospect["extension"]>,
  config: AuditConfig,
  now: Date,
): Hold {
  const asked = latestAsked(asks);
  const most = `until ${dayText(latest, now)} (audit.extension is ${config.extension})`;
  const text = asked
    ? `its owner asks for it until ${dayText(asked, now)}; ` +
      (asked > latest ? `granted ${most}` : "granted")
    : asks.length === 0
    ? "nobody has asked for it"
    : `its owner asks for it, but not in a form that can be read: none is granted`;
  const facts = {
    tag: UNTIL_TAG,
    asked: asked?.toISOString() ?? null,
    latest: latest.toISOString(),
  };
  return ["more time", text, facts];
}

const SCOPES = {
  perRun: "a run",
  perAccount: "an account",
  perRegion: "a region",
  rollingDay: "24 hours",
} as const;
const SCOPE_KEYS = Object.keys(SCOPES) as readonly (keyof typeof SCOPES)[];
type Bounds = Pick<AuditConfig["limits"], keyof typeof SCOPES>;

function limitsHold(step: StepName, { limits }: AuditConfig): Hold {
  const own = step === "mark" ? null : limits[step];
  const texts = [
    ["all changes", boundsText(limits)],
    [stepNouns(step), own ? boundsText(own) : ""],
  ].flatMap(([what, text]) => text ? [`of ${what} ${text}`] : []);
  const facts = { all: boundsJson(limits), ...(own ? { [step]: boundsJson(own) } : {}) };
  return ["limits", texts.join("; ") || "none", facts];
}

function boundsText(bounds: Bounds): string {
  return SCOPE_KEYS.flatMap((scope) => {
    const { count, percent } = { percent: undefined, ...bounds[scope] };
    const parts = [count, percent === undefined ? undefined : `${percent} %`]
      .filter((part) => part !== undefined);
    return parts.length === 0 ? [] : [`${parts.join(" and ")} in ${SCOPES[scope]}`];
  }).join(", ");
}

function boundsJson({ perRun, perAccount, perRegion, rollingDay }: Bounds): Json {
  return JSON.parse(JSON.stringify({ perRun, perAccount, perRegion, rollingDay })) as Json;
}

/** How a region's canary is, in a few words. */
export function canaryText({ canary: { status, detail }, canaryId }: RegionEvaluation): string {
  if (status === "disabled") return "none is asked for here";
  return status === "ok" ? `${canaryId} is well` : detail;
}

/** What has tripped, in a few words. */
export function breakersText(breakers: readonly Breaker[], now: Date): string {
  return breakers.length === 0
    ? "none has tripped in what was read for this"
    : `${readInstants(breakers.map(breakerSentence).join("; "), now)}: ` +
      "nothing is changed anywhere";
}
