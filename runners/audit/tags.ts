import { compareText } from "../core/plan/canonical.ts";
import { fold } from "../core/spelling.ts";

/** The tags of an instance, by key. */
export type Tags = { readonly [key: string]: string };

/** Tags as AWS's services list them: `{ Key, Value }`. */
export function tagsFrom(
  list: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[],
): { [key: string]: string } {
  return Object.fromEntries(list.map(({ Key = "", Value = "" }) => [Key, Value]));
}

/** The value of a tag, undefined where there is none; never what objects have by themselves. */
export function tagOf(tags: Tags, key: string): string | undefined {
  return Object.hasOwn(tags, key) ? tags[key] : undefined;
}

/** The keys that are spellings of a key and not the key itself, sorted. */
export function spellingsOf(tags: Tags, key: string): string[] {
  const folded = fold(key);
  return Object.keys(tags).filter((one) => one !== key && fold(one) === folded).sort(compareText);
}

/** Sorted by key: AWS gives tags in any order, and two plans are compared with diff. */
export function sortedTags(tags: Tags): Tags {
  return Object.fromEntries(Object.entries(tags).sort(([a], [b]) => compareText(a, b)));
}

/** Whether two sets of tags are equal. */
export function sameTags(a: Tags, b: Tags): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === tagOf(b, key));
}
