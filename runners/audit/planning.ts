import type { Planning } from "../core/job.ts";
import type { Classified } from "./classify.ts";
import type { AuditConfig } from "./config.ts";
import type { Look } from "./looks.ts";
import type { MarkRow } from "./mark.ts";
import type { Observed, ObservedAccount, ObservedRegion } from "./observed.ts";

/** What earlier runs have left: how long a violator is known, and which marks are ours. */
export interface Earlier {
  readonly looks: ReadonlyMap<string, Look>;
  readonly marks: ReadonlyMap<string, MarkRow>;
}

export type AuditPlanning = Planning<AuditConfig, Observed, Earlier>;

/** One instance of a proven region on its way through the judgement. */
export interface Subject {
  readonly account: ObservedAccount;
  readonly region: ObservedRegion;
  readonly classified: Classified;
  readonly rowId: string;
  /** Whether both sources agree on its tags; undefined where DescribeTags was not asked. */
  readonly confirmed: boolean | undefined;
}
