/**
 * Forced small pages. moto and MiniStack answer many lists whole, or page by reservations; here
 * the full answer is fetched, held, and handed out in pages of a chosen size.
 */

import { type Answer, textOf } from "./answer.ts";
import type { Call } from "./call_log.ts";
import { type CallMatch, matches } from "./match.ts";
import type { AwsRequest } from "./request.ts";
import { cutSet, elementText } from "./xml_text.ts";

export interface PageRule {
  readonly match: CallMatch;
  readonly size: number;
  /** Every page says that there is more, with the same token: a broken server. */
  readonly repeatToken?: boolean;
}

/** How an action pages. */
interface Shape {
  /** Name of the list in the answer. */
  readonly list: string;
  /** Name of an element in XML; absent for JSON. */
  readonly item?: string;
  /** Token in the request and in the answer, and the wanted size. */
  readonly token: readonly [request: string, answer: string];
  readonly limit: string;
}

const ec2 = (list: string): Shape => ({
  list,
  item: "item",
  token: ["NextToken", "nextToken"],
  limit: "MaxResults",
});
const iam = (list: string): Shape => ({
  list,
  item: "member",
  token: ["Marker", "Marker"],
  limit: "MaxItems",
});
const organizations = (list: string): Shape => ({
  list,
  token: ["NextToken", "NextToken"],
  limit: "MaxResults",
});

const shapes: Readonly<Record<string, Shape>> = {
  "ec2:DescribeImages": ec2("imagesSet"),
  "ec2:DescribeInstances": ec2("reservationSet"),
  "ec2:DescribeSnapshots": ec2("snapshotSet"),
  "ec2:DescribeTags": ec2("tagSet"),
  "ec2:DescribeVolumes": ec2("volumeSet"),
  "iam:ListAccountAliases": iam("AccountAliases"),
  "iam:ListRolePolicies": iam("PolicyNames"),
  "iam:ListRoles": iam("Roles"),
  "iam:ListUsers": iam("Users"),
  "organizations:ListAccounts": organizations("Accounts"),
  "organizations:ListAccountsForParent": organizations("Accounts"),
  "organizations:ListChildren": organizations("Children"),
  "organizations:ListOrganizationalUnitsForParent": organizations("OrganizationalUnits"),
};

interface OpenList {
  readonly answer: Answer;
  readonly entries: readonly Entry[];
  readonly size: number;
  /** The token of every page, if it is always the same. */
  readonly repeated: string | null;
}

/** An item, and for an instance its reservation around it. */
interface Entry {
  readonly text: string;
  readonly before: string;
  readonly after: string;
}

export class Pages {
  readonly #rules: PageRule[] = [];
  /** The rest of a list that was begun, by token; the position stands in the token. */
  readonly #open = new Map<string, { list: OpenList; from: number }>();

  /** Pages matching calls from now on. Returns what ends it. Throws a TypeError for a bad size. */
  add(rule: PageRule): () => void {
    if (!Number.isInteger(rule.size) || rule.size < 1) {
      throw new TypeError(`A page needs a size of at least 1, not ${rule.size}`);
    }
    this.#rules.unshift(rule);
    return () => this.#rules.splice(this.#rules.indexOf(rule), 1);
  }

  /** The size that a rule wants of a call's pages; Infinity where none does. */
  sizeFor(call: Call): number {
    return this.#rules.find((rule) => matches(rule.match, call))?.size ?? Infinity;
  }

  /**
   * Answers a call that a rule pages; null if none does.
   * @param fetchPage forwards the call with some parameters changed, undefined taking them out
   */
  async answer(
    call: Call,
    request: AwsRequest,
    fetchPage: (changes: Readonly<Record<string, string | undefined>>) => Promise<Answer>,
  ): Promise<Answer | null> {
    const shape = shapes[request.action];
    if (shape === undefined) return null;
    const begun = this.#open.get(request.parameters[shape.token[0]] ?? "");
    if (begun !== undefined) return this.#page(shape, begun.list, begun.from);

    const rule = this.#rules.find((rule) => matches(rule.match, call));
    if (rule === undefined) return null;
    const entries: Entry[] = [];
    const asked = Number(request.parameters[shape.limit] ?? Infinity);
    let changes: Record<string, string | undefined> = { [shape.limit]: undefined };
    while (true) {
      const answer = await fetchPage(changes);
      if (answer.status !== 200) return answer;
      const text = textOf(answer);
      entries.push(...entriesOf(shape, text));
      const token = tokenIn(shape, text);
      if (token === null) {
        const size = Math.min(rule.size, asked);
        const repeated = rule.repeatToken ? `repeated-${crypto.randomUUID()}` : null;
        return this.#page(shape, { answer, entries, size, repeated }, 0);
      }
      changes = { ...changes, [shape.token[0]]: token };
    }
  }

  #page(shape: Shape, list: OpenList, from: number): Answer {
    const end = from + list.size;
    const more = end < list.entries.length;
    let token: string | null = null;
    if (list.repeated !== null && (more || from > 0)) {
      token = list.repeated;
      this.#open.set(token, { list, from: list.size });
    } else if (more) {
      token = `page-${crypto.randomUUID()}`;
      this.#open.set(token, { list, from: end });
    }
    const body = withEntries(shape, textOf(list.answer), list.entries.slice(from, end), token);
    return { ...list.answer, body };
  }
}

function tokenIn(shape: Shape, text: string): string | null {
  if (shape.item !== undefined) return elementText(text, shape.token[1]) || null;
  return (JSON.parse(text) as Record<string, string | undefined>)[shape.token[1]] ?? null;
}

function entriesOf(shape: Shape, text: string): Entry[] {
  if (shape.item === undefined) {
    const items = (JSON.parse(text) as Record<string, unknown[] | undefined>)[shape.list] ?? [];
    return items.map((item) => ({ text: JSON.stringify(item), before: "", after: "" }));
  }
  const { items } = cutSet(text, shape.list, shape.item);
  if (shape.list !== "reservationSet") {
    return items.map((text) => ({ text, before: "", after: "" }));
  }
  // A page counts instances, so a reservation may be continued on the next one.
  return items.flatMap((reservation) => {
    const { before, items, after } = cutSet(reservation, "instancesSet");
    return items.map((text) => ({ text, before, after }));
  });
}

function withEntries(
  shape: Shape,
  text: string,
  entries: readonly Entry[],
  token: string | null,
): string {
  const [, name] = shape.token;
  if (shape.item === undefined) {
    const answer = JSON.parse(text) as Record<string, unknown>;
    answer[shape.list] = entries.map((entry) => JSON.parse(entry.text));
    if (token !== null) answer[name] = token;
    return JSON.stringify(answer);
  }
  const set = cutSet(text, shape.list, shape.item);
  if (set.before === "") return text;
  const pieces = entries.map((entry, i) => {
    const opens = entries[i - 1]?.before !== entry.before || entry.before === "";
    const closes = entries[i + 1]?.before !== entry.before || entry.before === "";
    return (opens ? entry.before : "") + entry.text + (closes ? entry.after : "");
  });
  const after = set.after.replace(/<IsTruncated>\w+<\/IsTruncated>/, "")
    .replace(new RegExp(`<${name}>[^<]*</${name}>`), "");
  const closing = `</${shape.list}>`;
  const truncated = name === "Marker" ? `<IsTruncated>${token !== null}</IsTruncated>` : "";
  const more = token === null ? "" : `<${name}>${token}</${name}>`;
  // Elements before the list (as EC2 writes nextToken in some answers) go too.
  const before = set.before.replace(new RegExp(`<${name}>[^<]*</${name}>`), "")
    .replace(/<IsTruncated>\w+<\/IsTruncated>/, "");
  return before + pieces.join("") + closing + truncated + more + after.slice(closing.length);
}
