import { fold, UNSEEN_CHARACTERS } from "./spelling.ts";

/**
 * Letters that look like letters of ASCII and are others, by alphabet. Unicode Technical Standard
 * 39, "confusables", for what people type and paste; forms of one letter (full width, mathematical)
 * are told by their compatibility decomposition.
 */
const LOOK_ALIKES: ReadonlyMap<string, string> = new Map([
  // Cyrillic
  ..."аaАAВBсcСCԁdеeЕEһhНHіiІIјjЈJКKкkӏlӀlМMоoОOрpРPԛqԚQѕsЅSТTуyУYүyҮYѵvѴVԝwԜWхxХXЗ3",
  // Greek
  ..."ΑAαaΒBϲcΕEΖZΗHΙIιiΚKκkΜMΝNνvΟOοoΡPρpΤTΥYυuΧXχxγyωw",
  // Armenian, Cherokee
  ..."օoՕOոnսuՍUհhցgզqԼLաwԱU",
  ..."ᎪAᏴBᏟCᎠDᎬEᎻHᎫJᏦKᏞLᎷMᏢPᎡRᏚSᎢTᏙVᎳWᎩYᏃZ",
  // Latin
  ..."ɑaɡgɩiıiǀlʏYꞁl",
].flatMap((character, index, all) =>
  index % 2 === 0 ? [[character, all[index + 1]!] as const] : []
));

/** Characters that nobody sees, and spaces that look like the one of the keyboard. */
const UNSEEN = new RegExp(`(?! )[${UNSEEN_CHARACTERS}\\p{Cs}\\p{White_Space}]`, "gu");
/** Alphabets whose letters look like those of Latin. */
const ALIKE = /[\p{sc=Cyrl}\p{sc=Grek}\p{sc=Armn}\p{sc=Cher}\p{sc=Copt}\p{sc=Lisu}]/u;
const WORD = /[\p{L}\p{M}\p{N}]+/gu;
const ASCII = /^\p{ASCII}*$/u;
const PRINTABLE = /^[ -~]*$/;

/**
 * A text from outside, for people: what they could not see is replaced by its code point, and what
 * they would take for something else is followed by it: "web<U+200B>", "о<U+043E>wner".
 */
export function shown(text: string): string {
  if (PRINTABLE.test(text)) return text;
  return text.replaceAll(UNSEEN, codePoint).replaceAll(WORD, shownWord);
}

/** Whether two texts look the same although they are not spellings of each other. */
export function looksLike(one: string, other: string): boolean {
  return fold(one) !== fold(other) && fold(seeming(one)) === fold(seeming(other));
}

/** The text with the ASCII that its characters look like. */
function seeming(text: string): string {
  if (ASCII.test(text)) return text;
  return Array.from(text, (character) => {
    const form = character.normalize("NFKC");
    return LOOK_ALIKES.get(form) ?? form;
  }).join("");
}

/**
 * Letters are told where they are not what they seem: in a word that looks like ASCII throughout, or
 * mixes such alphabets, or where a letter is not in the form that is compared.
 */
function shownWord(word: string): string {
  if (ASCII.test(word)) return word;
  const seems = ASCII.test(seeming(word));
  const mixes = /[A-Za-z]/.test(word);
  const composed = word.normalize("NFC");
  return Array.from(word, (character) => {
    const isOther = !ASCII.test(character) &&
      (seems || mixes && ALIKE.test(character) || !composed.includes(character));
    return isOther ? character + codePoint(character) : character;
  }).join("");
}

function codePoint(character: string): string {
  return `<${codePointText(character)}>`;
}

/** A character as Unicode calls it: "U+200B". */
export function codePointText(character: string): string {
  return `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`;
}
