import leven from "leven";
import * as z from "zod";
import { shown } from "../shown.ts";
import { wildcardIn } from "./literal.ts";

/**
 * Tells what is wrong with a configuration: one sentence an issue, with the path, what was found
 * and what is allowed, and a suggestion where a key looks like a misspelling.
 */
export function problemsOf(error: z.ZodError, input: unknown, schema: z.ZodType): string[] {
  return error.issues.flatMap((issue) => describeIssue(issue, [], input, schema));
}

type Path = readonly PropertyKey[];

function describeIssue(
  issue: z.core.$ZodIssue,
  above: Path,
  input: unknown,
  schema: z.ZodType,
): string[] {
  const path = [...above, ...issue.path];
  const found = valueAt(input, path);
  const at = pathText(path);
  const wrong = (says: string, more = "") => [`${at} ${says}, ${foundText(found, path)}${more}`];
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => unknownKey([...path, key], key, nodesAt(schema, path, input)));
    case "invalid_union": {
      // The type of the issue lacks them.
      if ("options" in issue && Array.isArray(issue.options)) {
        // A choice that the file may leave out is also among the options as undefined.
        const said = issue.options.filter((option) => option !== undefined);
        return wrong(`must be ${oneOfText(said)}`);
      }
      const kinds = kindsOf(issue.errors, found, allowedKeys(schema, path, input));
      if (kinds !== undefined) return [`${at} ${kinds}`];
      const best = closestBranch(issue.errors, found);
      if (best) return best.flatMap((nested) => describeIssue(nested, path, input, schema));
      return wrong(`must be ${unionText(issue.errors)}`);
    }
    case "invalid_type": {
      if (!isAccount(path)) return wrong(`must be ${typeText(issue.expected)}`);
      const isText = issue.expected === "string";
      const needsQuotes = typeof found === "number";
      return wrong(
        `must be ${isText ? "a string of twelve digits" : typeText(issue.expected)}`,
        needsQuotes ? " (an id that begins with 0 needs quotes)" : "",
      );
    }
    case "invalid_value":
      return wrong(`must be ${oneOfText(issue.values)}`);
    case "invalid_key":
      return [`${at} ${issue.issues[0]?.message ?? issue.message}`];
    case "too_small":
    case "too_big":
      return wrong(sizeText(issue));
    default: {
      const isPhrase = /^(must|needs) /.test(issue.message);
      const says = isPhrase ? issue.message : `is not allowed: ${issue.message}`;
      return wrong(says, wildcardHint(issue, found));
    }
  }
}

/** What to add where one name has a wildcard, since it was meant for many. */
function wildcardHint({ code, message }: z.core.$ZodIssue, found: unknown): string {
  const isName = code === "invalid_format" && !message.includes("*");
  const wildcard = isName && typeof found === "string" && wildcardIn(found);
  return wildcard ? `. ${wildcard} is no wildcard here: name each one by itself` : "";
}

function unknownKey(path: Path, key: string, nodes: readonly Node[]): string {
  const allowed = keysOf(nodes);
  // What people know from other tools stands in the schema's metadata.
  const instead = nodes.map(({ instead }) => valueAt(instead, [key]))
    .find((said) => typeof said === "string");
  const near = allowed.map((name) => ({ name, distance: leven(name, key) }))
    .filter(({ name, distance }) => distance <= Math.max(2, Math.floor(name.length / 3)))
    .sort((a, b) => a.distance - b.distance)[0];
  const above = path.slice(0, -1);
  const suggestion = instead !== undefined
    ? `Write ${instead}`
    : near
    ? `Did you mean ${pathText([...above, near.name])}?`
    : `Allowed there: ${allowed.join(", ")}`;
  return `${pathText(path)} is not a setting. ${suggestion}`;
}

/** Of a union's branches, the one that has the right shape, so that its own problem is told. */
function closestBranch(
  branches: readonly (readonly z.core.$ZodIssue[])[],
  found: unknown,
): readonly z.core.$ZodIssue[] | undefined {
  if (found === null || typeof found !== "object") return undefined;
  const fitting = branches.filter((issues) =>
    !issues.some((issue) => issue.path.length === 0 && issue.code !== "unrecognized_keys")
  );
  // The branch that knows the object's own keys is meant, whatever is wrong further down.
  const strange = (issues: readonly z.core.$ZodIssue[]) =>
    issues.filter((issue) => issue.path.length === 0).length;
  const best = [...fitting].sort((a, b) => strange(a) - strange(b) || a.length - b.length)[0];
  // A setting whose key is misspelt is not told as missing, too.
  const misspelt = best?.filter((issue) => issue.code === "unrecognized_keys") ?? [];
  return misspelt.length > 0 ? misspelt : best;
}

/** For a union of objects that each have one key: what is wrong with the choice of it. */
function kindsOf(
  branches: readonly (readonly z.core.$ZodIssue[])[],
  found: unknown,
  allowed: readonly string[],
): string | undefined {
  if (found === null || typeof found !== "object" || Array.isArray(found)) return undefined;
  const [first, second] = Object.keys(found).filter((key) => allowed.includes(key));
  if (Object.keys(found).length === 0) {
    const wanted = branches.flatMap((issues) => issues.flatMap(({ path: [key] }) => key ?? []));
    return `needs one of ${[...new Set(wanted.map(String))].join(", ")}`;
  }
  const eachHasOne = branches.every((issues) =>
    issues.some((issue) => issue.code === "unrecognized_keys")
  );
  return eachHasOne && first !== undefined && second !== undefined
    ? `must not have both ${first} and ${second}: leave one of them out`
    : undefined;
}

/** "must not be empty", "must be at most 100". */
function sizeText(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  if (/^(must|needs) /.test(issue.message)) return issue.message;
  const small = issue.code === "too_small";
  const size = Number(small ? issue.minimum : issue.maximum);
  if (issue.origin === "number" || issue.origin === "int") {
    return `must be at ${small ? "least" : "most"} ${size}`;
  }
  if (small && size === 1 && !issue.exact) return "must not be empty";
  const unit = issue.origin === "string" ? "character" : "item";
  const amount = issue.exact ? "exactly" : small ? "at least" : "at most";
  return `must have ${amount} ${size} ${unit}${size === 1 ? "" : "s"}`;
}

function unionText(branches: readonly (readonly z.core.$ZodIssue[])[]): string {
  const parts = branches.flatMap((issues) => issues.slice(0, 1)).map((issue) =>
    issue.code === "invalid_value"
      ? oneOfText(issue.values)
      : issue.code === "invalid_type"
      ? typeText(issue.expected)
      : issue.message
  );
  return [...new Set(parts)].join(" or ");
}

/** Whether an ID of an account stands at a path. */
function isAccount(path: Path): boolean {
  const [list, above, last] = path.slice(-3);
  return last === "id" || last === "account" || above === "exclude" || above === "accounts" ||
    list === "accounts" && above === "allExcept";
}

const TYPE_TEXT: Record<string, string> = {
  array: "a list",
  object: "an object",
  record: "an object",
  string: "a string",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  null: "null",
};

function typeText(expected: string): string {
  return TYPE_TEXT[expected] ?? expected;
}

function oneOfText(values: readonly z.core.util.Primitive[]): string {
  const texts = values.map((value) => typeof value === "string" ? `"${value}"` : String(value));
  return texts.length === 1 ? texts[0]! : `one of ${texts.join(", ")}`;
}

function foundText(found: unknown, path: Path): string {
  if (typeof found === "string" && mayBeSecret(found, path)) {
    return "found a text that is not shown, since it may be a secret";
  }
  if (found === undefined) return "found nothing";
  if (found === null) return "found null";
  if (Array.isArray(found)) return found.length === 0 ? "found an empty list" : "found a list";
  if (typeof found === "object") return "found an object";
  // JSON knows no number beyond the largest.
  const text = shown(typeof found === "number" ? String(found) : JSON.stringify(found));
  const short = text.length > 60 ? text.slice(0, 57).toWellFormed() + "…" : text;
  return `found the ${typeof found} ${short}`;
}

/** A URL, or a secret itself where the name of its environment variable should stand. */
function mayBeSecret(found: string, path: Path): boolean {
  return /^\s*\w+:\/\//.test(found) || String(path.at(-1)).endsWith("Env");
}

/** `audit.required[2].key` */
export function pathText(path: Path): string {
  if (path.length === 0) return "The configuration";
  const parts = path.map((part) =>
    typeof part === "number" ? `[${part}]` : `.${shown(String(part))}`
  );
  return parts.join("").replace(/^\./, "");
}

/** What the file says at a path; undefined if it says nothing there. */
export function valueAt(input: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, part) =>
      value !== null && typeof value === "object"
        ? (value as Record<PropertyKey, unknown>)[part]
        : undefined,
    input,
  );
}

type Node = z.core.JSONSchema.BaseSchema;

/** The keys that the schema allows at a path. */
function allowedKeys(schema: z.ZodType, path: Path, input: unknown): readonly string[] {
  return keysOf(nodesAt(schema, path, input));
}

function keysOf(nodes: readonly Node[]): readonly string[] {
  return [...new Set(nodes.flatMap((node) => Object.keys(node.properties ?? {})))];
}

/** The objects that the schema allows at a path, seen through defaults, unions and lists. */
function nodesAt(schema: z.ZodType, path: Path, input: unknown): readonly Node[] {
  let level: Node[] = [z.toJSONSchema(schema, { io: "input" })];
  for (const part of path) {
    level = level.flatMap(branches).flatMap((node) => {
      const next = typeof part === "number" ? node.items : node.properties?.[String(part)];
      return next && typeof next === "object" && !Array.isArray(next) ? [next] : [];
    });
  }
  return level.flatMap(branches).filter((node) => isMeant(node, valueAt(input, path)));
}

/** Whether what was found says the kind of this branch, or leaves out a kind that is the default. */
function isMeant({ properties = {} }: z.core.JSONSchema.BaseSchema, found: unknown): boolean {
  return Object.entries(properties).every(([key, node]) =>
    typeof node !== "object" || node.const === undefined ||
    (valueAt(found, [key]) ?? node.default) === node.const
  );
}

function branches(node: z.core.JSONSchema.BaseSchema): z.core.JSONSchema.BaseSchema[] {
  const parts = node.anyOf ?? node.oneOf;
  return parts ? parts.flatMap((branch) => branches(branch)) : [node];
}
