import { textTable } from "../../runners/core/cli/table.ts";
import { textStyle } from "../../runners/core/cli/text_style.ts";
import { ROOT } from "../architecture/module_graph.ts";
import { startLocalAws, upstreamVariable } from "../aws/local_aws.ts";
import { auditPlanBenchmark } from "./audit_plan.ts";
import { type Benchmark, type Goal, type Result, runBenchmark } from "./benchmark.ts";

type Say = (sentence: string) => void;

const BENCHMARKS: Readonly<Record<string, (onProgress: Say) => Promise<Benchmark>>> = {
  "audit-plan": auditPlanBenchmark,
};

/** Counted rounds; an odd number has a middle. */
const ROUNDS = 5;

/** `deno task bench [NAME…]`: prints a table, and writes every figure to `out/bench/NAME.json`. */
async function main(names: readonly string[]): Promise<number> {
  const unknown = names.filter((name) => !(name in BENCHMARKS));
  if (unknown.length > 0) {
    console.error(
      `No such benchmark: ${unknown.join(", ")}. There are: ${Object.keys(BENCHMARKS)}`,
    );
    return 2;
  }
  const onProgress: Say = (sentence) => console.error(sentence);
  await using aws = await startLocalAws({ onProgress });
  Deno.env.set(upstreamVariable, JSON.stringify(aws.upstream));
  for (const name of names.length > 0 ? names : Object.keys(BENCHMARKS)) {
    await using benchmark = await BENCHMARKS[name]!(onProgress);
    const results = await runBenchmark(benchmark, ROUNDS);
    console.log(`${benchmark.about}; medians of ${ROUNDS} rounds after a warm-up\n`);
    console.log(tableOf(results));
    const goals = benchmark.goals(results);
    for (const { text, reached } of goals) {
      console.log(`  ${reached ? "reached" : "missed "}  ${text}`);
    }
    await write(benchmark, results, goals);
  }
  return 0;
}

function tableOf(results: readonly Result[]): string {
  const right = "right" as const;
  const columns = [
    { title: "" },
    { title: "calls", align: right },
    { title: "wall ms", align: right },
    { title: "CPU ms", align: right },
    { title: "peak MiB", align: right },
    { title: "found" },
  ];
  const rows = results.map(({ contender, calls, wallMs, cpuMs, peakMib, found }) => [
    contender,
    String(calls),
    wallMs.toFixed(0),
    cpuMs.toFixed(0),
    peakMib.toFixed(0),
    found,
  ]);
  return textTable(columns, rows, textStyle({ color: false, width: 120 }));
}

async function write(
  { name, about }: Benchmark,
  results: readonly Result[],
  goals: readonly Goal[],
): Promise<void> {
  const directory = `${ROOT}out/bench`;
  await Deno.mkdir(directory, { recursive: true });
  // Some programs start a worker for each processor.
  const processors = navigator.hardwareConcurrency;
  const text = JSON.stringify({ name, about, processors, results, goals }, null, 2);
  await Deno.writeTextFile(`${directory}/${name}.json`, `${text}\n`);
}

if (import.meta.main) Deno.exit(await main(Deno.args));
