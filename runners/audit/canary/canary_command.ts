import { canaryJson, canaryText } from "./canary_text.ts";
import type { CanaryEntry, CanaryResult } from "./canary_verbs.ts";
import type { AuditConfig } from "../config.ts";
import type { Observed } from "../observed.ts";
import type { Earlier } from "../planning.ts";
import type { NextCommand } from "../../core/cli/next_command.ts";
import { EXIT } from "../../core/errors.ts";
import type { RunContext } from "../../core/run/context.ts";
import { say, type Terminal } from "../../core/cli/terminal.ts";
import { terminalText } from "../../core/text/terminal_text.ts";

/** What `canary plan` and `canary apply` are told. */
export type CanaryCommand = {
  readonly verb: string;
  /** The instance to adopt; null makes what is missing. */
  readonly adopt: string | null;
  readonly json: boolean;
  readonly command: NextCommand;
};

/** Runs a verb about canaries and prints its result. @returns the exit code */
export async function runCanaryVerb(
  { verb, adopt, json, command }: CanaryCommand,
  context: RunContext<AuditConfig, Observed, Earlier>,
  terminal: Terminal,
): Promise<number> {
  const { canaryApplyVerb, canaryPlanVerb } = await import("./canary_verbs.ts");
  const { host, style, progress } = terminal;
  const text = (result: CanaryResult, asking: boolean) =>
    canaryText(result, { config: context.config, command, asking });
  const confirm = async (entries: readonly CanaryEntry[]) => {
    progress.clear();
    const shown = text({ verb: "plan", entries, exitCode: EXIT.done }, true);
    host.stderr.write(terminalText(shown, { style, now: host.clock.now() }));
    return (await host.ask("Make these canaries? Type yes:", context.signal)).trim() === "yes";
  };
  const result = verb === "canary plan"
    ? await canaryPlanVerb(context)
    : await canaryApplyVerb(context, adopt, host.canAsk && !json ? confirm : null);
  progress.clear();
  if (json) host.stdout.write(`${JSON.stringify(canaryJson(result), null, 2)}\n`);
  else say(terminal, text(result, false));
  return result.exitCode;
}
