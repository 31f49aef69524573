import leven from "leven";
import { readAction } from "../../core/aws/action.ts";
import { firstNotBefore, loadCatalogue } from "./catalogue.ts";
import { firstWildcard, lowerCase, matchesPattern } from "./glob.ts";

/** How many letters a misspelt action may differ from the one that is proposed. */
const NEAR = 2;

/**
 * An action or a pattern as AWS spells it, given in any case. Up to its first wildcard, a pattern
 * is spelled like the first action that begins so. A service is in lower case. What the catalogue
 * does not know keeps its letters.
 */
export function spelled(pattern: string): string {
  const { lower, actions, canonical } = loadCatalogue();
  const wildcard = firstWildcard(pattern);
  if (wildcard < 0) return canonical(pattern) ?? withService(pattern);
  const prefix = lowerCase(pattern.slice(0, wildcard));
  const first = firstNotBefore(lower, prefix);
  return lower[first]?.startsWith(prefix)
    ? actions[first]!.slice(0, wildcard) + pattern.slice(wildcard)
    : withService(pattern);
}

/**
 * What a person names to be removed: actions, and patterns of one service, as AWS spells them, each
 * once.
 *
 * @param asked what they are for: `--remove`
 * @throws UsageError if one is no such pattern
 */
export function namedActions(texts: readonly string[], asked: string): readonly string[] {
  return [...new Set(texts.map((text) => spelled(readAction(text, "of-service", asked))))];
}

/** The actions and patterns that match nothing in the catalogue. */
export function unknownOf(named: readonly string[]): string[] {
  const { actions, canonical } = loadCatalogue();
  return named.filter((one) =>
    canonical(one) === undefined && !actions.some((action) => matchesPattern(one, action))
  );
}

/**
 * "The catalogue of 2026-09-26 does not know sqs:SendMesage (did you mean sqs:SendMessage?)": the
 * caller ends the sentence.
 */
export function unknownSentence(unknown: readonly string[]): string {
  const near = unknown.flatMap((one) => nearest(one) ?? []);
  return `The catalogue of ${loadCatalogue().date} does not know ${unknown.join(", ")}` +
    (near.length === 0 ? "" : ` (did you mean ${near.join(", ")}?)`);
}

function nearest(name: string): string | undefined {
  const { lower, actions } = loadCatalogue();
  const distances = lower.map((one) => leven(lowerCase(name), one, { maxDistance: NEAR + 1 }));
  const least = Math.min(...distances);
  return least > NEAR ? undefined : actions[distances.indexOf(least)];
}

/** With the service in lower case. */
function withService(pattern: string): string {
  const colon = pattern.indexOf(":");
  return lowerCase(pattern.slice(0, colon + 1)) + pattern.slice(colon + 1);
}
