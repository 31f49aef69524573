import type { Failure } from "../core/aws/failure.ts";
import { setOf } from "../core/aws/listing.ts";
import { compareText } from "../core/plan/canonical.ts";
import { fold } from "../core/spelling.ts";

/** The tags of an instance, by key. */
export type Tags = { readonly [key: string]: string };

type ListedTag = {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
};

/** Tags as AWS's services list them: `{ Key, Value }`. */
export function tagsFrom(list: readonly ListedTag[]): { [key: string]: string } {
  return Object.fromEntries(list.map(({ Key = "", Value = "" }) => [Key, Value]));
}

/**
 * The tags in a list, and why they may not be believed. In AWS each tag has a key and a value,
 * which may be empty, and no key comes twice (EC2 user guide, "Tag restrictions").
 *
 * @param source for the sentence, such as "DescribeTags"
 */
export function readTags(
  list: readonly ListedTag[],
  source: string,
): { readonly tags: { [key: string]: string }; readonly doubt: Failure | undefined } {
  return { tags: tagsFrom(list), doubt: tagsDoubt(list, source) };
}

function tagsDoubt(list: readonly ListedTag[], source: string): Failure | undefined {
  const bare = list.find(({ Key, Value }) => !Key || Value === undefined);
  if (bare) {
    const detail = bare.Key
      ? `${source} gives no value of its tag ${JSON.stringify(bare.Key)}`
      : `${source} gives a tag of it without a key`;
    return { reason: "incomplete-record", detail };
  }
  const [twice] = setOf(list, ({ Key = "" }) => Key).differing;
  if (twice === undefined) return undefined;
  const detail = `${source} gives two values of its tag ${JSON.stringify(twice)}`;
  return { reason: "listed-twice", detail };
}

/** The value of a tag, undefined where there is none; a key such as "constructor" is safe. */
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
