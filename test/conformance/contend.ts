import assert from "assert";
import { toLines } from "./lines.ts";
import type { Job } from "./store_contender.ts";

/** How many processes fight over a store. */
export const CONTENDERS = 16;

/** Starts the processes, lets them go when all are ready, and answers what each says at its end. */
export async function contend(
  contender: URL,
  place: string,
  jobOf: (me: number) => Job,
): Promise<unknown[]> {
  const processes = Array.from({ length: CONTENDERS }, (_, me) => {
    const process = start(contender, place, jobOf(me));
    return { process, lines: toLines(process.stdout) };
  });
  try {
    for (const { lines } of processes) assert.equal((await lines.next()).value, "ready");
    for (const { process } of processes) {
      const writer = process.stdin.getWriter();
      await writer.write(new TextEncoder().encode("go\n"));
      await writer.close();
    }
    return await Promise.all(processes.map(async ({ process, lines }) => {
      const answer = (await lines.next()).value;
      assert.equal((await process.status).code, 0);
      return JSON.parse(String(answer));
    }));
  } finally {
    for (const { process } of processes) kill(process);
    await Promise.all(processes.map(({ process }) => process.status));
  }
}

function start(contender: URL, place: string, job: Job): Deno.ChildProcess {
  const program = new URL("store_contender.ts", import.meta.url);
  return new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--cached-only", "-A", program.href],
      ...[contender.href, place, JSON.stringify(job)],
    ],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

/** Ends a process that a failed case left running; one that has ended cannot be killed. */
function kill(process: Deno.ChildProcess): void {
  try {
    process.kill("SIGKILL");
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
}
