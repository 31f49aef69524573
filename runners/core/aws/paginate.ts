/** An answer that is not complete: a token that repeats, or a body without its list. */
export class IncompleteAnswerError extends Error {
  override readonly name = "IncompleteAnswerError";
}

/**
 * Every page, or an error: a part of a list must not be taken for all of it. A page may be short or
 * empty and still have a successor; only the absent token ends them.
 *
 * @param action for messages, such as `ec2:DescribeInstances`
 * @param ask asks for the page of a token, undefined for the first
 * @param read takes the items and the next token out of a page; items undefined means that the
 * answer lacks its list, which an empty list never does
 * @throws IncompleteAnswerError when a token was seen before or a list is missing
 */
export async function* pages<Page, Item>(
  action: string,
  ask: (token: string | undefined) => Promise<Page>,
  read: (page: Page) => { items: readonly Item[] | undefined; next: string | undefined },
): AsyncGenerator<readonly Item[]> {
  const seen = new Set<string>();
  let token: string | undefined;
  for (;;) {
    const { items, next } = read(await ask(token));
    if (items === undefined) {
      throw new IncompleteAnswerError(`${action} answered without its list; nothing is concluded`);
    }
    yield items;
    if (!next) return;
    if (seen.has(next)) {
      throw new IncompleteAnswerError(
        `${action} gave the same page token twice; what it left out is unknown`,
      );
    }
    seen.add(next);
    token = next;
  }
}

/**
 * The next token of a page that pages as IAM's do: by `IsTruncated` and `Marker` (IAM API Reference).
 *
 * @throws IncompleteAnswerError when the page says that there is more, and not where
 */
export function nextMarker(
  action: string,
  page: { readonly IsTruncated?: boolean | undefined; readonly Marker?: string | undefined },
): string | undefined {
  if (page.IsTruncated === false) return undefined;
  if (page.IsTruncated && !page.Marker) {
    throw new IncompleteAnswerError(
      `${action} says that there is more and not where; what it left out is unknown`,
    );
  }
  return page.Marker || undefined;
}

/**
 * What a record of an answer must say, since nothing can be done without it.
 *
 * @param action for messages, such as `ec2:DescribeInstances`
 * @param subject whose record it is, such as "a unit"
 * @throws IncompleteAnswerError where it is missing or empty
 */
export function told(
  value: string | undefined,
  action: string,
  subject: string,
  field: string,
): string {
  if (value) return value;
  throw new IncompleteAnswerError(
    `${action} answered with ${subject} without ${field}; nothing is concluded`,
  );
}

export async function allItems<Page, Item>(
  ...question: Parameters<typeof pages<Page, Item>>
): Promise<Item[]> {
  const items: Item[] = [];
  for await (const page of pages(...question)) items.push(...page);
  return items;
}
