import type { Json } from "../core/json.ts";
import { accountRows } from "../core/store/row_kind.ts";

/**
 * A kind with a row per instance or Region. Its ids begin with the account: `111111111111/us-east-1`,
 * `111111111111/us-east-1/i-0…`. The arguments are those of `accountRows`.
 */
export function placeRows<Value extends Json>(...kind: Parameters<typeof accountRows<Value>>) {
  const rows = accountRows<Value>(...kind);
  return {
    ...rows,
    /** The row of an id; undefined takes it away. */
    write: (id: string, value: Value | undefined) =>
      rows.of(id.slice(0, id.indexOf("/"))).write(id, value),
  };
}
