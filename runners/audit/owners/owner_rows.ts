import * as z from "zod";
import { instantInRow, rowKind } from "../../core/store/row_kind.ts";
import { ownerSchema } from "./owners.ts";

/**
 * Whom an earlier run found to own an instance. CloudTrail forgets after 90 days and may be asked
 * once a second; what it said of a launch stays true.
 */
export type OwnerRow = Readonly<z.infer<typeof ownerRow>>;
const ownerRow = z.object({
  /** Null: all sources were asked, and none named anybody. */
  owner: ownerSchema.nullable(),
  /** When they were asked. */
  at: instantInRow,
});

const owners = rowKind<OwnerRow>("audit/owner", ownerRow.loose());

/** All owners that the store keeps, by row id. */
export const readOwners = owners.read;

/** The row of an owner; undefined forgets it, since the instance is gone. */
export const ownerWrite = owners.write;
