import { counted, fewText, numberText } from "../../core/cli/words.ts";
import { firstWildcard, lowerCase, matchesPattern } from "../catalogue/glob.ts";
import type { Statement } from "./document.ts";
import { containsPattern } from "./glob_language.ts";
import { grantedBy, isNoRepo } from "./granted.ts";
import { coversAll } from "./rewrite_statement.ts";
import type { Outcome, RewriteRequest, Written } from "./removal.ts";

/** A pattern that loses more than can be listed: also actions that no catalogue knows. */
export type BrokenPattern = {
  readonly policy: string;
  /** The statement's place in the policy, from 1, or its Sid in quotes. */
  readonly statement: string;
  /** As the policy has it; of a NotAction, the new entry. */
  readonly pattern: string;
  /** Whether the pattern was granted and is narrowed, or is excluded now. */
  readonly element: "Action" | "NotAction";
  /** How many known actions it matches, and how many of them are removed. */
  readonly known: number;
  readonly removed: number;
  /** How many patterns replace it. */
  readonly patterns: number;
};

/**
 * The patterns that lose actions which nobody can name: unknown to the catalogue today, or launched
 * later. Patterns that were to be removed completely do not count, nor does a `*` that becomes a
 * list: it has a note of its own.
 */
export function brokenPatterns(
  written: readonly Written[],
  request: RewriteRequest,
): BrokenPattern[] {
  return written.flatMap(({ document, own }) =>
    document.statements.flatMap((statement, at) =>
      brokenIn(statement, own[at]!, request).map((one): BrokenPattern => ({
        policy: document.name,
        statement: statementName(statement),
        known: request.universe.all().countIn(request.universe.ranges(one.pattern)),
        removed: request.removed.countIn(request.universe.ranges(one.pattern)),
        ...one,
      }))
    )
  );
}

/** What a sentence calls a statement. */
function statementName({ sid, index }: Statement): string {
  return sid ? `"${sid}"` : `${index + 1}`;
}

type Broken = Pick<BrokenPattern, "pattern" | "element" | "patterns">;

function brokenIn(
  { element, patterns }: Statement,
  outcome: Outcome,
  { universe, meant = [] }: RewriteRequest,
): Broken[] {
  if (outcome === "same") return [];
  const isMeant = (pattern: string) =>
    firstWildcard(pattern) < 0 || meant.some((one) => containsPattern(one, pattern));
  if (outcome !== "gone" && outcome.element === "NotAction") {
    const before = new Set(
      element === "NotAction" ? patterns.map(({ pattern }) => pattern) : [],
    );
    return outcome.inPlaceOf.flat()
      .filter(({ pattern }) => !isMeant(pattern) && !before.has(pattern))
      .map(({ pattern }) => ({ pattern, element: "NotAction", patterns: 1 }));
  }
  if (element === "NotAction") return [];
  return patterns.flatMap((entry, at): Broken[] => {
    const instead = outcome === "gone" ? [] : outcome.inPlaceOf[at]!;
    const isListed = outcome !== "gone" && outcome.listsAll && coversAll(universe, entry.pattern);
    if (instead.includes(entry) || isListed || isMeant(entry.pattern)) return [];
    return [{ pattern: entry.pattern, element: "Action", patterns: instead.length }];
  });
}

/** The same as sentences for a person. */
function brokenNote(
  { policy, statement, pattern, element, known, removed, patterns }: BrokenPattern,
  date: string,
): string {
  const where = `of statement ${statement} of the policy "${policy}"`;
  const unknown =
    `Actions that the catalogue of ${date} does not know, or that AWS launched later, ` +
    "go too";
  if (element === "NotAction") {
    return `NotAction ${where} now has "${pattern}". ${unknown} where it matches them`;
  }
  const becomes = patterns === 0
    ? "goes"
    : `becomes ${counted(patterns, "narrower pattern", "narrower patterns")}`;
  return `"${pattern}" ${where} ${becomes}. It matches ${counted(known, "known action")}: ` +
    `${numberText(removed)} ${removed === 1 ? "goes" : "go"}. ${unknown}` +
    (patterns === 0 ? "" : ", unless a narrower pattern matches them");
}

/** How many actions are named one by one. */
const NAMED = 3;

/** What a person must know of rewritten policies, as sentences. */
export function rewriteNotes(
  written: readonly Written[],
  request: RewriteRequest,
  broken: readonly BrokenPattern[],
): string[] {
  return [
    ...written.flatMap((one) => listNotes(one, request)),
    ...broken.map((one) => brokenNote(one, request.universe.catalogue.date)),
    ...noRepoNotes(written, request),
    ...literalNotes(written, request),
  ];
}

/** A list never grants actions that AWS launches later: a person must know that. */
function listNotes({ document, outcomes }: Written, { universe }: RewriteRequest): string[] {
  return outcomes.flatMap((outcome, at) => {
    if (typeof outcome === "string" || !outcome.listsAll) return [];
    const count = outcome.inPlaceOf.flat().length;
    const { element } = document.statements[at]!;
    const statement = statementName(document.statements[at]!);
    const was = element === "Action" ? 'Action "*"' : "NotAction";
    return `${was} of statement ${statement} of the policy "${document.name}" becomes a list of ` +
      `${count} ${count === 1 ? "pattern" : "patterns"}: what AWS has launched after ` +
      `${universe.catalogue.date}, the day of the catalogue, is no longer granted by it`;
  });
}

function noRepoNotes(written: readonly Written[], request: RewriteRequest): string[] {
  if (!written.some(({ document }) => document.statements.some(isNoRepo))) return [];
  const { noRepo } = grantedBy(written.map(({ document }) => document), request.universe);
  const staying = [...noRepo.intersect(request.removed)];
  if (staying.length === 0) return [];
  return [`Statements whose Sid begins with NOREPO still grant ${fewText(staying, NAMED)}`];
}

/** An unknown name cannot be taken out of a pattern that matches it. */
function literalNotes(written: readonly Written[], request: RewriteRequest): string[] {
  return (request.removedLiterals ?? []).flatMap((literal) =>
    written.flatMap(({ document, outcomes }) =>
      document.statements.flatMap((statement, at) => {
        const pattern = stillGranting(literal, statement, outcomes[at]!);
        return pattern === undefined
          ? []
          : [`"${pattern}" of the policy "${document.name}" still grants ${literal}`];
      })
    )
  );
}

function stillGranting(
  literal: string,
  statement: Statement,
  outcome: Outcome,
): string | undefined {
  if (statement.effect === "Deny" || outcome === "gone") return undefined;
  const { element, patterns } = outcome === "same"
    ? { element: statement.element, patterns: statement.patterns }
    : { element: outcome.element, patterns: outcome.inPlaceOf.flat() };
  const match = patterns.find(({ pattern }) => matchesPattern(pattern, lowerCase(literal)));
  if (element === "Action") return match?.pattern;
  return match ? undefined : "NotAction";
}
