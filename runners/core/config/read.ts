import {
  getNodeValue,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
  stripComments,
} from "jsonc-parser";
import { ConfigError } from "../errors.ts";
import { placeIn } from "./text.ts";

/**
 * Reads JSON with comments.
 *
 * @param file its name, for messages
 * @throws ConfigError with line and column where the text is not JSON, or says a key twice: of two
 * values one would silently win.
 */
export function readJsonc(text: string, file: string): unknown {
  const source = text.startsWith("\uFEFF") ? text.slice(1) : text;
  const errors: ParseError[] = [];
  if (stripComments(source).trim() === "") throw new ConfigError([`${file} is empty`]);
  const at = (offset: number) => `${file}:${placeIn(source, offset)}`;
  const tree = treeOf(source, errors, file);
  const problems = errors.map((error) =>
    `${at(error.offset)} is not JSON: ${sentence(printParseErrorCode(error.error))}`
  );
  if (tree) problems.push(...repeatedKeys(tree, at));
  if (problems.length > 0) throw new ConfigError(problems);
  return getNodeValue(tree!);
}

/** @throws ConfigError where the text is nested more deeply than can be read */
function treeOf(source: string, errors: ParseError[], file: string): Node | undefined {
  try {
    return parseTree(source, errors, { allowTrailingComma: true });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ConfigError([`${file} is nested too deeply for a configuration`], { cause: error });
  }
}

function repeatedKeys(node: Node, at: (offset: number) => string): string[] {
  const own: string[] = [];
  if (node.type === "object") {
    const seen = new Set<string>();
    for (const property of node.children ?? []) {
      const key = property.children?.[0];
      if (!key) continue;
      if (seen.has(String(key.value))) {
        own.push(`${at(key.offset)} says "${key.value}" a second time`);
      }
      // It would set the prototype of an object, and the setting would be lost without a word.
      if (key.value === "__proto__") {
        own.push(`${at(key.offset)} says "__proto__", which is no setting`);
      }
      seen.add(String(key.value));
    }
  }
  return [...own, ...(node.children ?? []).flatMap((child) => repeatedKeys(child, at))];
}

/** "PropertyNameExpected" -> "property name expected" */
function sentence(code: string): string {
  return code.replaceAll(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase();
}
