import type { NextCommand } from "./core/cli/next_command.ts";
import type { Progress } from "./core/cli/progress.ts";
import type { TextStyle } from "./core/cli/text_style.ts";
import type { Log } from "./core/log/log.ts";
import type { Host } from "./host.ts";

/** What every verb has at hand to speak with. */
export interface Terminal {
  readonly host: Host;
  readonly log: Log;
  readonly progress: Progress;
  /** How stdout looks. */
  readonly style: TextStyle;
  readonly version: string;
  /** What to type next. */
  readonly command: NextCommand;
}
