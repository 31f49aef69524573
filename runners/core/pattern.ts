import { createRequire } from "node:module";
import { messageOf } from "./errors.ts";
import { linearSyntax } from "./pattern_syntax.ts";

/** RE2 of a pattern: it needs time in proportion to the text, whatever the pattern. */
interface Compiled {
  test(text: string): boolean;
  programSize(): number;
}

/**
 * Steps of a compiled pattern. A text of 256 characters takes up to some 10 ms by the largest one;
 * `^[a-z]{1,1000}$` has 2,003.
 */
const LARGEST = 2_500;

/** Texts whose match is remembered by pattern: many things have one value, and a run judges twice. */
const REMEMBERED = 100_000;

/** Loaded with the first pattern: most configurations have none. */
const require = createRequire(import.meta.url);

const compiled = new Map<string, Compiled | string>();
const matches = new Map<string, Map<string, boolean>>();

/**
 * Why a pattern that a person wrote cannot be used, in a sentence that begins with "must"; undefined
 * where it can. A pattern is a regular expression of JavaScript with the flag "u", as far as it can
 * be tried in linear time: text from outside, such as a tag, must never hang a run.
 */
export function patternProblem(pattern: string): string | undefined {
  const found = compile(pattern);
  return typeof found === "string" ? found : undefined;
}

/**
 * Whether a pattern matches somewhere in a text; anchors are the pattern's own.
 *
 * @throws RangeError where the pattern has a problem, which its configuration tells
 */
export function matchesText(pattern: string, text: string): boolean {
  const found = compile(pattern);
  if (typeof found === "string") throw new RangeError(`The pattern ${pattern} ${found}`);
  const known = matches.getOrInsertComputed(pattern, () => new Map());
  const matched = known.get(text) ?? found.test(text);
  if (known.size < REMEMBERED) known.set(text, matched);
  return matched;
}

function compile(pattern: string): Compiled | string {
  return compiled.getOrInsertComputed(pattern, compileUncached);
}

function compileUncached(pattern: string): Compiled | string {
  try {
    new RegExp(pattern, "u");
  } catch (error) {
    if (error instanceof SyntaxError) return `must be a regular expression (${error.message})`;
    throw error;
  }
  const syntax = linearSyntax(pattern);
  if ("problem" in syntax) return syntax.problem;
  const { RE2JS, RE2JSException } = require("re2js") as typeof import("re2js");
  try {
    const program: Compiled = RE2JS.compile(syntax.text);
    return program.programSize() > LARGEST
      ? `must be smaller: it has ${program.programSize()} steps, and ${LARGEST} are allowed. ` +
        'Repeat less often, or without a number ("*")'
      : program;
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    return problemOf(messageOf(error));
  }
}

function problemOf(message: string): string {
  if (message.includes("repeat count")) {
    return 'must not repeat anything more than 1,000 times: use "*" or "+"';
  }
  const unknown = /`(\\[pP]\{[^}]*\})`/.exec(message);
  return unknown
    ? `must not use ${unknown[1]}: use a category such as \\p{L}, or a script, \\p{Script=Greek}`
    : `must be a regular expression that RE2 can try (${message})`;
}
