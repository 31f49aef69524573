import { ROOT } from "../architecture/module_graph.ts";

/** What a program left on a terminal. */
export interface Shown {
  readonly code: number;
  /** All that the terminal showed, without colours, `\n` at the ends of lines. */
  readonly text: string;
}

/** How a program is started on a terminal. */
export interface OnTerminal {
  readonly directory: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly columns?: number;
  /** Types on the keyboard while the program runs; the end of it is no end of the terminal. */
  readonly type?: (keyboard: Keyboard) => Promise<void>;
}

/** The keyboard of a terminal, and the eyes of whoever types. */
export interface Keyboard {
  press(text: string): Promise<void>;
  /** Waits until the terminal has shown this, or the program has ended; it is ended in time. */
  sees(pattern: RegExp): Promise<void>;
}

/** What never comes would be waited for without end: the program is killed, and the test fails. */
const SEEN_WITHIN_MS = 180_000;

/**
 * Runs a program on a terminal of its own: stdin, stdout and stderr are one pseudo-terminal, as for
 * a person. Python makes it, which Deno cannot, and which the local AWS needs anyway.
 *
 * @param command the program and its arguments
 */
export async function onTerminal(
  command: readonly string[],
  { directory, env = {}, columns = 100, type }: OnTerminal,
): Promise<Shown> {
  const child = new Deno.Command("python3", {
    args: [`${ROOT}test/e2e/terminal.py`, String(columns), ...command],
    cwd: directory,
    env: { TERM: "xterm-256color", NO_COLOR: "", ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const keys = child.stdin.getWriter();
  let shown = "";
  let changed = Promise.withResolvers<void>();
  const reading = (async () => {
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      shown += text;
      changed.resolve();
      changed = Promise.withResolvers();
    }
  })();
  await type?.({
    // A program that has ended reads no keys.
    press: (text) => keys.write(new TextEncoder().encode(text)).catch(() => {}),
    sees: async (pattern) => {
      const late = setTimeout(() => child.kill(), SEEN_WITHIN_MS);
      while (!pattern.test(plain(shown))) {
        const more = await Promise.race([changed.promise, reading.then(() => "ended" as const)]);
        if (more === "ended") break;
      }
      clearTimeout(late);
    },
  });
  await keys.close().catch(() => {});
  await reading;
  const { code } = await child.status;
  return { code, text: plain(shown) };
}

/** Without colours and what clears a line of progress. */
function plain(shown: string): string {
  // deno-lint-ignore no-control-regex
  return shown.replaceAll(/\u001b\[[0-9;?]*[A-Za-z]/g, "").replaceAll("\r\n", "\n");
}
