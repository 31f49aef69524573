/**
 * Refuses a kind or id that would not come back as it was given: an empty one (DynamoDB has none),
 * one with a NUL character (node:sqlite cuts it there), half of a surrogate pair (UTF-8 has none).
 *
 * @throws TypeError
 */
export function refuseUnfitKey(kind: string, id: string): void {
  refuseUnfit("kind", kind);
  refuseUnfit("id", id);
}

/**
 * The same for a prefix of ids, which may be empty.
 *
 * @throws TypeError
 */
export function refuseUnfitPrefix(kind: string, prefix: string): void {
  refuseUnfit("kind", kind);
  if (prefix !== "") refuseUnfit("prefix", prefix);
}

function refuseUnfit(what: string, text: string): void {
  const fault = text === ""
    ? "it is empty"
    : text.includes("\0")
    ? "it contains a NUL character"
    : text.isWellFormed()
    ? undefined
    : "it contains half of a surrogate pair";
  if (fault === undefined) return;
  throw new TypeError(`Cannot use the ${what} ${JSON.stringify(text)}: ${fault}`);
}
