import { lowerCase, matchesPattern } from "../catalogue/glob.ts";
import { type BrokenPattern, brokenPatterns, rewriteNotes } from "./rewrite_notes.ts";
import { type Cuts, NoRoomError } from "./cover.ts";
import type { PolicyDocument, Statement } from "./document.ts";
import { disprove } from "./prove.ts";
import type { NewPattern, Outcome, Removal, RewriteRequest, Written } from "./removal.ts";
import { rewriteStatement } from "./rewrite_statement.ts";
import { INLINE_QUOTA, policySize } from "./size.ts";
import { writeText } from "./write_text.ts";
import { canonicalJson } from "../../core/contract/canonical_json.ts";
import { compareText } from "../../core/plan/canonical.ts";
import { containsPattern } from "./glob_language.ts";

/** The size of all the policies together, as IAM counts it. */
export type Sizes = {
  readonly before: number;
  /** In a refusal: at least this many. */
  readonly after: number;
};

/** The result. A refusal changes nothing. */
export type Rewriting =
  | {
    readonly status: "rewritten";
    /** Every policy by name: the same text if nothing of it is removed; null: nothing is left. */
    readonly policies: { readonly [name: string]: string | null };
    readonly size: Sizes;
    /** What a person must know, as sentences. */
    readonly notes: readonly string[];
    /** The patterns that lose actions which cannot be listed. */
    readonly broken: readonly BrokenPattern[];
  }
  | {
    readonly status: "refused";
    /** "not-proven": a defect of this program, found by its own check. */
    readonly reason: "size-limit" | "not-proven";
    readonly detail: string;
    readonly size: Sizes;
  };

type Way = {
  readonly cuts: Cuts;
  readonly merge: boolean;
};

/** The ways to write, in the order in which they are tried: until one fits. */
const WAYS: readonly Way[] = [
  { cuts: "words", merge: false },
  { cuts: "letters", merge: false },
  { cuts: "letters", merge: true },
];

/**
 * Takes actions out of policies. The result grants exactly what they granted without the removed
 * actions, and none of its patterns matches a name that was not matched before.
 */
export function rewriteDocuments(
  documents: readonly PolicyDocument[],
  request: RewriteRequest,
): Rewriting {
  const quota = request.quota ?? INLINE_QUOTA;
  const before = policySize(documents.map(({ text }) => text));
  let size = { before, after: before };
  let smallest = Infinity;
  for (const way of request.byName ? WAYS.slice(1) : WAYS) {
    const written = writeAll(documents, request, way, quota);
    if (typeof written === "number") {
      smallest = Math.min(smallest, written);
      continue;
    }
    size = { before, after: policySize(written.map(({ text }) => text ?? "")) };
    smallest = Math.min(smallest, size.after);
    const isChanged = written.some(({ text, document }) => text !== document.text);
    if (isChanged && size.after > quota) continue;
    const fault = disprove({
      universe: request.universe,
      removed: request.removed,
      removedLiterals: request.removedLiterals ?? [],
      before: new Map(written.map(({ document }) => [document.name, document.text])),
      after: new Map(written.map(({ document, text }) => [document.name, text])),
    });
    if (fault !== undefined) {
      const detail = `${fault}. This is a defect of Groundskeeper; the role stays as it is`;
      return { status: "refused", reason: "not-proven", detail, size };
    }
    const broken = brokenPatterns(written, request);
    return {
      status: "rewritten",
      policies: Object.fromEntries(written.map(({ document, text }) => [document.name, text])),
      size,
      notes: isChanged ? rewriteNotes(written, request, broken) : [],
      broken,
    };
  }
  return {
    status: "refused",
    reason: "size-limit",
    detail:
      `The policies would have at least ${smallest} characters together, and IAM allows ${quota}`,
    size: { before, after: smallest },
  };
}

/** @returns a number: it would be longer than this many characters, and does not fit */
function writeAll(
  documents: readonly PolicyDocument[],
  request: RewriteRequest,
  { cuts, merge }: Way,
  room: number,
): Written[] | number {
  const removal = removalOf(request, cuts, room);
  try {
    return documents.map((document) => {
      const own = document.statements.map((statement) => rewriteStatement(statement, removal));
      const isChanged = own.some((outcome) => outcome !== "same");
      const outcomes = merge && isChanged ? mergeStatements(document.statements, own) : own;
      return { document, own, outcomes, text: writeText(document, outcomes) };
    });
  } catch (error) {
    if (error instanceof NoRoomError) return error.length;
    throw error;
  }
}

function removalOf(request: RewriteRequest, cuts: Cuts, room: number): Removal {
  const { universe, removed, wildcard, removedLiterals = [], evidenceServices } = request;
  const uncatalogued = [...evidenceServices].map(lowerCase)
    .filter((service) => !universe.services.has(service) && /^[a-z0-9-]+$/.test(service)).sort();
  return {
    universe,
    removed,
    wildcard,
    cuts,
    room,
    uncatalogued,
    removedLiterals: new Set(removedLiterals.map(lowerCase)),
    meant: request.meant ?? [],
    byName: request.byName ?? false,
  };
}

/**
 * Puts the actions of statements that differ in nothing else into the first of them, which saves
 * repetitions. A statement with a Sid stays: somebody may rely on its name.
 */
function mergeStatements(
  statements: readonly Statement[],
  outcomes: readonly Outcome[],
): Outcome[] {
  const alike = new Map<string, number[]>();
  statements.forEach((statement, at) => {
    if (!canMerge(statement, outcomes[at]!)) return;
    const others = [...statement.others].sort((a, b) => compareText(a.key, b.key));
    const key = canonicalJson(others);
    alike.set(key, [...alike.get(key) ?? [], at]);
  });
  const merged = [...outcomes];
  for (const [first, ...others] of alike.values()) {
    if (others.length === 0) continue;
    merged[first!] = joined(statements, outcomes, first!, others);
    for (const at of others) merged[at] = "gone";
  }
  return merged;
}

function canMerge({ sid, effect, element }: Statement, outcome: Outcome): boolean {
  if (sid !== undefined || effect !== "Allow" || outcome === "gone") return false;
  return (outcome === "same" ? element : outcome.element) === "Action";
}

function joined(
  statements: readonly Statement[],
  outcomes: readonly Outcome[],
  first: number,
  others: readonly number[],
): Outcome {
  const patternsOf = (at: number): (readonly NewPattern[])[] => {
    const outcome = outcomes[at]!;
    if (outcome === "same") return statements[at]!.patterns.map((entry) => [entry]);
    return outcome === "gone" ? [] : [...outcome.inPlaceOf];
  };
  const own = patternsOf(first);
  const more = others.flatMap((at) => patternsOf(at).flat());
  const inPlaceOf = own.map((patterns, at) =>
    at < own.length - 1 ? patterns : [...patterns, ...more]
  );
  return {
    element: "Action",
    inPlaceOf: withoutContained(inPlaceOf),
    listsAll: [first, ...others].some((at) => {
      const outcome = outcomes[at]!;
      return typeof outcome === "object" && outcome.listsAll;
    }),
  };
}

/** Without the patterns that another one of them contains; of equal ones the first stays. */
function withoutContained(
  inPlaceOf: readonly (readonly NewPattern[])[],
): (readonly NewPattern[])[] {
  const seen = new Set<string>();
  const distinct = inPlaceOf.map((patterns) =>
    patterns.filter(({ pattern }) => {
      const lower = lowerCase(pattern);
      return !seen.has(lower) && seen.add(lower);
    })
  );
  const wide = distinct.flat().map(({ pattern }) => pattern).filter((one) => /[*?]/.test(one));
  return distinct.map((patterns) =>
    patterns.filter(({ pattern }) =>
      !wide.some((other) => other !== pattern && holds(other, pattern, wide))
    )
  );
}

/** Of two patterns that contain each other the first stays. */
function holds(outer: string, inner: string, all: readonly string[]): boolean {
  if (!/[*?]/.test(inner)) return matchesPattern(outer, inner);
  return containsPattern(outer, inner) &&
    (!containsPattern(inner, outer) || all.indexOf(outer) < all.indexOf(inner));
}
