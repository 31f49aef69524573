import { ROOT } from "../architecture/module_graph.ts";
import { type Left, runInServer } from "../entry/shared_program.ts";

/** What a finished program left. */
export interface Ran extends Left {
  /** The sentences of the log lines on stderr. */
  readonly said: string;
}

export interface Invocation {
  /** Where the person stands. */
  readonly directory: string;
  /** The environment, whole; nothing of the test's own leaks in but PATH, HOME and DENO_DIR. */
  readonly env: Readonly<Record<string, string>>;
  /** The people's set, or a service's own, with the paths and hosts that the test needs. */
  readonly permissions?: readonly string[];
  /**
   * "product": runners/main.ts. "test": the entry with an injected clock. Absent: the same in a
   * process that all runs share, unless something else here asks for a process of its own.
   */
  readonly entry?: "product" | "test";
  /** The folder of a copy of the program that is run in place of this one. */
  readonly root?: string;
  /** What a shell puts behind the command, such as ">/dev/full" or "| true". */
  readonly shell?: string;
  /** Told the process, so that a test can signal or kill it. */
  readonly onSpawn?: (child: Deno.ChildProcess) => void;
}

const ENTRIES = { product: "runners/main.ts", test: "test/entry/groundskeeper.ts" } as const;

/** Runs the real program and waits for its end. */
export async function groundskeeper(args: readonly string[], how: Invocation): Promise<Ran> {
  const { directory, permissions, entry, root, shell, onSpawn } = how;
  const env = {
    ...inherited(),
    INIT_CWD: directory,
    GROUNDSKEEPER_COMMAND: "groundskeeper",
    ...how.env,
  };
  const ownProcess = permissions ?? entry ?? root ?? shell ?? onSpawn;
  const left = ownProcess === undefined
    ? await runInServer({ args, directory, env })
    : await runInProcess(args, { ...how, env });
  return { ...left, said: sentencesOf(left.stderr) };
}

async function runInProcess(
  args: readonly string[],
  {
    directory,
    env,
    permissions = ["-P=groundskeeper"],
    entry = "test",
    root = ROOT,
    shell,
    onSpawn,
  }: Invocation,
): Promise<Left> {
  const line = [
    Deno.execPath(),
    "run",
    "-q",
    "--cached-only",
    `--config=${root}deno.json`,
    ...permissions,
    `${root}${ENTRIES[entry]}`,
    ...args,
  ];
  const [program, ...rest] = shell === undefined
    ? line
    : ["bash", "-c", `"$@" ${shell}; exit \${PIPESTATUS[0]}`, "bash", ...line];
  const child = new Deno.Command(program!, {
    args: rest,
    cwd: directory,
    clearEnv: true,
    env: { ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  onSpawn?.(child);
  const { code, stdout, stderr } = await child.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** Every line must be JSON: stderr is no terminal here (contracts section 2). */
function sentencesOf(stderr: string): string {
  return stderr.split("\n").filter((line) => line !== "")
    .map((line) => {
      try {
        return (JSON.parse(line) as { event: string }).event;
      } catch (error) {
        throw new Error(`stderr is not JSON lines:\n${stderr}`, { cause: error });
      }
    }).join("\n");
}

function inherited(): Record<string, string> {
  const names = ["PATH", "HOME", "DENO_DIR", "DENO_COVERAGE_DIR", "XDG_CACHE_HOME"];
  return Object.fromEntries(
    names.map((name) => [name, Deno.env.get(name)]).filter(([, value]) => value !== undefined),
  );
}
