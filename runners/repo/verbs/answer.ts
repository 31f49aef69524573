import { type NextCommand, PLAIN_COMMAND } from "../../core/cli/next_command.ts";
import type { Clock } from "../../core/clock.ts";
import { EXIT, type ExitCode } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";
import type { Text } from "../../core/text/sections.ts";
import { plainText } from "../../core/text/terminal_text.ts";

/** What a verb of the inventory answers, for people and for programs. */
export type VerbAnswer = {
  readonly text: Text;
  readonly json: Json;
  readonly exitCode: ExitCode;
};

/** When a verb answers, and how a command that it names is typed here. */
export type Answering = { readonly now: Date; readonly command: NextCommand };

/** How many rows of a list of the inventory are shown. */
export const SHOWN = 100;

export function answer(text: Text, json: Json, exitCode: ExitCode = EXIT.done): VerbAnswer {
  return { text, json, exitCode };
}

/** What a verb says where no terminal is. */
export async function saidPlainly(
  clock: Clock,
  verb: (answering: Answering) => Promise<VerbAnswer>,
): Promise<string> {
  const now = clock.now();
  return plainText((await verb({ now, command: PLAIN_COMMAND })).text, now);
}
