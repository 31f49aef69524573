import * as z from "zod";
import { regionOf } from "../core/limits/counts.ts";
import type { EarlierScope, Observing, Planning } from "../core/job.ts";
import type { Place } from "../core/plan/change.ts";
import { instantInRow, rowKind } from "../core/store/row_kind.ts";
import type { ReadStore } from "../core/store/store.ts";
import { CANARIES, STAMPS } from "./canary/canary.ts";
import type { AuditConfig } from "./config.ts";
import { LIFTS } from "./ladder/protection.ts";
import { MARKS } from "./ladder/mark.ts";
import { SIGHTINGS } from "./ladder/sightings.ts";
import { LEVELS } from "./levels.ts";
import { LISTINGS } from "./listings.ts";
import type { ObservedAccount } from "./observed.ts";
import { OWNERS } from "./owners/owners.ts";

/** The accounts of which there are rows. The store alone has no other way to find the rows of all. */
export const ACCOUNTS = rowKind<{ readonly at: string }>(
  "audit/account",
  z.looseObject({ at: instantInRow }),
  () => "retained",
);

/** What earlier runs have left in the store of some accounts, by the ids of rows. */
export async function readEarlier(store: ReadStore, { accounts }: Pick<EarlierScope, "accounts">) {
  const [sightings, marks, lifts, canaries, stamps, levels, listings, owners] = await Promise.all([
    SIGHTINGS.read(store, accounts),
    MARKS.read(store, accounts),
    LIFTS.read(store, accounts),
    CANARIES.read(store, accounts),
    STAMPS.read(store, accounts),
    LEVELS.read(store, accounts),
    LISTINGS.read(store, accounts),
    OWNERS.read(store, accounts),
  ]);
  return { sightings, marks, lifts, canaries, stamps, levels, listings, owners };
}
export type Earlier = Readonly<Awaited<ReturnType<typeof readEarlier>>>;

/** The id of the canary that the store knows of a region. */
export function canaryOf({ canaries }: Pick<Earlier, "canaries">, place: Place) {
  return canaries.get(regionOf(place))?.instance_id;
}

/** The types of the audit, for what core does for all jobs: what a plan needs. */
export type AuditPlanningTypes = {
  readonly Config: AuditConfig;
  readonly Part: ObservedAccount;
  readonly Earlier: Earlier;
};
export type AuditPlanning = Planning<AuditPlanningTypes>;
export type AuditObserving = Observing<AuditPlanningTypes>;
