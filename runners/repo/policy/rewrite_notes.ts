import { lowerCase, matchesPattern } from "../catalogue/glob.ts";
import { brokenNote, type BrokenPattern, statementName } from "./broken_patterns.ts";
import type { Statement } from "./document.ts";
import { grantedBy, isNoRepo } from "./granted.ts";
import type { Outcome, RewriteRequest, Written } from "./removal.ts";

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

/** What stands in a list is all that there is for ever; of that a person must know. */
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
  const rest = staying.length - NAMED;
  const names = staying.slice(0, NAMED).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
  return [`Statements whose Sid begins with NOREPO still grant ${names}`];
}

/** A name of which nothing is known cannot be taken out of a pattern that matches it. */
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
