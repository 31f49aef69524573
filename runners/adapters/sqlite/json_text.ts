import type { Json } from "../../core/json.ts";

/**
 * The value as JSON text.
 *
 * @throws TypeError for what JSON would silently change or drop: NaN, infinities, undefined,
 *   functions, symbols; and for a bigint. (A negative zero becomes 0, which equals it.)
 */
export function toJsonText(value: Json): string {
  return JSON.stringify(value, refuseWhatJsonChanges);
}

function refuseWhatJsonChanges(name: string, value: unknown): unknown {
  const changed = typeof value === "number"
    ? !Number.isFinite(value)
    : ["undefined", "function", "symbol", "bigint"].includes(typeof value);
  if (changed) {
    throw new TypeError(`Cannot store ${String(value)} at "${name}": JSON has no such value`);
  }
  return value;
}
