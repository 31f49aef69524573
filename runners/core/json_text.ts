/** About how many characters become one piece. */
const PIECE = 65_536;

/**
 * A document as people and programs read it: `JSON.stringify(value, null, 2)` and the end of the
 * line, in pieces: that of a large organization is longer than a string may be (half a gigabyte).
 */
export function* jsonPieces(document: unknown): Generator<string> {
  let piece = "";
  for (const text of textsOf(document, "")) {
    piece += text;
    if (piece.length < PIECE) continue;
    yield piece;
    piece = "";
  }
  yield `${piece}\n`;
}

/** @param margin stands before each line but the first */
function* textsOf(value: unknown, margin: string): Generator<string> {
  if (!isContainer(value) || roomAfter(value, PIECE) >= 0) {
    return yield JSON.stringify(value, null, 2).replaceAll("\n", `\n${margin}`);
  }
  const isList = Array.isArray(value);
  const inner = `${margin}  `;
  let before = isList ? "[\n" : "{\n";
  for (const [key, member] of isList ? value.entries() : Object.entries(value)) {
    // JSON leaves these out of an object, and has null for them in a list.
    if (isLeftOut(member) && !isList) continue;
    yield `${before}${inner}${isList ? "" : `${JSON.stringify(key)}: `}`;
    yield* textsOf(isLeftOut(member) ? null : member, inner);
    before = ",\n";
  }
  yield `\n${margin}${isList ? "]" : "}"}`;
}

/** What of `room` characters is left after a value, about; less than 0: it is too long for it. */
function roomAfter(value: unknown, room: number): number {
  if (typeof value === "string") return room - value.length - 4;
  let left = room - 8;
  if (!isContainer(value)) return left;
  for (const key in value) {
    if (left < 0) break;
    left = roomAfter((value as Record<string, unknown>)[key], left - key.length);
  }
  return left;
}

function isContainer(value: unknown): value is object {
  return value !== null && typeof value === "object" && !("toJSON" in value);
}

function isLeftOut(value: unknown): boolean {
  return value === undefined || typeof value === "function" || typeof value === "symbol";
}

/** A document on stdout, indented by two. */
export function jsonText(document: unknown): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}
