import type { NextCommand } from "./next_command.ts";
import type { Progress } from "./progress.ts";
import type { TextStyle } from "./text_style.ts";
import type { Log } from "../log/log.ts";
import type { Text } from "../text/sections.ts";
import { terminalText } from "../text/terminal_text.ts";
import type { Host } from "./host.ts";

/** What every verb has at hand to speak with. */
export type Terminal = {
  readonly host: Host;
  readonly log: Log;
  readonly progress: Progress;
  /** How stdout looks. */
  readonly style: TextStyle;
  readonly version: string;
  /** What to type next. */
  readonly command: NextCommand;
};

/** A text as the terminal shows it. Instants are told from `now`, or from the moment itself. */
export function rendered({ host, style }: Terminal, text: Text, now = host.clock.now()): string {
  return terminalText(text, { style, now });
}

export function say(terminal: Terminal, text: Text): void {
  terminal.host.stdout.write(rendered(terminal, text));
}
