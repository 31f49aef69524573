import * as z from "zod";
import { instantInRow, rowKind } from "../../core/store/row_kind.ts";
import { type Protection, protectionSchema } from "../observed.ts";

/**
 * The protection of an instance that was lifted in order to terminate it. The row is written before
 * the protection is lifted and goes when the instance is gone or the protection is back, so that a
 * run that dies in between leaves nothing unprotected for good.
 */
export const liftSchema = z.object({
  /** What it was. */
  protection: protectionSchema,
  at: instantInRow,
  run_id: z.string(),
});
export type LiftRow = Readonly<z.infer<typeof liftSchema>>;

/** The lifted protections, by instance. */
export const LIFTS = rowKind<LiftRow>("audit/lifted-protection", liftSchema);

/** Whether what was lifted has come back, by whomever; what could not be read is not back. */
export function isBack(
  { protection }: Pick<LiftRow, "protection">,
  now: Protection | null,
): boolean {
  return now !== null && (!protection.termination || now.termination) &&
    (!protection.stop || now.stop);
}
