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

/** What earlier runs have left. By row id: of an instance, or of a region. */
export async function readEarlier(store: ReadStore) {
  return {
    /** How long a violator is known. */
    looks: await SIGHTINGS.read(store),
    /** Which marks are ours. */
    marks: await MARKS.read(store),
    /** Protections that are lifted. */
    lifts: await LIFTS.read(store),
    canaries: await CANARIES.read(store),
    stamps: await STAMPS.read(store),
    levels: await LEVELS.read(store),
    /** Whom instances belong to, as far as it was looked up. */
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
