import type { Json } from "../json.ts";
import { messageOf, nameOf } from "../errors.ts";
import { visible } from "../text/wrap.ts";

/** What a log line carries besides its event: run, account, region, change and the like. */
export type LogFields = { readonly [key: string]: Json | undefined };

/** Lines for machines (stderr is no terminal) or for people (it is). Never holds a secret. */
export type Log = Readonly<Record<LogLevel, (event: string, fields?: LogFields) => void>>;

export type LogLevel = "debug" | "info" | "warn" | "error";

export interface LogOptions {
  readonly write: (line: string) => void;
  readonly now: () => Date;
  /** "json": one JSON object a line; "text": what a person reads. */
  readonly format: "json" | "text";
  /** Lines below this level are left out. */
  readonly level: LogLevel;
}

const RANK: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 };

/**
 * Makes a log. In "text", fields are left out but for those that a sentence needs.
 *
 * @example Lines for machines
 * ```ts
 * import assert from "assert";
 * import { createLog } from "./runners/core/log/log.ts";
 *
 * const lines = [];
 * const now = () => new Date("2026-11-20T12:00:00Z");
 * const write = (line) => lines.push(line);
 * const log = createLog({ write, now, format: "json", level: "info" });
 * log.debug("left out");
 * log.info("A region was read", { region: "us-east-1" });
 * const [{ level, event, region }] = lines.map((line) => JSON.parse(line));
 * assert.deepEqual([level, event, region], ["info", "A region was read", "us-east-1"]);
 * ```
 */
export function createLog(options: LogOptions): Log {
  const line = (level: LogLevel) => (event: string, fields: LogFields = {}) => {
    if (RANK[level] < RANK[options.level]) return;
    const time = options.now().toISOString();
    const text = options.format === "json"
      ? JSON.stringify({ time, level, event, ...fields })
      : readable(event, fields);
    options.write(text + "\n");
  };
  return { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") };
}

/** An error as a log field: its name, its message and that of its causes. */
export function errorField(error: unknown): Json {
  const cause = error instanceof Error ? error.cause : undefined;
  return {
    name: nameOf(error),
    message: messageOf(error),
    ...(cause === undefined ? {} : { cause: errorField(cause) }),
  };
}

function readable(event: string, fields: LogFields): string {
  const place = [fields["account"], fields["region"]].filter(Boolean).join(" ");
  const error = fields["error"];
  const message = error && typeof error === "object" && "message" in error ? error["message"] : "";
  return [event, place, message].filter((part) => part !== "").map((part) => visible(String(part)))
    .join("   ");
}
