import type { Json } from "../../core/json.ts";
import { type JsonMember, type JsonNode, readJson } from "./json_node.ts";

/** A part of a policy's text, from its first character to the one after its last. */
export type Span = {
  readonly from: number;
  readonly to: number;
};

/** One pattern of a statement's actions. */
export type PatternEntry = {
  /** As the policy says it, in its case. */
  readonly pattern: string;
  /** The string with its quotes. */
  readonly span: Span;
};

/** Another element of a statement: `Resource`, `Condition`. */
type OtherElement = {
  readonly key: string;
  readonly value: Json;
};

/** One statement of a policy, with the places of its parts in the text. */
export type Statement = {
  /** Its place in the policy, from 0. */
  readonly index: number;
  /** undefined: it has none. An empty Sid is a Sid. */
  readonly sid: string | undefined;
  readonly effect: "Allow" | "Deny";
  readonly element: "Action" | "NotAction";
  readonly patterns: readonly PatternEntry[];
  /** Whether its actions are an array. */
  readonly isList: boolean;
  /** All but Sid, Effect and the actions. */
  readonly others: readonly OtherElement[];
  readonly span: Span;
  /** The key `"Action"` or `"NotAction"`, with its quotes. */
  readonly keySpan: Span;
  /** The string or the array after it. */
  readonly valueSpan: Span;
};

/** A policy as IAM keeps it. What is not read here stays in the text. */
export type PolicyDocument = {
  readonly name: string;
  /** The text that IAM keeps. */
  readonly text: string;
  readonly statements: readonly Statement[];
  /** Whether `Statement` is an object and not an array of them. */
  readonly isSingle: boolean;
};

const DOCUMENT_KEYS: ReadonlySet<string> = new Set(["Version", "Id", "Statement"]);
const OTHER_KEYS: ReadonlySet<string> = new Set([
  "Principal",
  "NotPrincipal",
  "Resource",
  "NotResource",
  "Condition",
]);

/**
 * Reads a policy from its text (IAM User Guide, "Grammar of the IAM JSON policy language").
 *
 * @param name the policy's, for messages
 * @throws MalformedPolicyError if it does not follow the grammar exactly
 */
export function parsePolicy(text: string, name: string): PolicyDocument {
  const root = parseJson(text, name);
  if (root.type !== "object") throw new MalformedPolicyError(name, "", "is not a JSON object");
  refuseRepeatedKeys(root, name);
  for (const key of members(root).keys()) {
    if (!DOCUMENT_KEYS.has(key)) {
      throw new MalformedPolicyError(name, key, "is no element of a policy");
    }
  }
  const statement = members(root).get("Statement")?.value;
  if (!statement) throw new MalformedPolicyError(name, "", "has no Statement");
  if (statement.type === "object") {
    return { name, text, statements: [readStatement(statement, 0, name)], isSingle: true };
  }
  if (statement.type !== "array") {
    throw new MalformedPolicyError(name, "Statement", "is neither an object nor an array");
  }
  const statements = (statement.items ?? []).map((node, at) => readStatement(node, at, name));
  return { name, text, statements, isSingle: false };
}

function parseJson(text: string, name: string): JsonNode {
  try {
    return readJson(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new MalformedPolicyError(name, "", `is not JSON (${error.message})`);
  }
}

function readStatement(node: JsonNode, index: number, name: string): Statement {
  const where = `Statement[${index}]`;
  const fail = (key: string, what: string): never => {
    throw new MalformedPolicyError(name, key === "" ? where : `${where}.${key}`, what);
  };
  if (node.type !== "object") fail("", "is not an object");
  const found = members(node);
  const effect = found.get("Effect")?.value.value;
  if (effect !== "Allow" && effect !== "Deny") {
    return fail("Effect", 'is neither "Allow" nor "Deny"');
  }
  const sid = found.get("Sid")?.value;
  if (sid && typeof sid.value !== "string") fail("Sid", "is not a string");
  const element = found.has("Action") ? "Action" : "NotAction";
  const actions = found.get(element);
  if (!actions) return fail("", "has neither Action nor NotAction");
  if (element === "Action" && found.has("NotAction")) fail("", "has both Action and NotAction");
  const others: OtherElement[] = [];
  for (const [key, { value }] of found) {
    if (key === "Sid" || key === "Effect" || key === element) continue;
    if (!OTHER_KEYS.has(key)) fail(key, "is no element of a statement");
    others.push({ key, value: valueOf(value) });
  }
  return {
    index,
    sid: sid?.value as string | undefined,
    effect,
    element,
    patterns: readPatterns(actions.value, (what) => fail(element, what)),
    isList: actions.value.type === "array",
    others,
    span: spanOf(node),
    keySpan: spanOf(actions.key),
    valueSpan: spanOf(actions.value),
  };
}

function readPatterns(value: JsonNode, fail: (what: string) => never): PatternEntry[] {
  const nodes = value.items ?? [value];
  if (nodes.length === 0) fail("is an empty list");
  return nodes.map((node) => {
    if (node.type !== "string") return fail("has something that is not a string");
    return { pattern: node.value as string, span: spanOf(node) };
  });
}

/** The members of an object by key; a Map, since a policy may well say "constructor". */
function members(node: JsonNode): Map<string, JsonMember> {
  return new Map((node.members ?? []).map((member) => [member.key.value, member]));
}

/** As plain data; an object becomes pairs, sorted by key, so that equal values look equal. */
function valueOf(node: JsonNode): Json {
  if (node.items) return node.items.map(valueOf);
  if (node.type !== "object") return node.value ?? null;
  const pairs = [...members(node)].map(([key, { value }]) => [key, valueOf(value)] as const);
  return { members: pairs.sort(([a], [b]) => a < b ? -1 : 1) };
}

function spanOf(node: JsonNode): Span {
  return { from: node.offset, to: node.offset + node.length };
}

/**
 * Refuses a key with two values: one would silently win, and it is not known which one AWS takes.
 *
 * @throws MalformedPolicyError
 */
function refuseRepeatedKeys(node: JsonNode, policy: string, where = ""): void {
  node.items?.forEach((item, at) => {
    if (holdsMore(item)) refuseRepeatedKeys(item, policy, `${where}[${at}]`);
  });
  if (!node.members) return;
  const seen = new Set<string>();
  for (const { key, value } of node.members) {
    const path = where === "" ? key.value : `${where}.${key.value}`;
    if (seen.has(key.value)) throw new MalformedPolicyError(policy, path, "stands there twice");
    seen.add(key.value);
    if (holdsMore(value)) refuseRepeatedKeys(value, policy, path);
  }
}

function holdsMore({ items, members }: JsonNode): boolean {
  return items !== undefined || members !== undefined;
}

/**
 * A policy that cannot be understood completely. Nothing is ever removed from a role that has one:
 * it is not known what it grants.
 */
export class MalformedPolicyError extends Error {
  override readonly name = "MalformedPolicyError";

  /**
   * @param policy the policy's name
   * @param where the place in it, such as `Statement[2].Effect`; empty: the document itself
   * @param what what is wrong there, such as `is neither "Allow" nor "Deny"`
   */
  constructor(readonly policy: string, readonly where: string, readonly what: string) {
    super(
      `The policy "${policy}" cannot be understood: ${where === "" ? "it" : where} ${what}. ` +
        `Its role is left alone until somebody corrects it`,
    );
  }
}
