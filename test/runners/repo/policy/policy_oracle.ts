import type { Universe } from "../../../../runners/repo/catalogue/universe.ts";
import { naively } from "../small_universe.ts";

/**
 * What policies mean, a second time and in the shortest way: JSON.parse, regular expressions and
 * sets. It shares no line with the code that it checks.
 */

export type PlainStatement = Readonly<Record<string, unknown>>;

export function statementsIn(text: string | null): readonly PlainStatement[] {
  if (text === null) return [];
  const { Statement } = JSON.parse(text) as { Statement: PlainStatement | PlainStatement[] };
  return Array.isArray(Statement) ? Statement : [Statement];
}

/** The patterns of an element. */
export function patternsOf(statement: PlainStatement, element: string): readonly string[] {
  const value = Object.hasOwn(statement, element) ? statement[element] : [];
  return (Array.isArray(value) ? value : [value]) as readonly string[];
}

/** Whether a statement may be rewritten. */
export function isFree(statement: PlainStatement): boolean {
  return statement["Effect"] === "Allow" &&
    !String(statement["Sid"] ?? "").toUpperCase().startsWith("NOREPO");
}

/** The actions that the statements grant which may be rewritten. */
export function freelyGranted(texts: Iterable<string | null>, universe: Universe): Set<string> {
  const granted = new Set<string>();
  for (const text of texts) {
    for (const statement of statementsIn(text).filter(isFree)) {
      for (const action of grantedIn(statement, universe)) granted.add(action);
    }
  }
  return granted;
}

function grantedIn(statement: PlainStatement, universe: Universe): Iterable<string> {
  if (Object.hasOwn(statement, "Action")) {
    return patternsOf(statement, "Action").flatMap((pattern) => [...naively(pattern, universe)]);
  }
  const not = new Set(
    patternsOf(statement, "NotAction").flatMap((pattern) => [...naively(pattern, universe)]),
  );
  return universe.actions.filter((action) => !not.has(action));
}

/** Whether a statement grants a name, of which perhaps nobody knows. */
export function grantsName(statement: PlainStatement, name: string): boolean {
  const matches = (pattern: string) => expressionOf(pattern).test(name);
  return Object.hasOwn(statement, "Action")
    ? patternsOf(statement, "Action").some(matches)
    : !patternsOf(statement, "NotAction").some(matches);
}

const expressions = new Map<string, RegExp>();

function expressionOf(pattern: string): RegExp {
  const known = expressions.get(pattern);
  if (known) return known;
  const source = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*")
    .replaceAll("?", ".");
  const expression = new RegExp(`^${source}$`, "is");
  expressions.set(pattern, expression);
  return expression;
}

const FILLINGS = ["", "X", "Object", "BrandNew", "Tagging", "s3:GetObject"];

/** Names that a pattern matches, most of which no catalogue has. */
export function namesFor(pattern: string): string[] {
  const filled = FILLINGS.map((filling) => pattern.replaceAll("*", filling).replaceAll("?", "z"));
  return [...new Set(filled)].filter((name) => /^[^:]+:./.test(name));
}

/** The elements of a statement besides its actions. */
export function besidesActions(statement: PlainStatement): PlainStatement {
  const { Action: _action, NotAction: _notAction, ...rest } = statement;
  return rest;
}
