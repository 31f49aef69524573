import { dayText } from "../../core/cli/words.ts";

const INSTANT = /\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z/g;

/**
 * The exact instants in a sentence of the audit's own, as people read them. Not for sentences that
 * hold tags: what somebody wrote is shown as it is.
 */
export function readInstants(sentence: string, now: Date): string {
  return sentence.replaceAll(INSTANT, (text) => {
    const instant = new Date(text);
    return Number.isNaN(instant.getTime()) ? text : dayText(instant, now);
  });
}
