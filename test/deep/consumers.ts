import { ROOT } from "../architecture/module_graph.ts";

/** What is started. */
export type Consumers = {
  readonly count: number;
  /** The program, and what it is told: each time it is started, with another seed. */
  readonly program: string;
  readonly task: object;
  readonly seed: number;
  readonly env: Readonly<Record<string, string>>;
  /** Exit codes by which a program may end besides being killed. */
  readonly mayEndWith: readonly number[];
};

/** Keeps so many processes running, each started again when it has died, until it is disposed of. */
export function keepRunning({ count, program, task, seed, env, mayEndWith }: Consumers) {
  let [ended, deaths] = [false, 0];
  const children = new Set<Deno.ChildProcess>();
  const broken: string[] = [];
  const run = async (number: number) => {
    for (let generation = 0; !ended; generation++) {
      const own = seed + 1_000 * number + generation;
      const child = new Deno.Command(Deno.execPath(), {
        args: [
          ...["run", "-A", "-q", "--cached-only", "--no-check"],
          // A killed process loses nothing that it has written; only a power cut would.
          `--preload=${ROOT}test/entry/unsynced_store.ts`,
          `${ROOT}${program}`,
          JSON.stringify({ ...task, seed: own }),
        ],
        env: { ...env },
        // It ends with this process.
        ...{ stdin: "piped", stdout: "null", stderr: "piped" },
      }).spawn();
      children.add(child);
      const { code, signal, stderr } = await child.output();
      children.delete(child);
      deaths++;
      const text = new TextDecoder().decode(stderr);
      if (signal !== "SIGKILL" && !mayEndWith.includes(code)) {
        broken.push(`seed ${own}, exit ${code}: ${text}`);
      }
    }
  };
  const running = Array.from({ length: count }, (_, number) => run(number));
  return {
    deaths: () => deaths,
    /** What processes said that were not killed, and ended. */
    broken,
    [Symbol.asyncDispose]: async () => {
      ended = true;
      for (const child of children) child.kill("SIGKILL");
      await Promise.all(running);
    },
  };
}

/** Waits until something holds. @throws Error with `what` if that takes longer than `longestMs` */
export async function untilHolds(
  holds: () => Promise<boolean>,
  what: () => string,
  longestMs: number,
): Promise<void> {
  const endMs = performance.now() + longestMs;
  while (!await holds()) {
    if (performance.now() >= endMs) throw new Error(what());
    await passed(500);
  }
}

export function passed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
