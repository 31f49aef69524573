/**
 * Where a name may be cut to put a star: at the borders of its words (`Get|Object|Tagging`), which
 * is how people write patterns, or after any letter, which gives the shortest text.
 */
export type Cuts = "words" | "letters";

/** The first place to cut an action, as AWS writes it, at or after a place; at most its length. */
export function nextCut(action: string, from: number, cuts: Cuts): number {
  if (cuts === "letters") return Math.min(from, action.length);
  for (let at = from; at < action.length; at++) {
    if (isBorder(action, at)) return at;
  }
  return action.length;
}

/** Before a capital that begins a word: `Get|Object`, `Describe|DB|Instances`; after the colon. */
function isBorder(action: string, at: number): boolean {
  if (action[at - 1] === ":") return true;
  if (!isUpper(action[at])) return false;
  return !isUpper(action[at - 1]) || isLower(action[at + 1]);
}

function isUpper(character: string | undefined): boolean {
  return character !== undefined && character >= "A" && character <= "Z";
}

function isLower(character: string | undefined): boolean {
  return character !== undefined && character >= "a" && character <= "z";
}
