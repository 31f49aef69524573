import { diffArrays } from "diff";
import { visible, wrapText } from "../../core/cli/table.ts";
import type { TextStyle } from "../../core/cli/text_style.ts";
import { DENY_POLICY } from "../policy/deny_policy.ts";
import { readable, type RepoEdit } from "./diff.ts";

/** How many lines of a diff are shown; the file of `--out` has all. */
const SHOWN = 120;
/** Lines around what differs. */
const CONTEXT = 2;

type Line = {
  readonly sign: "-" | "+" | " ";
  readonly text: string;
};

/** The diffs of some policies for a terminal; what goes is red. */
export function diffText(
  edits: readonly RepoEdit[],
  style: TextStyle,
  title = "inline policy",
): string {
  return edits.map((edit) => {
    const lines = linesOf(edit);
    if (lines.length === 0) return "";
    const what = edit.after === null
      ? " goes"
      : edit.before !== null
      ? ""
      : edit.name === DENY_POLICY
      ? " is added"
      : " comes back";
    const left = lines.length - SHOWN;
    return [
      ...wrapText(`${title} "${visible(edit.name)}"${what}`, style.width, "  "),
      ...lines.slice(0, SHOWN).flatMap((line) => line === null ? ["    ..."] : shown(line, style)),
      ...(left > 0 ? wrapText(`and ${left} lines more`, style.width, "    ") : []),
    ].join("\n");
  }).filter((text) => text !== "").join("\n\n");
}

/**
 * The lines that differ, with those around them; null where some are left out. A line is the same
 * where only its comma at the end differs: JSON puts it there for the line that follows, so that
 * people would take its neighbour for changed.
 */
function linesOf({ before, after }: RepoEdit): (Line | null)[] {
  const lines = (text: string | null) => readable(text).split("\n").slice(0, -1);
  const bare = (line: string) => line.replace(/,$/, "");
  const parts = diffArrays(lines(before), lines(after), {
    comparator: (left, right) => bare(left) === bare(right),
  });
  const all = parts.flatMap(({ value, added, removed }) =>
    value.map((text): Line => ({ sign: added ? "+" : removed ? "-" : " ", text }))
  );
  const near = all.map((_, index) =>
    all.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(({ sign }) => sign !== " ")
  );
  const first = near.indexOf(true);
  if (first < 0) return [];
  return all.flatMap((line, index) =>
    near[index]
      ? [line]
      : index > first && near[index - 1] && near.includes(true, index)
      ? [null]
      : []
  );
}

/** A line of a diff, broken between words under its own indentation where it is too wide. */
function shown({ sign, text }: Line, style: TextStyle): string[] {
  const [, space, rest] = /^(\s*)(.*)$/.exec(text) as unknown as string[];
  const [first, ...more] = wrapText(rest!, style.width - 6 - space!.length);
  const paint = sign === "-" ? style.red : (line: string) => line;
  return [
    `    ${sign} ${space}${first}`.trimEnd(),
    ...more.map((line) => `    ${sign} ${space}${line}`),
  ].map(paint);
}
