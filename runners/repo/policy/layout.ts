import type { Span } from "./document.ts";

/** How a policy's text is laid out around one of its keys. */
export type Layout = {
  /** Before the first item of a list, after each comma and before its end, white space and all. */
  readonly open: string;
  readonly comma: string;
  readonly close: string;
};

/**
 * How a list would be laid out as the value of a key: over several lines where the key begins a
 * line, else in one, with a blank after the comma where one stands after colons.
 *
 * @param key where the key begins
 */
export function layoutOf(text: string, key: number): Layout {
  const line = text.lastIndexOf("\n", key - 1) + 1;
  const indent = text.slice(line, key);
  if (line > 0 && /^[ \t]*$/.test(indent)) {
    const inner = `\n${indent}${indentUnit(text)}`;
    return { open: inner, comma: `,${inner}`, close: `\n${indent}` };
  }
  return { open: "", comma: /":\s/.test(text) ? ", " : ",", close: "" };
}

/** The white space by which the first line that is indented is. */
function indentUnit(text: string): string {
  return /\n([ \t]+)\S/.exec(text)?.[1] ?? "  ";
}

/** A whole list. */
export function listText(items: readonly string[], { open, comma, close }: Layout): string {
  return `[${open}${items.join(comma)}${close}]`;
}

/**
 * What stands between the first and the last item of a list once each item has become none, one or
 * several: neighbours keep what stood between them.
 *
 * @param separator between the several that one becomes
 */
export function itemTexts(
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
