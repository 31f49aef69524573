import type { Observing, Planning } from "../core/job.ts";
import type { CanaryRow, StampRow } from "./canary/canary_rows.ts";
import type { Classified } from "./classify.ts";
import type { AuditConfig } from "./config.ts";
import type { Enforcement } from "./enforcement.ts";
import type { Level } from "./levels.ts";
import type { LiftRow } from "./ladder/lifts.ts";
import type { Sighting } from "./ladder/sightings.ts";
import type { MarkRow } from "./ladder/mark.ts";
import type { OwnerRow } from "./owners/owners.ts";
import type { Observed, ObservedAccount, ObservedRegion } from "./observed.ts";

/** What earlier runs have left. By row id: of an instance, or of a region. */
export type Earlier = {
  /** How long a violator is known. */
  readonly looks: ReadonlyMap<string, Sighting>;
  /** Which marks are ours. */
  readonly marks: ReadonlyMap<string, MarkRow>;
  /** Protections that are lifted. */
  readonly lifts: ReadonlyMap<string, LiftRow>;
  readonly canaries: ReadonlyMap<string, CanaryRow>;
  readonly stamps: ReadonlyMap<string, StampRow>;
  readonly levels: ReadonlyMap<string, Level>;
  /** Whom instances belong to, as far as it was looked up. */
  readonly owners: ReadonlyMap<string, OwnerRow>;
};

type AuditPlanningTypes = {
  readonly Config: AuditConfig;
  readonly Observed: Observed;
  readonly Earlier: Earlier;
};
export type AuditPlanning = Planning<AuditPlanningTypes>;
export type AuditObserving = Observing<AuditPlanningTypes>;

/** One instance of a proven region on its way through the judgement. */
export type Subject = {
  readonly account: ObservedAccount;
  readonly enforcement: Enforcement;
  readonly region: ObservedRegion;
  readonly classified: Classified;
  readonly rowId: string;
  /** Whether both sources agree on its tags; undefined where DescribeTags was not asked. */
  readonly confirmed: boolean | undefined;
};
