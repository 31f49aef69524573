import type { NextCommand } from "../../core/cli/next_command.ts";
import { textWidth, wrapText } from "../../core/cli/table.ts";
import type { TextStyle } from "../../core/cli/text_style.ts";
import { EXIT, type ExitCode } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";

/** What a verb of the inventory answers, for people and for programs. */
export type VerbAnswer = {
  readonly text: string;
  readonly json: Json;
  readonly exitCode: ExitCode;
};

/** How a verb speaks. */
export type RenderInput = {
  readonly style: TextStyle;
  readonly now: Date;
  readonly command: NextCommand;
};

/** What to type next: on the line of its sentence where both fit, else on its own, never broken. */
export function next(
  sentence: string,
  command: string,
  { style }: Pick<RenderInput, "style">,
): string {
  const line = `${sentence}:  ${command}`;
  return textWidth(line) <= style.width
    ? line
    : [...wrapText(`${sentence}:`, style.width), `  ${command}`].join("\n");
}

/** A sentence that stands out, on as many lines as it needs. */
export function boldLines(sentence: string, { style }: Pick<RenderInput, "style">): string {
  return wrapText(sentence, style.width).map((line) => style.bold(line)).join("\n");
}

/** Blocks of text with an empty line between them; an empty block is none. */
export function answer(
  blocks: readonly string[],
  json: Json,
  exitCode: ExitCode = EXIT.done,
): VerbAnswer {
  return { text: `${blocks.filter((block) => block !== "").join("\n\n")}\n`, json, exitCode };
}
