import type { PatternEntry, PolicyDocument, Span, Statement } from "./document.ts";
import { readJson } from "./json_node.ts";
import type { NewActions, NewPattern, Outcome } from "./removal.ts";

/**
 * The text of a policy with rewritten statements. Everything that stays keeps its letters, white
 * space and place; new parts look like their neighbours.
 *
 * @param outcomes for each statement
 * @returns null: nothing is left of the policy
 */
export function writeText(document: PolicyDocument, outcomes: readonly Outcome[]): string | null {
  if (outcomes.every((outcome) => outcome === "same")) return document.text;
  if (outcomes.every((outcome) => outcome === "gone")) return null;
  const texts = document.statements.map((statement, at): string[] => {
    const outcome = outcomes[at]!;
    if (outcome === "gone") return [];
    if (outcome === "same") return [textAt(document, statement.span)];
    return [statementText(document, statement, outcome)];
  });
  const { text, statements } = document;
  const first = statements[0]!.span.from;
  const last = statements.at(-1)!.span.to;
  const items = statements.map(({ span }) => span);
  return text.slice(0, first) + itemTexts(text, items, texts, ",") + text.slice(last);
}

/** A statement that allows actions for what another one is about. */
export type NewStatement = {
  readonly actions: readonly string[];
  /** The statement that has the resources and conditions, and its policy. */
  readonly like: { readonly document: PolicyDocument; readonly statement: Statement };
};

/** The text of a policy with more statements at its end. What it has keeps its letters. */
export function appendStatements(
  { text, statements, isSingle }: Pick<PolicyDocument, "text" | "statements" | "isSingle">,
  added: readonly NewStatement[],
): string {
  const last = statements.at(-1)?.span;
  if (last === undefined) {
    const { key, value } = readJson(text).members!.find(({ key }) => key.value === "Statement")!;
    const layout = layoutOf(text, key.offset);
    const items = added.map((one) => newStatementText(one, text, layout.open));
    return text.slice(0, value.offset) + listText(items, layout) +
      text.slice(value.offset + value.length);
  }
  const { close: line, comma } = layoutOf(text, last.from);
  const items = [textAt({ text }, last), ...added.map((one) => newStatementText(one, text, line))];
  const list = items.join(line === "" ? comma : `,${line}`);
  return text.slice(0, last.from) + (isSingle ? `[${list}]` : list) + text.slice(last.to);
}

/** The text of a policy that has only these statements. @param language undefined: it names none */
export function newPolicyText(language: unknown, added: readonly NewStatement[]): string {
  const Version = language === undefined ? {} : { Version: language };
  const text = JSON.stringify({ ...Version, Statement: [] }, null, 2);
  return appendStatements({ text, statements: [], isSingle: false }, added);
}

/**
 * Its values keep their letters: a number may have more digits than a program keeps.
 *
 * @param line what begins a line of the statement; empty: the policy is written on one line
 */
function newStatementText(
  { actions, like: { document, statement } }: NewStatement,
  text: string,
  line: string,
): string {
  const own = textAt(document, statement.span);
  const others = readJson(own).members!
    .filter(({ key }) => !["Sid", "Effect", "Action", "NotAction"].includes(key.value))
    .map(({ key, value }) =>
      [key.value, own.slice(value.offset, value.offset + value.length)] as const
    );
  const space = /":\s/.test(text) ? " " : "";
  const unit = indentUnit(text);
  const layoutAt = (close: string): Layout =>
    line === ""
      ? { open: "", comma: `,${space}`, close: "" }
      : { open: `${close}${unit}`, comma: `,${close}${unit}`, close };
  const { open, comma, close } = layoutAt(line);
  const list = listText(actions.map((one) => JSON.stringify(one)), layoutAt(`${line}${unit}`));
  const members = [["Effect", '"Allow"'], ["Action", list], ...others]
    .map(([key, value]) => `${JSON.stringify(key)}:${space}${value}`);
  return `{${open}${members.join(comma)}${close}}`;
}

function statementText(
  document: PolicyDocument,
  statement: Statement,
  actions: NewActions,
): string {
  const { text } = document;
  const { span, keySpan, valueSpan } = statement;
  return text.slice(span.from, keySpan.from) + JSON.stringify(actions.element) +
    text.slice(keySpan.to, valueSpan.from) + valueText(document, statement, actions) +
    text.slice(valueSpan.to, span.to);
}

function valueText(document: PolicyDocument, statement: Statement, actions: NewActions): string {
  const { text } = document;
  const texts = actions.inPlaceOf.map((patterns) =>
    patterns.map((pattern) => patternText(document, pattern))
  );
  const layout = layoutOf(text, statement.keySpan.from);
  if (!statement.isList) {
    const all = texts.flat();
    return all.length === 1 ? all[0]! : listText(all, layout);
  }
  const items = statement.patterns.map(({ span }) => span);
  const { from, to } = statement.valueSpan;
  return text.slice(from, items[0]!.from) +
    itemTexts(text, items, texts, separatorOf(text, items, statement.valueSpan, layout)) +
    text.slice(items.at(-1)!.to, to);
}

/** The text between two items of a list, also if the list had only one. */
function separatorOf(text: string, items: readonly Span[], list: Span, layout: Layout): string {
  if (items.length > 1) return text.slice(items[0]!.to, items[1]!.from);
  const before = text.slice(list.from + 1, items[0]!.from);
  return before.includes("\n") ? `,${before}` : layout.comma;
}

function patternText(document: PolicyDocument, pattern: NewPattern): string {
  return "span" in pattern ? textAt(document, (pattern as PatternEntry).span) : JSON.stringify(
    pattern.pattern,
  );
}

function textAt({ text }: Pick<PolicyDocument, "text">, { from, to }: Span): string {
  return text.slice(from, to);
}

/** How a policy's text is laid out around one of its keys. */
type Layout = {
  /** Before the first item of a list, after each comma and before its end, white space and all. */
  readonly open: string;
  readonly comma: string;
  readonly close: string;
};

/**
 * The layout of a list as the value of a key: on several lines if the key begins a line, else on
 * one, with a space after commas if the text has one after colons.
 *
 * @param key where the key begins
 */
function layoutOf(text: string, key: number): Layout {
  const line = text.lastIndexOf("\n", key - 1) + 1;
  const indent = text.slice(line, key);
  if (line > 0 && /^[ \t]*$/.test(indent)) {
    const inner = `\n${indent}${indentUnit(text)}`;
    return { open: inner, comma: `,${inner}`, close: `\n${indent}` };
  }
  return { open: "", comma: /":\s/.test(text) ? ", " : ",", close: "" };
}

/** The white space before the first indented line. */
function indentUnit(text: string): string {
  return /\n([ \t]+)\S/.exec(text)?.[1] ?? "  ";
}

/** A list with its brackets. */
function listText(items: readonly string[], { open, comma, close }: Layout): string {
  return `[${open}${items.join(comma)}${close}]`;
}

/**
 * The text from the first to the last item of a list after each item was replaced by none, one or
 * several: neighbours keep the text between them.
 *
 * @param separator between several items that replace one
 */
function itemTexts(
  text: string,
  items: readonly Span[],
  texts: readonly (readonly string[])[],
  separator: string,
): string {
  let written = "";
  let isFirst = true;
  items.forEach((_, at) => {
    for (const [place, item] of texts[at]!.entries()) {
      if (!isFirst) {
        written += place === 0 ? text.slice(items[at - 1]!.to, items[at]!.from) : separator;
      }
      written += item;
      isFirst = false;
    }
  });
  return written;
}
