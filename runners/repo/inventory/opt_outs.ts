import type { OptOut } from "../planning.ts";

const DAY_MS = 86_400_000;

/**
 * When an opt-out ends: with the end of its day in UTC, wherever the person or the machine is.
 * A day that is none has no end.
 */
export function optOutEnds({ until }: Pick<OptOut, "until">): Date {
  return new Date(Date.parse(`${until}T00:00:00.000Z`) + DAY_MS);
}

/** Whether an opt-out counts at an instant. One whose end cannot be read counts. */
export function isOptedOut(optOut: Pick<OptOut, "until">, now: Date): boolean {
  return !(optOutEnds(optOut).getTime() <= now.getTime());
}

/** Whether a text is a day such as `2027-01-31`; 30 February is none. */
export function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) &&
    (new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text) ?? false);
}
