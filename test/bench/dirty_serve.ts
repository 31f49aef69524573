import { numberText } from "../../runners/core/cli/words.ts";
import { ROOT } from "../architecture/module_graph.ts";
import { always } from "../aws/faults.ts";
import { type DirtyWorld, dirtyWorld, type Where } from "../e2e/dirty_world.ts";
import { tableStore } from "../e2e/store_table.ts";
import type { Benchmark, Contender } from "./benchmark.ts";

type ServeTold = {
  /** Messages that it has recorded. */
  readonly handled: number;
  /** From the first receive to the last delete, in milliseconds. */
  readonly servedMs: number;
  readonly calls: number;
};

/** How long AWS and the table take for each call, besides what they take here. */
const LATENCY_MS = 20;

const LOGINS = 200;
const INSTANCES = 20;

/**
 * `dirty serve --once` over a full queue, as it is deployed: a table as the store, each login with a
 * proof that STS is asked about, each instance tagged. Messages of one instance are handled one after
 * the other, so that those of one instance alone are 1 in flight.
 */
export async function dirtyServeBenchmark(): Promise<Benchmark<ServeTold>> {
  const groups = [{ name: "web", count: INSTANCES, instanceProfile: "web" }];
  const world = await dirtyWorld({ groups, store: tableStore() });
  const instances = world.instances();
  return {
    name: "dirty-serve",
    about: `${LOGINS} logins with proofs, ${LATENCY_MS} ms for each call of AWS and the store`,
    rounds: 1,
    warmUp: false,
    contenders: [
      serving("of 1 instance", world, instances.slice(0, 1)),
      serving(`of ${INSTANCES} instances`, world, instances),
    ],
    columns: [
      { title: "handled", align: "right", cell: ({ handled }) => String(handled) },
      { title: "calls", align: "right", cell: ({ calls }) => numberText(calls) },
      { title: "messages/s", align: "right", cell: (one) => perSecond(one).toFixed(1) },
    ],
    goals: (results) =>
      results.map(({ contender, handled }) => ({
        text: `${contender}: ${handled} of ${LOGINS} logins are recorded`,
        reached: handled === LOGINS,
      })),
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

function perSecond({ handled, servedMs }: ServeTold): number {
  return 1_000 * handled / servedMs;
}

function serving(
  name: string,
  world: DirtyWorld,
  instances: readonly Where[],
): Contender<ServeTold> {
  const { aws: { proxy, environment }, directory } = world;
  let [calls, firstMs, lastMs] = [0, 0, 0];
  let end = () => {};
  const slow = always({}, { kind: "delay", ms: LATENCY_MS });
  return {
    name,
    program: async () => {
      for (let sent = 0; sent < LOGINS; sent++) {
        const where = instances[sent % instances.length]!;
        await world.send(await world.proven(where, world.login(where)), where);
      }
      [calls, firstMs] = [0, 0];
      end = proxy.onCall((call) => {
        calls++;
        if (call.action === "sqs:ReceiveMessage") firstMs ||= performance.now();
        if (call.action === "sqs:DeleteMessageBatch") lastMs = performance.now();
        return slow(call);
      });
      return {
        command: [
          ...[Deno.execPath(), "run", "-q", "--cached-only", `--config=${ROOT}deno.json`],
          ...["-P=dirty", `--allow-write=${directory}`, `${ROOT}runners/main.ts`],
          ...["dirty", "serve", "--once", "--json"],
        ],
        cwd: directory,
        env: { ...environment, INIT_CWD: directory },
        exitCodes: [0],
      };
    },
    told: (stdout) => {
      end();
      const { handled } = JSON.parse(stdout) as { handled: number };
      return Promise.resolve({ handled, servedMs: lastMs - firstMs, calls });
    },
  };
}
