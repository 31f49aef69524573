import { SESSION } from "../client/client_world.ts";
import { commandOf } from "../client/programs.ts";
import type { Benchmark, Contender } from "./benchmark.ts";
import type { Measurement } from "./measure.ts";

/** How many events the spool has after a run. */
type ClientTold = { readonly spooled: number };

/** How many logins a run is: one alone takes no longer than it takes to notice that it has ended. */
const LOGINS = 50;

const REPEATED = `for i in $(seq ${LOGINS}); do "$@"; done`;

/** What the client may add to a login, in milliseconds. */
const TARGET_MS = 30;

/**
 * What PAM waits for at each login: the client's bundle with its permission set, from the start of its
 * process to its end, when the event is in the spool; beside a program of Deno that does nothing.
 */
export async function dirtyClientBenchmark(): Promise<Benchmark<ClientTold>> {
  const folder = await Deno.makeTempDir({ prefix: "groundskeeper-bench-" });
  const spool = `${folder}/spool`;
  const queueUrl = "https://sqs.us-east-1.amazonaws.com/111111111111/logins";
  await Deno.writeTextFile(`${folder}/client.json`, JSON.stringify({ queueUrl, spool }));
  await Deno.writeTextFile(`${folder}/empty.js`, "");
  const contender = (name: string, words: readonly string[]): Contender<ClientTold> => ({
    name,
    program: async () => {
      await Deno.remove(spool, { recursive: true }).catch(ignoreMissing);
      const command = ["sh", "-c", REPEATED, "sh", Deno.execPath(), ...words];
      return { command, cwd: folder, env: SESSION, exitCodes: [0] };
    },
    told: () => Promise.resolve({ spooled: eventsIn(spool) }),
  });
  return {
    name: "dirty-client",
    about: `${LOGINS} logins: from the start of the client's process to the event in its spool`,
    rounds: 7,
    contenders: [
      contender("report", await commandOf("login", ["report"], { folder })),
      contender("empty program", ["run", "-q", "--no-config", `${folder}/empty.js`]),
    ],
    columns: [
      { title: "ms a login", align: "right", cell: (one) => msEach(one).toFixed(1) },
      { title: "spooled", align: "right", cell: ({ spooled }) => String(spooled) },
    ],
    goals: ([report]) => [
      {
        text: `report takes ${msEach(report!).toFixed(1)} ms; wanted: at most ${TARGET_MS}`,
        reached: msEach(report!) <= TARGET_MS,
      },
      {
        text: `${report!.spooled} events are in the spool; wanted: ${LOGINS}`,
        reached: report!.spooled === LOGINS,
      },
    ],
    notes: async () => [await throughSshd()],
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

function msEach({ wallMs }: Pick<Measurement, "wallMs">): number {
  return wallMs / LOGINS;
}

/** A login by a real sshd with the client and without, where a machine with doors can be made. */
async function throughSshd(): Promise<string> {
  const { DoorsMachine } = await import("../rigs/doors_machine.ts");
  const missing = DoorsMachine.missing();
  if (missing) return `no login was made through sshd: ${missing}`;
  const { loginTimes, loginTimesText } = await import("../rigs/doors_login_time.ts");
  return loginTimesText(await loginTimes());
}

function eventsIn(spool: string): number {
  try {
    return [...Deno.readDirSync(spool)].filter(({ name }) => name.endsWith(".json")).length;
  } catch (error) {
    ignoreMissing(error);
    return 0;
  }
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
