import { numberText } from "../../runners/core/cli/words.ts";
import { ROOT } from "../architecture/module_graph.ts";
import { startLocalAws } from "../aws/local_aws.ts";
import { newTable } from "../runners/adapters/dynamodb_table.ts";
import type { Benchmark, Contender, Goal, Result } from "./benchmark.ts";
import { median } from "./measure.ts";
import type { StoreWork, StoreWorked } from "./store_work.ts";

/** What a run did, beside what it used. */
type StoreTold = StoreWorked & Pick<StoreWork, "hours">;
type StoreResult = Result<StoreTold>;

/** The largest row shall be below this. */
const LARGEST_BYTES = 100_000;

/**
 * The rows of an audit of 1,000 accounts × 17 Regions × 100,000 instances, of which 5 % break the
 * rules, and of a refresh of 100,000 roles, each hour of a day; in a file, and in a table of MiniStack,
 * where a refresh is a tenth of that and a few hours: it takes a millisecond and more for each call.
 */
export async function storeBenchmark(
  onProgress: (sentence: string) => void,
): Promise<Benchmark<StoreTold>> {
  await using stack = new AsyncDisposableStack();
  const aws = stack.use(await startLocalAws({ services: { ministack: true }, onProgress }));
  const directory = await Deno.makeTempDir({ prefix: "groundskeeper-bench-" });
  stack.defer(() => Deno.remove(directory, { recursive: true }));
  const inFile = (name: string) => ({ path: `${directory}/${name}.db` });
  const inTable = () => ({ table: newTable(aws.endpoint) });
  const owned = stack.move();
  return {
    name: "store",
    about: "rows of 1,000 accounts × 17 Regions × 100,000 instances, 5 % violating, and of a " +
      "refresh of 100,000 roles, hour by hour",
    rounds: 1,
    warmUp: false,
    contenders: [
      worker("audit, SQLite", {
        store: inFile("audit"),
        work: "audit",
        accounts: 1_000,
        hours: 24,
      }),
      worker("audit, DynamoDB", { store: inTable(), work: "audit", accounts: 1_000, hours: 24 }),
      worker("100,000 roles, SQLite", {
        store: inFile("repo"),
        work: "repo",
        accounts: 1_000,
        hours: 24,
      }),
      worker("10,000 roles, DynamoDB", {
        store: inTable(),
        work: "repo",
        accounts: 100,
        hours: 3,
      }),
    ],
    columns: [
      right("hours", ({ hours }) => String(hours)),
      right("s an hour", ({ hoursMs }) => (median(hoursMs) / 1_000).toFixed(1)),
      right("rows an hour", ({ costs, hours }) => perOne(costs.writtenRows, hours)),
      right("rows a write", ({ costs }) => perOne(costs.writtenRows, costs.writeCalls)),
      right("largest row", ({ costs }) => `${perOne(costs.largestBytes, 1_000)} KB`),
      right("of", ({ costs }) => costs.largestKind),
      right("reads a plan", ({ plan }) => numberText(plan.readCalls)),
      right("rows a plan", ({ plan }) => numberText(plan.readRows)),
    ],
    goals,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function right(title: string, cell: (result: StoreResult) => string) {
  return { title, align: "right", cell } as const;
}

function perOne(count: number, of: number): string {
  return numberText(Math.round(count / of));
}

function worker(name: string, work: StoreWork): Contender<StoreTold> {
  const program = `${ROOT}test/bench/store_work.ts`;
  return {
    name,
    program: () =>
      Promise.resolve({
        command: [
          ...[Deno.execPath(), "run", "-A", "-q", "--cached-only", `--config=${ROOT}deno.json`],
          ...[program, JSON.stringify(work)],
        ],
        cwd: ROOT,
        env: {},
        exitCodes: [0],
      }),
    told: (stdout) => Promise.resolve({ ...JSON.parse(stdout) as StoreWorked, hours: work.hours }),
  };
}

function goals(results: readonly StoreResult[]): readonly Goal[] {
  return results.map(({ contender, costs: { largestBytes, largestKind } }) => ({
    text: `${contender}: the largest row, of ${largestKind}, has ${numberText(largestBytes)} ` +
      `bytes, below ${numberText(LARGEST_BYTES)}`,
    reached: largestBytes < LARGEST_BYTES,
  }));
}
