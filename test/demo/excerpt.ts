/** What of an output is shown. */
export interface Shown {
  /** The paragraphs by which the story goes on. Default: all. */
  readonly show?: readonly RegExp[];
  /** At most so many lines of each. Default: 8. */
  readonly lines?: number;
}

/** A line as it was printed, or how many were left out. */
export type Line = string | { readonly leftOut: number };

/**
 * The paragraphs of an output that are asked for, as they were printed; what stands between is
 * counted.
 *
 * @throws Error where nothing was printed that the story is about
 */
export function excerptOf(
  text: string,
  { show, lines = 8 }: Shown,
  command: string,
): readonly Line[] {
  const paragraphs = text.trimEnd().split("\n\n");
  // deno-lint-ignore no-control-regex
  const plain = (paragraph: string) => paragraph.replaceAll(/\u001b\[[0-9;]*m/g, "");
  for (const wanted of show ?? []) {
    if (!paragraphs.some((one) => wanted.test(plain(one)))) {
      throw new Error(`"${command}" printed nothing like ${wanted}:\n${text}`);
    }
  }
  const shown: Line[] = [];
  let leftOut = 0;
  const leave = () => {
    if (leftOut > 0) shown.push({ leftOut });
    leftOut = 0;
  };
  for (const paragraph of paragraphs) {
    const own = paragraph.split("\n");
    const isWanted = show === undefined || show.some((wanted) => wanted.test(plain(paragraph)));
    if (!isWanted) {
      leftOut += own.length;
      continue;
    }
    if (shown.length > 0 && leftOut === 0) shown.push("");
    leave();
    shown.push(...own.slice(0, lines));
    leftOut += Math.max(0, own.length - lines);
  }
  leave();
  return shown;
}
