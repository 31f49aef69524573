import { ROOT } from "../architecture/module_graph.ts";

/** How many tests ended each way. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export interface TestRun {
  /** Files and folders, from the project's root. */
  readonly paths: readonly string[];
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** How much of what is printed is kept; a table of coverage follows the closing line. */
const TAIL = 200_000;

const CLOSING =
  /(?:ok|FAILED) \| (\d+) passed(?: \(\d+ steps?\))? \| (\d+) failed(?: \(\d+ steps?\))?(?: \| (\d+) ignored)?/;

/**
 * Runs `deno test`, shows what it prints, and counts from its closing line. A run that ends
 * without one, or with an exit code that says otherwise, counts as one failure.
 */
export async function runTests({ paths, flags = [], env = {} }: TestRun): Promise<Counts> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "test",
      "-A",
      "--cached-only",
      // `deno task check` has looked at the types.
      "--no-check",
      "--preload=test/entry/unsynced_store.ts",
      ...flags,
      ...paths,
    ],
    cwd: ROOT,
    env: { ...env, NO_COLOR: "1", DENO_DIR: await denoDir() },
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let printed = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    printed = (printed + text).slice(-TAIL);
    await Deno.stdout.write(new TextEncoder().encode(text));
  }
  const { code } = await child.status;
  const match = CLOSING.exec(printed);
  if (!match || code !== 0) failures.push(errorsIn(printed));
  if (!match) return { passed: 0, failed: 1, skipped: 0 };
  const counts = {
    passed: Number(match[1]),
    failed: Number(match[2]),
    skipped: Number(match[3] ?? 0),
  };
  return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

/**
 * Where Deno keeps what it has downloaded. Said to the tests, since some of them change HOME while
 * others start the program.
 */
export async function denoDir(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return (JSON.parse(new TextDecoder().decode(stdout)) as { denoDir: string }).denoDir;
}

/** What the runs that failed have said of it, to be said again where a long log ends. */
const failures: string[] = [];

/** How much is said again of a run that failed: the first of its errors, which the others may follow. */
const AGAIN = 6_000;

function errorsIn(printed: string): string {
  const errors = printed.lastIndexOf("\n ERRORS");
  return errors < 0 ? printed.slice(-AGAIN) : printed.slice(errors, errors + AGAIN);
}

/** The line that whoever started the task counts by. @returns the exit code */
export function closeWith({ passed, failed, skipped }: Counts): number {
  for (const errors of failures) console.log(`What failed, again:\n${errors}`);
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  return failed === 0 && passed > 0 ? 0 : 1;
}
