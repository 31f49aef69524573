import type { ReportDocument } from "../../runners/core/report/sink.ts";

/** Legal inside JSON, but many readers take them for the end of a line. */
const LINE_ENDS = /[\u0085\u2028\u2029]/g;

/** Documents as JSON lines: one per line, each with its `_id` first. */
export function* jsonLines(documents: readonly ReportDocument[]): Generator<string> {
  for (const document of documents) yield jsonLine(document);
}

function jsonLine({ id, body }: ReportDocument): string {
  const { _id: _, ...fields } = body;
  const line = JSON.stringify({ _id: id, ...fields });
  return line.replace(
    LINE_ENDS,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  ) + "\n";
}
