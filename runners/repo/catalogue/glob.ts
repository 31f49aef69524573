/**
 * IAM's comparison of an action with a pattern: the whole string, `*` for any text and `?` for any
 * one character, also in the service's part and across the colon, whatever the case (IAM User
 * Guide, "IAM JSON policy elements: Action"). `*:*` and `s3*:Get*` therefore match what they look
 * like.
 */
export function matchesPattern(pattern: string, action: string): boolean {
  return matchesLower(lowerCase(pattern), lowerCase(action));
}

/**
 * The same for two texts in lower case. Linear in the text for one star after another: where a
 * letter does not fit, only the last star can take one more.
 */
export function matchesLower(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    const wanted = pattern[p];
    if (wanted === "*") {
      star = p++;
      resume = t;
    } else if (wanted !== undefined && (wanted === "?" || wanted === text[t])) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}

/** Where the first `*` or `?` stands, or -1. */
export function firstWildcard(pattern: string): number {
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at];
    if (character === "*" || character === "?") return at;
  }
  return -1;
}

const NOT_ASCII = /[\u0080-\uffff]/;

/**
 * In lower case, except for letters outside of ASCII: no action has one, and a Kelvin sign that was
 * taken for a "k" would seem a grant.
 */
export function lowerCase(text: string): string {
  if (!NOT_ASCII.test(text)) return text.toLowerCase();
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
