import { InvalidArgumentError } from "commander";
import { unknownRegion } from "../aws/region_names.ts";
import { isArn, parseArn } from "../aws/arn.ts";
import { isDay } from "../config/values.ts";

/** Readers of option values, for commander. They throw InvalidArgumentError. */

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

/** Names of Regions, of a repeatable option; "global" is that of services without Regions. */
export function regionNames(value: string, earlier: string[] | undefined): string[] {
  const problem = value === "global" ? null : unknownRegion(value);
  if (problem) throw new InvalidArgumentError(`It ${problem.replace(/[^?]$/, "$&.")}`);
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

/** A day in UTC, which means its begin, or a time. */
export function dayOrInstant(value: string): Date {
  if (isDay(value)) return new Date(`${value}T00:00:00Z`);
  try {
    return instant(value);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw new InvalidArgumentError('It must be a day such as "2026-11-20", or a time of RFC 3339.');
  }
}

/** The ID of a run, as `history` shows it. */
export function runId(value: string): string {
  if (!/^[0-9A-HJKMNP-TV-Z]{26}$/.test(value)) {
    throw new InvalidArgumentError("It must be the ID of a run: 26 characters, as history has it.");
  }
  return value;
}

/** The ARN of something in an account. */
export function arnInAccount(value: string): string {
  if (!/^[!-~]{1,900}$/.test(value) || !isArn(value) || parseArn(value).account === "") {
    throw new InvalidArgumentError("It must be an ARN that names an account.");
  }
  return value;
}
