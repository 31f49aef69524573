import type { Help } from "../errors.ts";
import { visible } from "../text/wrap.ts";

/**
 * A command to type next, complete and on one line, as a shell takes it.
 *
 * @param command the job and its verb, or a command of no job: `repo plan`, `changes`
 * @param words what stands behind it, as the program is to get them: they are quoted here
 * @throws Error where there is no such command
 */
export type NextCommand = (command: string, ...words: readonly string[]) => string;

/** For what is read elsewhere, where nobody knows how the program is called: pages, messages. */
export const PLAIN_COMMAND: NextCommand = (command, ...words) =>
  ["groundskeeper", command, ...words.map(shellWord)].join(" ");

/** What a fault says, and below it the commands that help. */
export function withHelp(text: string, help: readonly Help[], command: NextCommand): string {
  return [
    help.length === 0 ? text : `${text}.`,
    ...help.map(({ sentence, words: [first, ...rest] }) =>
      `${sentence}:\n  ${command(first, ...rest)}`
    ),
  ].join("\n");
}

/** A word as a shell takes it. What a terminal would obey stands in it as an escape. */
export function shellWord(word: string): string {
  // zsh reads a word that begins with = as the path of a program.
  if (/^(?!=)[\w+=,.@:\/-]+$/.test(word)) return word;
  const quoted = word.replaceAll("'", `'\\''`);
  const shown = visible(word);
  if (shown === word) return `'${quoted}'`;
  // bash and zsh read the escapes of `visible` inside of $''.
  return `$'${visible(word.replaceAll(/['\\]/g, "\\$&"))}'`;
}
