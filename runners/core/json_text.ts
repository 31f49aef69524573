/** About how many characters become one piece. */
const PIECE = 65_536;

/**
 * A document as people and programs read it: `JSON.stringify(value, null, 2)` and the end of the
 * line, in pieces, since that of a large organization is longer than a string may be (half a
 * gigabyte).
 */
export function* jsonPieces(document: unknown): Generator<string> {
  yield* valuePieces(document, "");
  yield "\n";
}

/** @param margin stands before each line but the first */
function* valuePieces(value: unknown, margin: string): Generator<string> {
  if (!isContainer(value) || roomAfter(value, PIECE) >= 0) return yield textOf(value, margin);
  const isList = Array.isArray(value);
  const inner = `${margin}  `;
  let before = isList ? "[\n" : "{\n";
  for (const group of groupsOf(isList ? [...value.entries()] : Object.entries(value))) {
    const [[key, member]] = group;
    if (group.length > 1) {
      yield before +
        linesOf(isList ? group.map(([, item]) => item) : Object.fromEntries(group), inner);
    } else {
      yield `${before}${inner}${isList ? "" : `${JSON.stringify(key)}: `}`;
      yield* valuePieces(member, inner);
    }
    before = ",\n";
  }
  yield `\n${margin}${isList ? "]" : "}"}`;
}

/** A member of an object, or an item of a list with its place. */
type Entry = readonly [key: string | number, value: unknown];

/** Entries that follow each other, as many as become one piece; what is longer is alone. */
function* groupsOf(entries: readonly Entry[]): Generator<[Entry, ...Entry[]]> {
  let group: Entry[] = [];
  let room = PIECE;
  for (const [key, value] of entries) {
    const isItem = typeof key === "number";
    // JSON leaves these out of an object, and has null for them in a list.
    if (isLeftOut(value) && !isItem) continue;
    const left = roomAfter(value, room);
    if (left < 0 && group.length > 0) {
      yield group as [Entry, ...Entry[]];
      group = [];
    }
    room = left < 0 ? roomAfter(value, PIECE) : left;
    group.push([key, isLeftOut(value) ? null : value]);
  }
  if (group.length > 0) yield group as [Entry, ...Entry[]];
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

function textOf(value: unknown, margin: string): string {
  return JSON.stringify(value, null, 2).replaceAll("\n", `\n${margin}`);
}

/** The lines of a list's items or of an object's members, without what stands around them. */
function linesOf(value: object, margin: string): string {
  return textOf(value, margin.slice(2)).slice(2, -margin.length);
}

/** A document on stdout, indented by two. */
export function jsonText(document: unknown): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}
