/**
 * Cuts the XML that EC2, IAM and STS answer with, as text. No parser: the servers escape every
 * value, so a tag in the text is always markup, and the answers of large worlds stay cheap.
 */

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

/** The text with `&`, `<`, `>` and `"` escaped. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? character);
}

/** The text that escaped text stands for. */
export function unescapeXml(text: string): string {
  return text.replace(/&(?:amp|lt|gt|quot|apos|#\d+|#x[0-9a-f]+);/gi, (entity) => {
    const name = entity.slice(1, -1).toLowerCase();
    if (name.startsWith("#x")) return String.fromCodePoint(parseInt(name.slice(2), 16));
    if (name.startsWith("#")) return String.fromCodePoint(parseInt(name.slice(1), 10));
    return { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" }[name] ?? entity;
  });
}

/** The text of the first element of this name that holds only text, or null. */
export function elementText(xml: string, name: string): string | null {
  return xml.match(new RegExp(`<${name}>([^<]*)</${name}>`))?.[1] ?? null;
}

export interface Cut {
  /** Everything up to and with the set's opening tag. */
  readonly before: string;
  /** The set's direct children, each with its tags. */
  readonly items: readonly string[];
  /** From the set's closing tag on. */
  readonly after: string;
}

/**
 * Cuts the first `<set>` of the text into its direct children `<item>`, which may hold elements
 * of the same name. An empty or absent set has no items; `after` is then the whole text.
 */
export function cutSet(xml: string, set: string, item = "item"): Cut {
  const opening = `<${set}>`;
  const start = xml.indexOf(opening);
  if (start < 0) return { before: "", items: [], after: xml };
  const from = start + opening.length;
  const items: string[] = [];
  const tags = new RegExp(`<(/?)${item}(/?)>|</${set}>`, "g");
  tags.lastIndex = from;
  let depth = 0;
  let itemStart = from;
  for (let tag = tags.exec(xml); tag !== null; tag = tags.exec(xml)) {
    if (tag[1] === undefined) {
      if (depth === 0) return { before: xml.slice(0, from), items, after: xml.slice(tag.index) };
    } else if (tag[1] === "/") {
      if (--depth === 0) items.push(xml.slice(itemStart, tags.lastIndex));
    } else if (tag[2] === "/") {
      if (depth === 0) items.push(tag[0]);
    } else if (depth++ === 0) {
      itemStart = tag.index;
    }
  }
  throw new Error(`Cannot cut <${set}>: it is not closed`);
}

/** Puts a cut set together again, with other items. */
export function joinSet(cut: Cut, items: readonly string[] = cut.items): string {
  return cut.before + items.join("") + cut.after;
}
