import { terminalText } from "../../runners/core/text/terminal_text.ts";
import { textStyle } from "../../runners/core/cli/text_style.ts";
import { ROOT } from "../architecture/module_graph.ts";
import { auditPlanBenchmark } from "./audit_plan.ts";
import { type Benchmark, type Goal, type Result, runBenchmark } from "./benchmark.ts";
import { dirtyClientBenchmark } from "./dirty_client.ts";
import { infraBenchmark } from "./infra.ts";
import { repoBenchmark } from "./repo.ts";
import { scaleBenchmark } from "./scale.ts";
import { storeBenchmark } from "./store.ts";

type Say = (sentence: string) => void;

const BENCHMARKS: Readonly<Record<string, (onProgress: Say) => Promise<void>>> = {
  "audit-plan": (onProgress) => present(auditPlanBenchmark(onProgress)),
  dirty: async () => {
    await present(dirtyClientBenchmark());
    // Only here: it starts servers.
    await present((await import("./dirty_serve.ts")).dirtyServeBenchmark());
  },
  infra: (onProgress) => present(infraBenchmark(onProgress)),
  reports: async (onProgress) => {
    // Only here: it starts a server, and loads its client.
    const { reportPageBenchmark, reportsBenchmark } = await import("./reports.ts");
    await present(reportsBenchmark(onProgress));
    await present(reportPageBenchmark());
  },
  repo: (onProgress) => present(repoBenchmark(onProgress)),
  scale: (onProgress) => present(scaleBenchmark(onProgress)),
  store: (onProgress) => present(storeBenchmark(onProgress)),
};

/** `deno task bench [NAME…]`: prints a table, and writes every figure to `out/bench/NAME.json`. */
async function main(names: readonly string[]): Promise<number> {
  const unknown = names.filter((name) => !(name in BENCHMARKS));
  if (unknown.length > 0) {
    console.error(
      `No such benchmark: ${unknown.join(", ")}. There are: ${Object.keys(BENCHMARKS).join(", ")}`,
    );
    return 2;
  }
  const onProgress: Say = (sentence) => console.error(sentence);
  for (const name of names.length > 0 ? names : Object.keys(BENCHMARKS)) {
    await BENCHMARKS[name]!(onProgress);
  }
  return 0;
}

/** Runs a benchmark and prints what came out. */
async function present<Told>(made: Promise<Benchmark<Told>>): Promise<void> {
  await using benchmark = await made;
  const { about, rounds, warmUp = true } = benchmark;
  const results = await runBenchmark(benchmark);
  const counted = warmUp ? `medians of ${rounds} rounds after a warm-up` : `${rounds} round`;
  console.log(`${about}; ${counted}\n`);
  console.log(tableOf(benchmark, results));
  const goals = benchmark.goals(results);
  for (const { text, reached } of goals) {
    console.log(`  ${reached ? "reached" : "missed "}  ${text}`);
  }
  const notes = await benchmark.notes?.(results) ?? [];
  for (const note of notes) console.log(`  ${note}`);
  console.log();
  await write(benchmark, results, goals, notes);
}

function tableOf<Told>({ columns }: Benchmark<Told>, results: readonly Result<Told>[]): string {
  const right = (title: string) => ({ title, align: "right" }) as const;
  const table = {
    columns: ["", right("wall ms"), right("CPU ms"), right("peak MiB"), ...columns],
    rows: results.map((result) => [
      result.contender,
      result.wallMs.toFixed(0),
      result.cpuMs.toFixed(0),
      result.peakMib.toFixed(0),
      ...columns.map(({ cell }) => cell(result)),
    ]),
  };
  return terminalText([[table]], {
    style: textStyle({ color: false, width: 120 }),
    now: new Date(),
  }).trimEnd();
}

async function write<Told>(
  { name, about }: Benchmark<Told>,
  results: readonly Result<Told>[],
  goals: readonly Goal[],
  notes: readonly string[],
): Promise<void> {
  const directory = `${ROOT}out/bench`;
  await Deno.mkdir(directory, { recursive: true });
  // Some programs start a worker for each processor.
  const processors = navigator.hardwareConcurrency;
  const text = JSON.stringify({ name, about, processors, results, goals, notes }, null, 2);
  await Deno.writeTextFile(`${directory}/${name}.json`, `${text}\n`);
}

if (import.meta.main) Deno.exit(await main(Deno.args));
