import { measure, type Measurement, median, type Program } from "./measure.ts";

/** A program in a comparison. */
export interface Contender {
  readonly name: string;
  /** Made anew for every run, since some programs leave something behind. */
  readonly program: () => Promise<Program>;
  /** What its last run did, told right after it. */
  readonly told: (stdout: string) => Promise<Told>;
}

/** What a run did, besides what it used. */
export interface Told {
  /** How many API calls it made. */
  readonly calls: number;
  /** What it says that it found, in a few words. */
  readonly found: string;
  /** How much of what there was to find it did not find, or told wrongly. */
  readonly missed: number;
}

/** Something that a benchmark shall reach. */
export interface Goal {
  /** What came out beside what is wanted, in a sentence without its end. */
  readonly text: string;
  readonly reached: boolean;
}

/** A benchmark: contenders that do the same work on the same server. */
export interface Benchmark extends AsyncDisposable {
  readonly name: string;
  /** What is measured, in a sentence. */
  readonly about: string;
  readonly contenders: readonly Contender[];
  /** Holds what came out against what is wanted. */
  readonly goals: (results: readonly Result[]) => readonly Goal[];
}

/** What came out for one contender: medians over the counted rounds. */
export interface Result extends Measurement, Told {
  readonly contender: string;
  readonly rounds: readonly Measurement[];
}

/**
 * Runs every contender once to warm up, then in turn, so that a machine whose speed drifts is fair
 * to all of them.
 *
 * @param rounds how often each is counted
 * @throws Error when a contender fails
 */
export async function runBenchmark(benchmark: Benchmark, rounds: number): Promise<Result[]> {
  const { contenders } = benchmark;
  for (const { program } of contenders) await measure(await program());
  const measured = new Map<string, Measurement[]>(contenders.map(({ name }) => [name, []]));
  const said = new Map<string, Told>();
  for (let round = 0; round < rounds; round++) {
    for (const { name, program, told } of contenders) {
      const { stdout, ...measurement } = await measure(await program());
      measured.get(name)!.push(measurement);
      said.set(name, await told(stdout));
    }
  }
  return contenders.map(({ name }) => {
    const own = measured.get(name)!;
    const middle = (key: keyof Measurement) => median(own.map((one) => one[key]));
    return {
      contender: name,
      ...said.get(name)!,
      wallMs: middle("wallMs"),
      cpuMs: middle("cpuMs"),
      peakMib: middle("peakMib"),
      rounds: own,
    };
  });
}
