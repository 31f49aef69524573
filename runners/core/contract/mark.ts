/** The value of the mark: `gk1:<epoch seconds>:<source>`, the source of the first event that counts. */

/** IAM's pattern of such values. */
export const MARK_VALUE_PATTERN = "gk1:*";

/** What a source may be made of: it stands between colons. */
const SOURCE = /[^a-z0-9-]+/g;

export function markValue(at: Date, source: string): string {
  return `gk1:${Math.floor(at.getTime() / 1_000)}:${source.toLowerCase().replace(SOURCE, "-")}`;
}
