/** Seconds since 1970 stay below this until the year 5138; milliseconds passed it in 1973. */
const FIRST_MILLISECONDS = 100_000_000_000;

/** A date with its time; Python writes it without a zone. */
const RFC_3339 = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?$/i;
const HTTP = /^[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;

/**
 * Reads an instant as Aardvark and Repokid write them: seconds or milliseconds since the epoch, RFC
 * 3339, or as HTTP headers have it. A time without a zone is UTC.
 *
 * @returns undefined if it is none: then nothing is known, which does not mean "never"
 */
export function parseInstant(value: unknown): Date | undefined {
  if (typeof value === "number") return fromEpoch(value);
  if (typeof value !== "string" || value.trim() === "") return undefined;
  const text = value.trim();
  if (/^\d+$/.test(text)) return fromEpoch(Number(text));
  if (HTTP.test(text)) return valid(new Date(text));
  const match = RFC_3339.exec(text);
  // Without a zone, Date would take the machine's own.
  return match ? valid(new Date(text.replace(" ", "T") + (match[2] ? "" : "Z"))) : undefined;
}

function fromEpoch(value: number): Date | undefined {
  if (!Number.isFinite(value) || value < 0) return undefined;
  return valid(new Date(value < FIRST_MILLISECONDS ? value * 1000 : value));
}

function valid(date: Date): Date | undefined {
  return Number.isNaN(date.getTime()) ? undefined : date;
}
