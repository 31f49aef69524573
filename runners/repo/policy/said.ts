import { canonicalJson } from "../../core/contract/canonical_json.ts";
import type { JsonObject } from "../../core/json.ts";
import { compareText } from "../../core/plan/canonical.ts";
import type { ActionSet } from "../catalogue/action_set.ts";
import type { Universe } from "../catalogue/universe.ts";
import type { PolicyDocument, Statement } from "./document.ts";
import { expandStatement, grantedBy } from "./granted.ts";

/** A statement with the actions that it is about. */
export type Said = {
  readonly document: PolicyDocument;
  readonly statement: Statement;
  readonly actions: ActionSet;
  /** All but its Sid and actions: two statements with the same one differ in nothing else. */
  readonly rest: string;
};

/** What the inline policies of a role say, statement by statement. */
export type Saying = {
  readonly said: readonly Said[];
  /**
   * What some statement allows and none denies everywhere. What is denied for some resources or
   * under a condition counts as allowed.
   */
  readonly effective: ActionSet;
};

/** Reads what policies say of the actions of a universe. */
export function sayingOf(documents: readonly PolicyDocument[], universe: Universe): Saying {
  const said = saidIn(documents, universe);
  const denied = said.filter(deniesEverywhere)
    .reduce((all, { actions }) => all.union(actions), universe.none());
  return { said, effective: grantedBy(documents, universe).actions.minus(denied) };
}

/** The statements of policies, in their order. */
export function saidIn(documents: readonly PolicyDocument[], universe: Universe): Said[] {
  return documents.flatMap((document) => {
    const language = languageOf(document);
    return document.statements.map((statement) => ({
      document,
      statement,
      actions: expandStatement(statement, universe),
      rest: restOf(statement, language),
    }));
  });
}

/** Whether a statement denies its actions on all resources, whatever the request. */
export function deniesEverywhere({ statement: { effect, others } }: Pick<Said, "statement">) {
  if (effect !== "Deny" || others.length !== 1) return false;
  const { key, value } = others[0]!;
  return key === "Resource" && (Array.isArray(value) ? value.includes("*") : value === "*");
}

/** The version of the policy language that a policy is written in; undefined: it names none. */
export function languageOf({ text }: Pick<PolicyDocument, "text">): unknown {
  return (JSON.parse(text) as JsonObject)["Version"];
}

/** Whether it matters to a statement in which version of the language its policy is. */
export function hasVariables({ rest }: Pick<Said, "rest">): boolean {
  return rest.includes("${");
}

/**
 * Without the version 2012-10-17, a policy variable is a text like any other (IAM User Guide, "IAM
 * JSON policy elements: Version").
 */
function restOf({ effect, others }: Statement, language: unknown): string {
  const sorted = others.map(({ key, value }) => [key, value] as const)
    .toSorted(([a], [b]) => compareText(a, b));
  const rest = canonicalJson([effect, ...sorted]);
  return rest.includes("${") ? `${rest} ${String(language)}` : rest;
}
