import type { Text } from "../text/sections.ts";
import type { Served } from "./serve_queues.ts";

/** What `serve` says when it ends, in one line for people. */
export function servedText(
  { handled, duplicate, rejected, deferred, left, undeleted, stopped }: Served,
): Text {
  const parts = [
    [handled, "handled"],
    [duplicate, "known already"],
    [rejected, "rejected"],
    [deferred, "stored to be tried again"],
    [left, "left to be tried again"],
    [undeleted, "done with but not deleted"],
  ] as const;
  const said = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  const messages = said.length === 0 ? "There was no message" : `Messages: ${said.join(", ")}`;
  return [[`${messages}.${stopped ? " Stopped by a signal." : ""}`]];
}
