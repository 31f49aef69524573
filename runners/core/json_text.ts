/** So many items of a list become one piece. */
const ITEMS_AT_ONCE = 16;

/** What stands around the items of a list within a list that is a piece of its own. */
const BEFORE = "[\n  [\n".length;
const AFTER = "\n  ]\n]".length;

/**
 * A document as people and programs read it: `JSON.stringify(value, null, 2)` and the end of the
 * line, in pieces, since the whole of a large organization is longer than a string may be (half a
 * gigabyte). Each list that is a member of the document itself comes in several.
 */
export function* jsonPieces(document: unknown): Generator<string> {
  if (document === null || typeof document !== "object" || Array.isArray(document)) {
    return yield `${JSON.stringify(document, null, 2)}\n`;
  }
  let before = "{\n";
  for (const [key, member] of Object.entries(document)) {
    const isLong = Array.isArray(member) && member.length > ITEMS_AT_ONCE;
    const text = isLong ? "" : memberText(member);
    if (text === undefined) continue;
    yield `${before}  ${JSON.stringify(key)}: ${text}`;
    if (isLong) yield* listPieces(member);
    before = ",\n";
  }
  yield before === "{\n" ? "{}\n" : "\n}\n";
}

/** A member's value as it stands in an object; undefined: JSON leaves it out. */
function memberText(value: unknown): string | undefined {
  return JSON.stringify(value, null, 2)?.replaceAll("\n", "\n  ");
}

function* listPieces(list: readonly unknown[]): Generator<string> {
  for (let at = 0; at < list.length; at += ITEMS_AT_ONCE) {
    yield at === 0 ? "[\n" : ",\n";
    yield JSON.stringify([list.slice(at, at + ITEMS_AT_ONCE)], null, 2).slice(BEFORE, -AFTER);
  }
  yield "\n  ]";
}
