import * as z from "zod";
import { regionOf } from "../../core/limits/counts.ts";
import type { Place } from "../../core/plan/change.ts";
import { instantInRow } from "../../core/store/row_kind.ts";
import { placeRows } from "../place_rows.ts";

/** What the store keeps of a region's canary. The id decides which it is: tags can be copied. */
export type CanaryRow = Readonly<z.infer<typeof canaryRow>>;
const canaryRow = z.object({
  instance_id: z.string(),
  how: z.enum(["created", "adopted"]),
  at: instantInRow,
});

/** The last stamp that a run wrote on a canary. */
export type StampRow = Readonly<z.infer<typeof stampRow>>;
const stampRow = z.object({
  instance_id: z.string(),
  /** The tag's value: RFC 3339, UTC. */
  value: z.string(),
});

/** The canaries that were created or adopted, by region. */
export const CANARIES = placeRows<CanaryRow>("audit/canary", canaryRow.loose());

/** The stamps that runs have written, by region. */
export const STAMPS = placeRows<StampRow>("audit/canary-stamp", stampRow.loose());

/** A Region's canary is made by one run at a time, whatever tags each would give it. */
export function canaryLock(place: Place): string {
  return `canary/${regionOf(place)}`;
}
