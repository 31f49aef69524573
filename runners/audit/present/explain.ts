import { accountLabel } from "../../core/aws/session.ts";
import { regionOf } from "../../core/limits/counts.ts";
import pLimit from "p-limit";
import { INSTANCE_ID, instanceArn } from "../../core/aws/arn.ts";
import { counted, dayText } from "../../core/cli/words.ts";
import { UsageError } from "../../core/errors.ts";
import type { Explanation } from "../../core/job.ts";
import type { Place } from "../../core/plan/change.ts";
import type { ReadStore } from "../../core/store/store.ts";
import type { Words } from "../../core/text/sections.ts";
import type { Explaining } from "../audit_plan.ts";
import { CANARIES } from "../canary/canary.ts";
import type { RegionEvaluation } from "../evaluate_region.ts";
import { MARKS } from "../ladder/mark.ts";
import { SIGHTINGS } from "../ladder/sightings.ts";
import type { Level } from "../levels.ts";
import { doubtText, listingsIn } from "../listings.ts";
import {
  type ObservedAccount,
  type ObservedInstance,
  type ObservedRegion,
  placesOf,
} from "../observed.ts";
import type { AuditPlanning } from "../planning.ts";
import { plannedText } from "./action_words.ts";
import { explainCanary } from "./explain_canary.ts";
import { breakersText, canaryText } from "./explain_holds.ts";
import { explainInstance } from "./explain_instance.ts";
import { readInstants, whenText } from "./names.ts";

/** A region as people name it: the account's id or name, a slash, the region. */
const REGION_SUBJECT = /^([^/:]+)\/(global|[a-z]{2,4}(?:-[a-z]+)+-\d)$/;

/** How many accounts are searched at once: a store may be far away. */
const ACCOUNTS_AT_ONCE = 20;

/** Where an instance was seen last; or the place that is asked about. */
export async function locate(
  subject: string,
  store: ReadStore,
  accounts: () => Promise<readonly string[]>,
): Promise<Partial<Place>> {
  const region = REGION_SUBJECT.exec(subject);
  if (region) {
    const [, account = "", inRegion = ""] = region;
    return {
      ...(/^\d{12}$/.test(account) ? { account } : {}),
      ...(inRegion === "global" ? {} : { region: inRegion }),
    };
  }
  if (!INSTANCE_ID.test(subject)) {
    throw new UsageError(
      `"${subject}" is neither an instance ID such as i-0123456789abcdef0 nor an account and ` +
        "region such as 111111111111/us-east-1",
    );
  }
  const limit = pLimit(ACCOUNTS_AT_ONCE);
  let found: string | undefined;
  await Promise.all((await accounts()).map((account) =>
    limit(async () => {
      // An instance is in one place.
      if (found === undefined) found = await rowIdOf(subject, store, account) ?? found;
    })
  ));
  const [account, inRegion] = found?.split("/") ?? [];
  return account && inRegion ? { account, region: inRegion } : {};
}

/** The id of a row about an instance, or about the region whose canary it is, in an account. */
async function rowIdOf(instance: string, store: ReadStore, account: string) {
  for await (const { id, value } of CANARIES.of(account).list(store)) {
    if (value.instance_id === instance) return id;
  }
  for (const rows of [SIGHTINGS, MARKS]) {
    for await (const { id } of rows.of(account).list(store)) {
      if (id.endsWith(`/${instance}`)) return id;
    }
  }
  return undefined;
}

/** The ARN of an instance as it was observed; a region has no entries in the journal. */
export function targetsOf(subject: string, { observed }: AuditPlanning): readonly string[] {
  return placesOf(observed).flatMap(({ account, region: { region, instances } }) =>
    instances.some(({ id }) => id === subject)
      ? [instanceArn(account.partition, region, account.id, subject)]
      : []
  ).toArray();
}

/** Says of an instance or a region what was seen, how it is judged, and what comes next. */
export function explain(explaining: Explaining): Explanation | null {
  const { subject, planning: { observed }, plan } = explaining;
  const evaluationOf = (place: Pick<RegionEvaluation, "account" | "region">): RegionEvaluation => {
    const rowId = regionOf({ account: place.account.id, region: place.region.region });
    return { ...plan.own.regions.get(rowId)!, ...place };
  };
  const asked = REGION_SUBJECT.exec(subject);
  if (asked) {
    const [, called = "", wanted] = asked;
    const accounts = Iterator.from(observed)
      .filter(({ id, name, alias }) => [id, name, alias].includes(called)).toArray();
    const [listings] = wanted === "global"
      ? accounts.flatMap((account) => explainListings(account, explaining.planning))
      : [];
    const found = placesOf(accounts).find(({ region: { region } }) => region === wanted);
    return listings ?? (found ? explainRegion(evaluationOf(found), explaining) : null);
  }
  const isIt = ({ id }: ObservedInstance) => id === subject;
  const found = placesOf(observed).find(({ region }) => region.instances.some(isIt));
  if (!found) return null;
  const evaluation = evaluationOf(found);
  const instance = found.region.instances.find(isIt)!;
  return evaluation.canaryId === subject
    ? explainCanary(evaluation, instance, explaining)
    : explainInstance(evaluation, instance, explaining);
}

/** Why rules about IAM users, or about values in files, are undecided in an account. */
function explainListings(account: ObservedAccount, planning: AuditPlanning): Explanation[] {
  const doubted = listingsIn(account, planning).filter(({ doubt }) => doubt);
  const [first] = doubted;
  if (!first?.doubt) return [];
  return [{
    text: [
      [{
        heading: [
          `${accountLabel(account)} global`,
          `not believed: ${first.kind}-${first.doubt.reason}`,
        ],
      }],
      [{ items: doubted.map((one) => ({ name: readInstants(doubtText(one), planning.now) })) }],
      ["The other rules are judged in this account."],
    ],
    json: {
      account: account.id,
      region: "global",
      users: account.users && "names" in account.users
        ? { count: account.users.names.length }
        : account.users,
      listings: doubted.map(({ kind, name, size, doubt }) => (
        { kind, name, size: size ?? null, reason: doubt!.reason, detail: doubt!.detail }
      )),
    },
  }];
}

/** Whether a region's answer is believed, why, and what both sources said. */
function explainRegion(
  evaluation: RegionEvaluation,
  { planning: { earlier, now }, plan }: Explaining,
): Explanation {
  const { account, region, place, proof, canary, canaryId, facts: { level } } = evaluation;
  const rowId = regionOf(place);
  const row = earlier.canaries.get(rowId);
  const breakers = plan.breakers.filter(({ scope }) => scope === null || scope === rowId);
  const changes = plan.changes.filter((change) =>
    change.account === place.account && change.region === place.region
  );
  const actions = plannedText(changes);
  const planned = `${counted(changes.length, "change")} planned here`;
  return {
    text: [
      [{
        heading: [
          `${accountLabel(account)} ${place.region}`,
          !proof.proven
            ? `not believed: ${proof.reason}`
            : proof.proof === "none"
            ? "empty in both sources"
            : `believed: ${proof.proof}`,
        ],
      }],
      [proof.proven ? "" : { items: [{ name: proof.detail }] }],
      [{
        facts: [
          ...(region.failure ? [] : answers(region)),
          ["canary", canaryText(evaluation)],
          ["level", levelText(level, now)],
          ["breakers", breakersText(breakers, now)],
        ],
      }],
      [
        proof.proven
          ? `${[planned, ...(actions ? [actions] : [])].join(": ")}.`
          : "Nothing is planned here until an answer can be believed.",
      ],
    ],
    json: {
      ...place,
      proof,
      instances: region.failure ? null : region.instances.length,
      canary: {
        status: canary.status,
        instance: canaryId ?? null,
        detail: canary.detail,
        how: row?.how ?? null,
        at: row?.at ?? null,
        stamp: earlier.stamps.get(rowId)?.value ?? null,
      },
      level: level ?? null,
      breakers,
      changes: changes.map(({ id, action, target }) => ({ id, action, target })),
    },
  };
}

function answers({ instances, secondSource, at }: ObservedRegion): Words[] {
  const asked = secondSource?.asked;
  const about = asked === "all" ? "the whole region" : `${asked?.length ?? 0} of them`;
  return [
    ["DescribeInstances", `${counted(instances.length, "instance")}, at ${at}`],
    ["DescribeTags", secondSource ? `asked about ${about}, at ${secondSource.at}` : "not asked"],
  ];
}

/** The figures of the region when it was believed last: new answers are compared with them. */
function levelText(level: Level | undefined, now: Date): string {
  if (!level) return "never believed before: there is nothing to compare with";
  const doubted = level.doubted_since === undefined
    ? ""
    : `; in doubt since ${dayText(new Date(level.doubted_since), now)}`;
  const { listed, violating, examined, managed = 0, at } = level;
  const groups = managed === 0 ? "" : ` (${managed} of groups)`;
  return `${counted(listed, "instance")}${groups}, ${violating} of ${examined} violating, ` +
    `when it was believed last, ${whenText(at, now)}${doubted}`;
}
