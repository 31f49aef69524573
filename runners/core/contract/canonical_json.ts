/**
 * JSON with sorted keys and one way to write each value, so that equal values give equal text:
 * RFC 8785, whose numbers and strings are ECMAScript's own form.
 */
export function canonicalJson(value: unknown): string {
  let text = "";
  writeCanonical(value, (piece) => text += piece);
  return text;
}

/** Hands the canonical form on piece by piece. What JSON leaves out or puts in place is so here. */
export function writeCanonical(value: unknown, take: (piece: string) => void): void {
  if (value === null || typeof value !== "object") return take(JSON.stringify(value) ?? "null");
  if (Array.isArray(value)) return writeList(value, take);
  const members = value as { readonly [key: string]: unknown };
  if (typeof members["toJSON"] === "function") return writeCanonical(members["toJSON"](), take);
  let before = "{";
  // Without a comparison of its own, `sort` goes by UTF-16 code units, as RFC 8785 says.
  for (const key of Object.keys(members).sort()) {
    if (members[key] === undefined) continue;
    take(`${before}${JSON.stringify(key)}:`);
    writeCanonical(members[key], take);
    before = ",";
  }
  take(before === "{" ? "{}" : "}");
}

function writeList(list: readonly unknown[], take: (piece: string) => void): void {
  // Most long lists are of texts, which have but one form.
  if (list.every((item) => item === null || typeof item !== "object")) {
    return take(JSON.stringify(list));
  }
  list.forEach((item, at) => {
    take(at === 0 ? "[" : ",");
    writeCanonical(item, take);
  });
  take("]");
}
