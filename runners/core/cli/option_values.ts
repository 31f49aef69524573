import { InvalidArgumentError } from "commander";
import { isDay } from "../config/values.ts";

/** Readers of option values, for commander. They throw InvalidArgumentError. */

/** Collects a repeatable option. */
export function collect(value: string, earlier: string[] | undefined): string[] {
  return [...(earlier ?? []), value];
}

/** Account IDs, of a repeatable option. */
export function accountIds(value: string, earlier: string[] | undefined): string[] {
  if (!/^\d{12}$/.test(value)) {
    throw new InvalidArgumentError("It must be an account ID: twelve digits.");
  }
  return collect(value, earlier);
}

/** A whole number of at most six digits. */
export function wholeNumber(value: string): number {
  if (!/^\d{1,6}$/.test(value)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(value);
}

const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/i;

/** A time as RFC 3339 writes it. */
export function instant(value: string): Date {
  const date = new Date(value);
  if (!RFC_3339.test(value) || Number.isNaN(date.getTime()) || !isDay(value.slice(0, 10))) {
    throw new InvalidArgumentError('It must be a time such as "2026-11-20T12:00:00Z".');
  }
  return date;
}
