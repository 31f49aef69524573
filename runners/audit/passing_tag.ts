import { matchesText } from "../core/pattern.ts";
import { shown } from "../core/shown.ts";
import { fold, plainForm } from "../core/spelling.ts";
import type { TagTest } from "./config.ts";
import { tagOf, type Tags } from "./tags.ts";

/** The tag that passes a test; "spelling": it only does if its spelling does not count. */
export type PassingTag = {
  readonly as: "written" | "spelling";
  readonly key: string;
  readonly value: string;
};

/** The tag by which an instance passes a test, as it is written if possible. */
export function passingTag(test: TagTest, tags: Tags): PassingTag | undefined {
  const value = tagOf(tags, test.key);
  if (value !== undefined && isRight(test, value)) return { as: "written", key: test.key, value };
  const key = fold(test.key);
  const spelling = Object.entries(tags).find(([one, itsValue]) =>
    fold(one) === key && isMeant(test, itsValue)
  );
  return spelling && { as: "spelling", key: spelling[0], value: spelling[1] };
}

function isRight({ value, oneOf, pattern }: TagTest, found: string): boolean {
  if (pattern !== undefined) return matchesText(pattern, found);
  return oneOf?.includes(found) ?? (value === undefined || value === found);
}

function isMeant({ value, oneOf, pattern }: TagTest, found: string): boolean {
  if (pattern !== undefined) {
    return matchesText(pattern, found) || matchesText(pattern, plainForm(found));
  }
  const wanted = oneOf ?? (value === undefined ? undefined : [value]);
  return wanted?.some((one) => fold(one) === fold(found)) ?? true;
}

/** A tag as it is written, for people. */
export function tagText({ key, value }: Pick<PassingTag, "key" | "value">): string {
  return `"${shown(key)}": "${shown(value)}"`;
}

/** A test in a few words: `env is prod`. */
export function testText({ key, value, oneOf, pattern }: TagTest): string {
  if (pattern !== undefined) return `${key} matches ${pattern}`;
  if (oneOf !== undefined) return `${key} is ${oneOf.join("|")}`;
  return value === undefined ? `${key} is set` : `${key} is ${value === "" ? "empty" : value}`;
}
