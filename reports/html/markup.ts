/** Markup that is safe to stand in the page. Only this file makes it. */
export class Markup {
  readonly #text: string;

  /** Use {@linkcode markup}: this takes the markup as it is. */
  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

/** What may stand between the strings of a template. Text is escaped, null leaves nothing. */
type MarkupValue = string | number | Markup | readonly Markup[] | null;

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/**
 * Text as it may stand between tags and inside a quoted attribute. Hidden characters are made
 * visible first: HTML drops or replaces some of them, and a bidi control would reorder the line.
 */
function escapeHtml(text: string): string {
  return visibleText(text).replace(/[&<>"']/g, (character) => ESCAPES[character]!);
}

/**
 * A template whose values are escaped unless they are markup already. Attributes must be quoted in
 * the template, since quotes are what the escaping protects. (It is not called `html`, because
 * `deno fmt` would format the templates, and whitespace in a cell is shown as it is.)
 */
export function markup(strings: TemplateStringsArray, ...values: readonly MarkupValue[]): Markup {
  let text = strings[0] ?? "";
  for (let i = 0; i < values.length; i++) text += textOf(values[i] ?? null) + strings[i + 1];
  return new Markup(text);
}

function textOf(value: MarkupValue): string {
  if (value === null) return "";
  if (typeof value === "string") return escapeHtml(value);
  if (typeof value === "number") return String(value);
  if (value instanceof Markup) return value.toString();
  return value.join("");
}

/**
 * Characters that a reader cannot see, or that reorder what he sees: controls, bidi controls, zero
 * width characters, variation selectors, fillers, tag characters, halves of a surrogate pair. Tab and
 * line feed are layout, and the joiners inside an emoji or a Persian word are shown too: whoever can
 * tag an instance could otherwise write a name that looks like another one.
 */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/gu;
const MAYBE_HIDDEN = /[^\t\n\x20-\x7e]/;

/**
 * Writes hidden characters as their code points, for example "⟨U+202E⟩", so that text from outside
 * reads as what it is.
 */
export function visibleText(text: string): string {
  if (!MAYBE_HIDDEN.test(text)) return text;
  return text.replace(HIDDEN, (character) => {
    if (character === "\t" || character === "\n") return character;
    const codePoint = character.codePointAt(0) ?? 0;
    return `⟨U+${codePoint.toString(16).toUpperCase().padStart(4, "0")}⟩`;
  });
}
