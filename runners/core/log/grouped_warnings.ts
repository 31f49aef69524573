import { counted, fewText } from "../cli/words.ts";
import type { Log, LogFields } from "./log.ts";

/** How many places a line names. */
const NAMED = 3;

/**
 * A log that keeps warnings until all is read: those that many places give for one reason are one
 * line. A warning without a reason is written at once.
 *
 * @returns the log, and what writes the warnings that it has kept
 */
export function groupedWarnings(log: Log): { readonly log: Log; readonly flush: () => void } {
  const kept = new Map<string, [event: string, all: LogFields[]]>();
  const warn: Log["warn"] = (event, fields = {}) => {
    const { reason } = fields;
    if (typeof reason !== "string") return log.warn(event, fields);
    const [, all] = kept.getOrInsertComputed(`${event}\n${reason}`, () => [event, []]);
    all.push(fields);
  };
  const flush = () => {
    for (const [event, [first = {}, ...others]] of kept.values()) {
      if (others.length === 0) log.warn(event, first);
      else log.warn(...together(event, [first, ...others]));
    }
    kept.clear();
  };
  return { log: { ...log, warn }, flush };
}

/** One line for all: how many places, the first of them, and the detail of the first. */
function together(event: string, all: readonly LogFields[]): [event: string, fields: LogFields] {
  const { reason, detail } = all[0]!;
  const places = all.map(({ account, region }) =>
    [account, region].filter((part) => part !== undefined).join(" ")
  );
  const said = `${event} in ${counted(all.length, "account-region")} (${reason}): ` +
    fewText(places, NAMED);
  return [said, { reason, detail, count: all.length }];
}
