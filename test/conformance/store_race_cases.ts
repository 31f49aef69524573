import assert from "assert";
import { toLines } from "./lines.ts";
import { put, rowsOf } from "./store_asking.ts";
import type { RaceCase } from "./store_conformance.ts";
import type { Claim, Job } from "./store_contender.ts";

const CONTENDERS = 16;
const COUNTS = 20;

/** Sixteen processes over the same rows. */
export const raceCases: readonly RaceCase[] = [
  {
    title: "of 16 processes that write the same revision, or make the same row, exactly one wins",
    async run({ store, place }, contender) {
      const claims: Claim[] = [];
      for (let index = 0; index < 10; index++) {
        const expect = await put(store, "claim", `there-${index}`, "before");
        claims.push({ id: `there-${index}`, expect });
        claims.push({ id: `absent-${index}`, expect: "absent" });
      }
      const answers = await contend(contender, place, (me) => ({ do: "claim", me, claims }));
      for (const [index, { id }] of claims.entries()) {
        const winners = answers.flatMap((won, me) => (won as boolean[])[index] ? [me] : []);
        assert.equal(winners.length, 1, `${id} was won by ${winners.join(", ") || "nobody"}`);
        assert.equal((await store.get("claim", id))?.value, winners[0]);
      }
    },
  },
  {
    title: "a counter that 16 processes raise, each trying again when it lost, ends exact",
    async run({ store, place }, contender) {
      await contend(contender, place, (me) => ({ do: "count", me, times: COUNTS }));
      const [row] = await rowsOf(store, "counter");
      assert.equal(row?.value, CONTENDERS * COUNTS);
    },
  },
];

/** Starts the processes, lets them go when all are ready, and answers what each says at its end. */
async function contend(
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
