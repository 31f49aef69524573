import { regionOf } from "../../core/limits/counts.ts";
import { counted, fewText } from "../../core/cli/words.ts";
import {
  type Coverage,
  detailOfAll,
  differingDetails,
  placesText,
  provenText,
  unprovenByReason,
  type UnprovenGroup,
  type UnprovenRegion,
} from "../../core/plan/coverage.ts";
import { type Item, LISTED, type Notice, REST, type Section } from "../../core/text/sections.ts";
import type { AuditPlan, RenderInput } from "../audit_plan.ts";
import { type DeniedAdvice, deniedAdvice } from "./denied_regions.ts";
import { accountName, placeName, readInstants } from "./names.ts";

/** How an answer was proven, where it could be. */
export const PROOFS = new Map([["canary", "by canary"], ["second-source", "by second source"]]);

/** "4 of 4 account-regions proven: 3 by canary, 1 by second source; 2 empty in both sources". */
export function coverageSentence(coverage: Coverage): string {
  const count = (proof: string) =>
    coverage.regions.filter((region) => region.proof === proof).length;
  const by = [...PROOFS].filter(([proof]) => count(proof) > 0)
    .map(([proof, text]) => `${count(proof)} ${text}`);
  return provenText(coverage, by.length > 0 ? `: ${by.join(", ")}` : "");
}

/**
 * The places that are not proven. Those that only wait for their canary are counted: there may be
 * as many of them as there are regions, and one command helps all.
 */
function unprovenPlaces(plan: AuditPlan): {
  readonly named: readonly UnprovenRegion[];
  /** "14 account-regions of 3 accounts have no canary yet"; "" where all have theirs. */
  readonly withoutCanary: string;
} {
  const unknown = new Set(
    plan.own.canaries.filter(({ status, instance }) => status === "absent" && instance === null)
      .map(regionOf),
  );
  const { true: waiting = [], false: named = [] } = Object.groupBy(
    plan.coverage.unproven,
    (place) => `${place.reason === "canary-absent" && unknown.has(regionOf(place))}`,
  );
  const [first] = waiting;
  if (!first) return { named, withoutCanary: "" };
  const accounts = new Set(waiting.map(({ account }) => account)).size;
  const those = waiting.length === 1
    ? `${placeName(plan, first)} has`
    : `${counted(waiting.length, "account-region")} of ${counted(accounts, "account")} have`;
  return { named, withoutCanary: `${those} no canary yet` };
}

/** How much was proven, and why the rest was not, with the command that tells more. */
export function coverageSections({ plan, regions, command }: Told): Section[] {
  const line: Section = [{ words: [["Coverage", coverageSentence(plan.coverage)]] }];
  if (plan.coverage.unproven.length === 0) return [line];
  const { named, withoutCanary } = unprovenPlaces(plan);
  const [first] = named;
  return [
    line,
    [{
      items: [
        ...(withoutCanary ? [notProven(withoutCanary)] : []),
        ...unprovenByReason(named).map((group) => groupItem(group, plan)),
      ],
    }],
    deniedRegions(plan, regions).map(({ say, setting }) =>
      setting.length === 0 ? say : { next: say, command: setting }
    ),
    [
      whatItMeans(plan),
      withoutCanary &&
      { next: "To see which canaries are to be made:", command: command("audit canary plan") },
      first ? { next: whatHelps(named), command: command("audit explain", regionOf(first)) } : "",
    ],
  ];
}

type Told = Pick<RenderInput, "plan" | "regions" | "command">;

function deniedRegions(plan: AuditPlan, regions: Told["regions"]): DeniedAdvice[] {
  return deniedAdvice(plan.coverage, regions, (id) => accountName(plan, id));
}

function notProven(name: string, blocks: readonly string[] = []): Item {
  return { name: ["not proven", name], tone: "strong", blocks };
}

/** How many different details of one reason are told. */
const DETAILS = 3;

/** One place with its detail; or the places of one reason, and the details as far as they differ. */
function groupItem({ reason, places }: UnprovenGroup, plan: AuditPlan): Item {
  const [first, ...others] = places as readonly [UnprovenRegion, ...UnprovenRegion[]];
  if (others.length === 0) return notProven(placeName(plan, first), [detailText(first, plan)]);
  const names = placeNames(places, plan, LISTED);
  const left = / more$/.test(names) ? `; ${REST}` : "";
  const details = differingDetails(places);
  return notProven(`${reason} in ${placesText(places)}`, [
    ...(details.length === places.length && places.length <= DETAILS ? [] : [names + left]),
    ...(details.length === 1 || details.length > DETAILS
      ? [sharedText(places, plan)]
      : details.map((one) => `${nameOf(one, plan)}: ${detailText(one, plan)}`)),
  ]);
}

/** What belongs to no Region is of its account. */
function nameOf(place: UnprovenRegion, plan: AuditPlan): string {
  return place.region === "global" ? accountName(plan, place.account) : placeName(plan, place);
}

function sharedText(places: readonly UnprovenRegion[], plan: AuditPlan): string {
  const readable = places.map((place) => ({ ...place, detail: detailText(place, plan) }));
  return detailOfAll(readable, (place) => nameOf(place, plan));
}

/**
 * The first few of some places. The same Regions of each account are said once: "eu-west-1, sa-east-1 of dev, prod, and 3 more".
 */
function placeNames(places: readonly UnprovenRegion[], plan: AuditPlan, few: number): string {
  const accounts = Map.groupBy(places, ({ account }) => account);
  const [first, ...others] = [...accounts.values()].map((own) =>
    own.map(({ region }) => region).join(", ")
  );
  const isSame = accounts.size > 1 && others.every((regions) => regions === first);
  if (!isSame) return fewText(places.map((place) => nameOf(place, plan)), few);
  const names = fewText([...accounts.keys()].map((id) => accountName(plan, id)), few);
  return first === "global" ? names : `${first} of ${names}`;
}

/** What is so until somebody changes it: a policy that denies now will deny again. */
const LASTING = /^(denied-by-policy|list-(?!shrunk).*|users-empty-answer)$/;

function whatHelps(named: readonly UnprovenRegion[]): string {
  return named.every(({ reason }) => LASTING.test(reason))
    ? "Another run finds the same until this is changed. To see more:"
    : "Try again later, or see";
}

/** The detail with its instants readable; not that of a canary, which may hold tags. */
function detailText({ reason, detail }: UnprovenRegion, { as_of }: AuditPlan): string {
  return reason === "population-drop" || reason.endsWith("-shrunk")
    ? readInstants(detail, new Date(as_of))
    : detail;
}

function whatItMeans(plan: AuditPlan): string {
  const { unproven } = plan.coverage;
  const affected = new Set(unproven.map(({ account }) => account)).size;
  const consequence = unproven.every(({ reason }) => /^(users|list)-/.test(reason))
    ? "Rules by what is not known are undecided there"
    : "Nothing is planned in regions that are not proven";
  return `${consequence}. ${affected} of ${counted(plan.own.accounts.length, "account")} ` +
    `${affected === 1 ? "is" : "are"} affected.`;
}

/** How many places of one reason a notice names. */
const NOTICED = 3;

/** The same at the top of the page, whose table has all places. */
export function unprovenNotices({ plan, regions }: Omit<Told, "command">): Notice[] {
  const { named, withoutCanary } = unprovenPlaces(plan);
  const places = [
    ...(withoutCanary
      ? [`${withoutCanary}. "groundskeeper audit canary plan" says what to make`]
      : []),
    ...unprovenByReason(named).map((group) => groupNotice(group, plan)),
  ];
  return [
    ...places.map((text) => `Not proven: ${text}.`),
    ...deniedRegions(plan, regions).map(({ say, setting }) => [say, ...setting].join(" ")),
  ].map((text) => ({ tone: "unproven", text }));
}

function groupNotice({ reason, places }: UnprovenGroup, plan: AuditPlan): string {
  const detail = sharedText(places, plan).replace(/\.$/, "");
  if (places.length === 1) return `${placeName(plan, places[0]!)}. ${detail}`;
  const names = placeNames(places, plan, NOTICED);
  const all = / more$/.test(names) ? " (the table below has them all)" : "";
  return `${reason} in ${placesText(places)}: ${names}${all}. ${detail}`;
}
