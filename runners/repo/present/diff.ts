import { createTwoFilesPatch, diffArrays } from "diff";
import { visible } from "../../core/text/wrap.ts";
import { compareText, shortHash } from "../../core/plan/canonical.ts";
import type { DiffLine, Item } from "../../core/text/sections.ts";
import type { RepoPlan } from "../repo_plan.ts";
import { DENY_POLICY } from "../policy/deny_policy.ts";
import { editsOf } from "../change/repo_change.ts";
import { nameOfArn, roleChanges } from "./changes.ts";
import { type PolicyEdit } from "./names.ts";

/** A file of unified diffs, for a pull request or for `git apply`. */
type DiffFile = {
  /** `<account>/<role>.diff`, or `<account>/managed/<policy>.diff`; safe as a path. */
  readonly name: string;
  readonly text: string;
};

/** Lines around what differs. */
const CONTEXT = 3;

/**
 * What the plan would change, or proposes to the owners of the code: a file for each role and for
 * each managed policy. Both sides of a diff are indented alike, so that it shows no difference in
 * white space; a policy that differs only in that has no diff.
 */
export function diffsOf(plan: RepoPlan): DiffFile[] {
  const changes = roleChanges(plan.changes, plan);
  const changed = new Set(
    changes.filter(({ managed }) => managed === null)
      .map(({ change }) => change.target),
  );
  const proposed = plan.own.roles.filter(({ arn, mode }) =>
    mode === "propose" && !changed.has(arn)
  );
  const files = [
    ...changes.map((one) => ({
      name: one.managed === null
        ? `${safeName(one.change.account)}/${safeName(nameOfArn(one.change.target))}.diff`
        : `${safeName(one.change.account)}/managed/${safeName(nameOfArn(one.managed))}.diff`,
      edits: editsOf(one.change),
      notes: one.managed === null ? one.entry?.notes ?? [] : [],
    })),
    ...proposed.map(({ account, role, edits, notes }) => ({
      name: `${safeName(account)}/${safeName(role)}.diff`,
      edits,
      notes,
    })),
    ...plan.own.roles.flatMap(({ account, managed }) =>
      managed.flatMap(({ arn, proposal }) =>
        proposal === undefined ? [] : [{
          name: `${safeName(account)}/managed/${safeName(nameOfArn(arn))}.diff`,
          edits: [proposal],
          notes: [],
        }]
      )
    ),
  ];
  return files.map(({ name, edits, notes }) => ({
    name,
    text: withNotes(
      edits.map((edit) => unifiedDiff(edit, name.replace(/\.diff$/, ""))).join(""),
      notes,
    ),
  })).filter(({ text }) => text !== "").sort((a, b) => compareText(a.name, b.name));
}

/** Puts the notes before the first diff, where `git apply` and `patch` ignore them. */
function withNotes(text: string, notes: readonly string[]): string {
  return text === "" ? "" : notes.map((note) => `# ${visible(note)}\n`).join("") + text;
}

/** The unified diff of one policy; empty if both texts say the same. */
export function unifiedDiff({ name, before, after }: PolicyEdit, directory: string): string {
  const [old, now] = [readable(before), readable(after)];
  if (old === now) return "";
  const path = `${directory}/${safeName(name)}.json`;
  const patch = createTwoFilesPatch(
    before === null ? "/dev/null" : `a/${path}`,
    after === null ? "/dev/null" : `b/${path}`,
    old,
    now,
    undefined,
    undefined,
    { context: CONTEXT },
  );
  return patch.slice(patch.indexOf("--- "));
}

/**
 * A policy as people read it: indented JSON in its own order. Everything that a terminal or an
 * editor would obey is escaped as in JSON. A text that is not JSON stays as it is.
 */
export function readable(text: string | null): string {
  if (text === null) return "";
  let lines = text;
  try {
    lines = JSON.stringify(JSON.parse(text), null, 2);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return lines.split("\n").map((line) => `${visible(line)}\n`).join("");
}

/**
 * A name as a part of a path. IAM allows letters, digits and `_+=,.@-`, none of which does harm
 * after an account ID; another name is told apart by its hash.
 */
export function safeName(name: string): string {
  if (/^[\w+=,@-][\w+=,.@-]{0,127}$/.test(name)) return name;
  return `${name.replaceAll(/[^\w+=,@-]/g, "_").slice(0, 100)}-${shortHash(name, 8)}`;
}

/** What differs in a policy, for people. */
type PolicyDiff = {
  /** `inline policy "app"`, and what becomes of all of it. */
  readonly title: string;
  /** null where lines are left out. */
  readonly lines: readonly (DiffLine | null)[];
};

/** The diffs of those of some policies that differ, each under the name of its policy. */
export function policyDiffs(edits: readonly PolicyEdit[], title: string): PolicyDiff[] {
  return edits.flatMap((edit) => {
    const lines = linesOf(edit);
    const what = edit.after === null
      ? " is deleted"
      : edit.before !== null
      ? ""
      : edit.name === DENY_POLICY
      ? " is added"
      : " comes back";
    return lines.length === 0 ? [] : [{ title: `${title} "${edit.name}"${what}`, lines }];
  });
}

/** The same as a list in a text. */
export function diffItems(edits: readonly PolicyEdit[], title = "inline policy"): Item[] {
  return policyDiffs(edits, title).map(({ title, lines }) => ({
    name: title,
    blocks: [{ diff: lines, rest: "--out DIR writes all of it" }],
  }));
}

/** Lines around what differs, for people. */
const NEAR = 2;

/**
 * The lines that differ, with those around them; null where some are left out. Two lines count as
 * the same if only the comma at their end differs: it depends on whether another line follows.
 */
function linesOf({ before, after }: PolicyEdit): (DiffLine | null)[] {
  const lines = (text: string | null) => readable(text).split("\n").slice(0, -1);
  const bare = (line: string) => line.replace(/,$/, "");
  const parts = diffArrays(lines(before), lines(after), {
    comparator: (left, right) => bare(left) === bare(right),
  });
  const all = parts.flatMap(({ value, added, removed }) =>
    value.map((text): DiffLine => ({ sign: added ? "+" : removed ? "-" : " ", text }))
  );
  const near = all.map((_, index) =>
    all.slice(Math.max(0, index - NEAR), index + NEAR + 1).some(({ sign }) => sign !== " ")
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
