/** The key of the tag. Nothing relies on what it says: anybody who may tag can write it. */
export const STAMP_KEY = "groundskeeper-repo";

/** The value of the tag: `gk1/2026-11-20/61`, the day and how many permissions were removed. */
export function stampValue(at: Date, removed: number): string {
  return `gk1/${dayOf(at)}/${removed}`;
}

/** The end of a stamped description, as Repokid has it: `; Groundskeeper repoed 2026-11-20`. */
export function stampSentence(at: Date): string {
  return `; Groundskeeper repoed ${dayOf(at)}`;
}

/** IAM API Reference, Role: Description. */
const LONGEST = 1_000;

/** Ours, and Repokid's own (repokid, "role.py": `; Repokid repoed MM/DD/YY`). */
const STAMPS = /; (?:Repokid repoed \d{2}\/\d{2}\/\d{2}|Groundskeeper repoed \d{4}-\d{2}-\d{2})/g;

/**
 * A description with the stamp. It replaces the first stamp of Groundskeeper or Repokid, and stands
 * at the end if there is none. Further stamps are removed; all else stays.
 *
 * @returns null if it would be longer than IAM allows
 */
export function stamped(description: string, sentence: string): string | null {
  let placed = false;
  const replaced = description.replace(STAMPS, () => {
    if (placed) return "";
    placed = true;
    return sentence;
  });
  const text = placed ? replaced : description + sentence;
  return text.length <= LONGEST ? text : null;
}

function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10);
}
