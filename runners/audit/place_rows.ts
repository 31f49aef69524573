import type { z } from "zod";
import type { Json } from "../core/json.ts";
import { accountRows } from "../core/store/row_kind.ts";

/**
 * A kind with a row per instance or Region. Its ids begin with the account: `111111111111/us-east-1`,
 * `111111111111/us-east-1/i-0…`.
 *
 * @param shape what a value must have for the audit to work with it
 * @param expires when a row is over; left out: never
 */
export function placeRows<Value extends Json>(
  kind: string,
  shape: z.ZodType,
  expires?: Parameters<typeof accountRows<Value>>[2],
) {
  const rows = accountRows<Value>(kind, shape, expires);
  return {
    ...rows,
    /** The row of an id; undefined takes it away. */
    write: (id: string, value: Value | undefined) =>
      rows.of(id.slice(0, id.indexOf("/"))).write(id, value),
  };
}
