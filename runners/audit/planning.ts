import type { Observing, Planning } from "../core/job.ts";
import type { Place } from "../core/plan/change.ts";
import type { ReadStore } from "../core/store/store.ts";
import { CANARIES, regionRowId, STAMPS } from "./canary/canary_rows.ts";
import type { AuditConfig } from "./config.ts";
import { LIFTS } from "./ladder/protection.ts";
import { MARKS } from "./ladder/mark.ts";
import { SIGHTINGS } from "./ladder/sightings.ts";
import { LEVELS } from "./levels.ts";
import type { Observed } from "./observed.ts";
import { OWNERS } from "./owners/owners.ts";

/** What earlier runs have left in the store, by the id of an instance's or a region's row. */
export async function readEarlier(store: ReadStore) {
  return {
    /** How often and since when violators were seen. */
    sightings: await SIGHTINGS.read(store),
    /** The marks that runs have set. */
    marks: await MARKS.read(store),
    /** Protections that are lifted, and not put back yet. */
    lifts: await LIFTS.read(store),
    canaries: await CANARIES.read(store),
    stamps: await STAMPS.read(store),
    levels: await LEVELS.read(store),
    /** The owners that were looked up. */
    owners: await OWNERS.read(store),
  };
}
export type Earlier = Readonly<Awaited<ReturnType<typeof readEarlier>>>;

/** The id of the canary that the store knows of a region. */
export function canaryOf({ canaries }: Pick<Earlier, "canaries">, place: Place) {
  return canaries.get(regionRowId(place))?.instance_id;
}

type AuditPlanningTypes = {
  readonly Config: AuditConfig;
  readonly Observed: Observed;
  readonly Earlier: Earlier;
};
export type AuditPlanning = Planning<AuditPlanningTypes>;
export type AuditObserving = Observing<AuditPlanningTypes>;
