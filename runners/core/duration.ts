export const DAY_MS = 86_400_000;

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: DAY_MS } as const;

/** What a duration in the configuration looks like: a whole number and one unit. */
export const DURATION_PATTERN = /^(0|[1-9]\d{0,5})([smhd])$/;

/**
 * Reads a duration such as "45m" or "3d".
 *
 * @returns milliseconds.
 * @throws RangeError when the text is no duration; the configuration has refused it before.
 */
export function durationMs(text: string): number {
  const match = DURATION_PATTERN.exec(text);
  if (!match) throw new RangeError(`"${text}" is not a duration such as "45m" or "3d"`);
  return Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
}

const STEPS: readonly (readonly [number, string])[] = [
  [365 * DAY_MS, "year"],
  [DAY_MS, "day"],
  [3_600_000, "hour"],
  [60_000, "minute"],
  [1_000, "second"],
];

/** A span of milliseconds for reading, in its largest whole unit: "3 days", "1 hour". */
export function spanText(ms: number): string {
  const size = Math.abs(ms);
  for (const [unitMs, unit] of STEPS) {
    const count = Math.floor(size / unitMs);
    if (count >= 1) return count === 1 ? `1 ${unit}` : `${count} ${unit}s`;
  }
  return "less than a second";
}
