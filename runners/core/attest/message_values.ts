import * as z from "zod";
import { INSTANCE_ID } from "../aws/arn.ts";
import { accountId, regionName } from "../config/values.ts";

/** The kinds of values that messages hold. Whoever may send can write anything in their place. */

/**
 * A text for people to read, in at most `longest` UTF-16 code units. The rest is cut off, so that
 * no event is lost because a name in it is long.
 */
export function text(longest = 256) {
  return z.string().transform((said) => said.slice(0, longest).toWellFormed());
}

/** An instant that exists, in UTC (RFC 3339), written with milliseconds. */
export const instant = z.iso.datetime().transform((at) => new Date(at).toISOString());

/** The names of Regions are short; nothing longer is one. */
export const region = regionName.max(32);

export const instanceName = z.object({
  id: z.string().regex(INSTANCE_ID),
  region,
  account: accountId,
});
