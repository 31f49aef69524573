/**
 * When two texts that people typed are the same text, whatever keyboard, program or clipboard wrote
 * them. What differs in more than its spelling is another text: look-alikes of other alphabets
 * (Cyrillic "а") are other letters.
 */

/**
 * Characters that nobody sees, as members of a class: what Unicode lets programs ignore (Unicode
 * Standard, section 5.21: zero-width characters, joiners, variation selectors, fillers), controls,
 * and those that have no glyph: Braille's blank, the marks of annotations, the filler of Khitan, and
 * the null note head.
 */
export const UNSEEN_CHARACTERS = String.raw`\p{Default_Ignorable_Code_Point}\p{Cc}` +
  String.raw`\u2800\uFFF9-\uFFFB\u{16FE4}\u{1D159}`;
const INVISIBLE = new RegExp(`(?!\\p{White_Space})[${UNSEEN_CHARACTERS}]`, "gu");

// The look-behind keeps a long run of spaces inside of a text from being tried from each space.
const OUTER_SPACE = /^\p{White_Space}+|(?<!\p{White_Space})\p{White_Space}+$/gu;

/** Printable ASCII without outer space, as most texts are: nothing is taken out of it. */
const PLAIN = /^[!-~](?:[ -~]*[!-~])?$/;

/** A text without invisible characters and outer space, in NFC: all that a reader can see of it. */
export function plainForm(text: string): string {
  if (PLAIN.test(text)) return text;
  return text.replaceAll(INVISIBLE, "").normalize("NFC").replaceAll(OUTER_SPACE, "");
}

/** Whether nobody sees anything of a text. */
export function isBlank(text: string): boolean {
  return plainForm(text) === "";
}

/** Whether a text has characters that nobody sees; spaces can be seen. */
export function hasInvisible(text: string): boolean {
  return !PLAIN.test(text) && text.search(INVISIBLE) >= 0;
}

/**
 * The plain form whatever its case: two texts are spellings of each other if it is equal.
 *
 * Unicode's full case folding (Unicode Standard, section 3.13), which upper case stands in for:
 * "ß" and "ẞ" are "ss", and a final sigma is a sigma. The four letters i of Turkish are one, since
 * a program that runs in Turkish writes "ID" as "ıd".
 */
export function fold(text: string): string {
  if (PLAIN.test(text)) return text.toLowerCase();
  return plainForm(text).normalize("NFD")
    .toLowerCase().toUpperCase().toLowerCase()
    .replaceAll("i\u0307", "i").normalize("NFC");
}
