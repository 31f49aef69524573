/** What is told of a construct that cannot be tried in linear time. */
class NotLinear extends Error {}

const ESCAPE = [
  String.raw`\\u\{[0-9A-Fa-f]+\}`,
  String.raw`\\u[dD][89abAB][0-9A-Fa-f]{2}\\u[dD][c-fC-F][0-9A-Fa-f]{2}`,
  String.raw`\\u[0-9A-Fa-f]{4}`,
  String.raw`\\[pP]\{[^}]*\}`,
  String.raw`\\c[A-Za-z]`,
  String.raw`\\[^]`,
].join("|");
const CLASS = String.raw`\[\^?(?:\\[^]|[^\]\\])*\]`;
const OPENING = String.raw`\(\?(?:<?[=!]|<[^>]+>|[a-z-]*:)`;
const PIECE = new RegExp(`${ESCAPE}|${CLASS}|${OPENING}|\\.`, "gu");
const PIECE_OF_CLASS = new RegExp(`${ESCAPE}|\\[`, "gu");

// JavaScript's \s and \S, as members of a class.
const SPACES = String.raw`\t-\r \x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}` +
  String.raw`\x{202f}\x{205f}\x{3000}\x{feff}`;
const NOT_SPACES = String.raw`\x{0}-\x{8}\x{e}-\x{1f}!-\x{9f}\x{a1}-\x{167f}\x{1681}-\x{1fff}` +
  String.raw`\x{200b}-\x{2027}\x{202a}-\x{202e}\x{2030}-\x{205e}\x{2060}-\x{2fff}` +
  String.raw`\x{3001}-\x{fefe}\x{ff00}-\x{10ffff}`;
const ANY = String.raw`\x{0}-\x{10ffff}`;

/** Class escapes that RE2 lacks or means otherwise, by their members. */
const SETS: Readonly<Record<string, string>> = {
  "\\s": SPACES,
  "\\S": NOT_SPACES,
  "\\p{ASCII}": String.raw`\x{0}-\x{7f}`,
  "\\P{ASCII}": String.raw`\x{80}-\x{10ffff}`,
};
/** What means something else inside of a class. */
const OF_CLASS: Readonly<Record<string, string>> = {
  "[": String.raw`\[`,
  "\\b": String.raw`\x{8}`,
};

/** RE2 knows the short names of categories. */
const CATEGORIES: Readonly<Record<string, string>> = {
  Letter: "L",
  Uppercase_Letter: "Lu",
  Lowercase_Letter: "Ll",
  Titlecase_Letter: "Lt",
  Mark: "M",
  Number: "N",
  Decimal_Number: "Nd",
  Punctuation: "P",
  Symbol: "S",
  Separator: "Z",
  Space_Separator: "Zs",
  Other: "C",
};

/**
 * A regular expression of JavaScript with the flag "u", in the syntax of RE2, so that it means the
 * same. Sources: ECMA-262, section 22.2.1, "Patterns"; RE2's page "Syntax".
 *
 * @param pattern one that JavaScript takes
 * @returns the other text, or the problem: a sentence that begins with "must"
 */
export function linearSyntax(
  pattern: string,
): { readonly text: string } | { readonly problem: string } {
  try {
    return { text: pattern.replaceAll(PIECE, pieceOutside) };
  } catch (error) {
    if (error instanceof NotLinear) return { problem: error.message };
    throw error;
  }
}

function pieceOutside(piece: string): string {
  if (piece === ".") return String.raw`[^\n\r\x{2028}\x{2029}]`;
  if (piece.startsWith("(")) return opening(piece);
  if (piece.startsWith("[")) return classOf(piece);
  const members = SETS[piece];
  return members === undefined ? escapeOf(piece) : `[${members}]`;
}

function opening(piece: string): string {
  if (/[=!]$/.test(piece)) {
    throw new NotLinear(
      `must not look ahead or behind ("${piece}"): say what the value is as a whole, such as ` +
        '"^(dev|test)-[a-z]+$", or list the values in "oneOf"',
    );
  }
  if (/[sm].*:$/.test(piece)) throw new NotLinear(`must not set the flags s or m ("${piece}")`);
  // The name of a group is of no use here, and RE2 knows fewer names.
  return piece.startsWith("(?<") ? "(" : piece;
}

function classOf(piece: string): string {
  const open = piece.startsWith("[^") ? "[^" : "[";
  const inside = piece.slice(open.length, -1);
  // "[]" matches nothing and "[^]" everything; RE2 takes the bracket for a member.
  if (inside === "") return open === "[" ? `[^${ANY}]` : `[${ANY}]`;
  const member = (one: string) => OF_CLASS[one] ?? SETS[one] ?? escapeOf(one);
  return `${open}${inside.replaceAll(PIECE_OF_CLASS, member)}]`;
}

function escapeOf(escape: string): string {
  switch (escape[1]) {
    case "u":
      return `\\x{${codePointOf(escape).toString(16)}}`;
    case "c":
      return `\\x{${(escape.charCodeAt(2) % 32).toString(16)}}`;
    case "0":
      return String.raw`\x{0}`;
    case "p":
    case "P":
      return property(escape);
    default:
      if (/^\\[k1-9]/.test(escape)) {
        throw new NotLinear(
          `must not refer back to a group ("${escape}"): write out what the group may be, or ` +
            'list the values in "oneOf"',
        );
      }
      return escape;
  }
}

/** Of `\u{1F600}`, `\u0041` or the two halves `\ud83d\ude00`. */
function codePointOf(escape: string): number {
  if (escape[2] === "{") return parseInt(escape.slice(3, -1), 16);
  const units = Array.from(escape.matchAll(/[0-9A-Fa-f]{4}/g), ([hex]) => parseInt(hex, 16));
  return String.fromCharCode(...units).codePointAt(0)!;
}

function property(escape: string): string {
  const name = escape.slice(3, -1).replace(/^(?:Script|sc|General_Category|gc)=/, "");
  return `${escape.slice(0, 2)}{${CATEGORIES[name] ?? name}}`;
}
