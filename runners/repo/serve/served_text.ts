import type { Served } from "../../core/queue/serve_queue.ts";

/** What `repo serve` says when it ends, in one line for people. */
export function servedText({ handled, duplicate, rejected, left, undeleted, stopped }: Served) {
  const parts = [
    [handled, "handled"],
    [duplicate, "known already"],
    [rejected, "rejected"],
    [left, "left to be tried again"],
    [undeleted, "done with but not deleted"],
  ] as const;
  const said = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  const messages = said.length === 0 ? "There was no message" : `Messages: ${said.join(", ")}`;
  return `${messages}.${stopped ? " Stopped by a signal." : ""}\n`;
}
