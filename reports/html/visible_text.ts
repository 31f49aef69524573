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
