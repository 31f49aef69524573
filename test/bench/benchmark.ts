import { measure, type Measurement, median, type Program } from "./measure.ts";

/** A program in a comparison. */
export interface Contender<Told> {
  readonly name: string;
  /** Made anew for every run, since some programs leave something behind. */
  readonly program: () => Promise<Program>;
  /** What a run did, told right after it. */
  readonly told: (stdout: string) => Promise<Told>;
}

/** Something that a benchmark shall reach. */
export interface Goal {
  /** What came out beside what is wanted, in a sentence without its end. */
  readonly text: string;
  readonly reached: boolean;
}

/** A benchmark: contenders that do the same work on the same input. */
export interface Benchmark<Told> extends AsyncDisposable {
  readonly name: string;
  /** What is measured, in a sentence. */
  readonly about: string;
  /** How often each is counted; an odd number has a middle. */
  readonly rounds: number;
  /** false: none runs once before. Default: each does. */
  readonly warmUp?: boolean;
  readonly contenders: readonly Contender<Told>[];
  /** What its runs did, beside what they used: the columns of the table with their cells. */
  readonly columns: readonly Column<Told>[];
  /** Holds what came out against what is wanted. */
  readonly goals: (results: readonly Result<Told>[]) => readonly Goal[];
  /** What else is worth knowing, line by line. */
  readonly notes?: (results: readonly Result<Told>[]) => Promise<readonly string[]>;
}

export interface Column<Told> {
  readonly title: string;
  readonly align?: "right";
  readonly cell: (result: Result<Told>) => string;
}

/**
 * What came out for one contender: medians over the counted rounds, and what that run did whose CPU
 * time is in the middle.
 */
export type Result<Told> = Measurement & Told & {
  readonly contender: string;
  readonly rounds: readonly Measurement[];
};

/**
 * Runs every contender once to warm up, unless that is left out, then in turn, so that a machine whose speed drifts is fair
 * to all of them.
 *
 * @throws Error when a contender fails
 */
export async function runBenchmark<Told>(
  { contenders, rounds, warmUp = true }: Pick<
    Benchmark<Told>,
    "contenders" | "rounds" | "warmUp"
  >,
): Promise<Result<Told>[]> {
  if (warmUp) { for (const { program } of contenders) await measure(await program()); }
  const runs = new Map<string, { measurement: Measurement; told: Told }[]>(
    contenders.map(({ name }) => [name, []]),
  );
  for (let round = 0; round < rounds; round++) {
    for (const { name, program, told } of contenders) {
      const { stdout, ...measurement } = await measure(await program());
      runs.get(name)!.push({ measurement, told: await told(stdout) });
    }
  }
  return contenders.map(({ name }) => {
    const byCpu = runs.get(name)!.toSorted((a, b) => a.measurement.cpuMs - b.measurement.cpuMs);
    const own = runs.get(name)!.map(({ measurement }) => measurement);
    const middle = (key: keyof Measurement) => median(own.map((one) => one[key]));
    return {
      contender: name,
      ...byCpu[Math.floor(byCpu.length / 2)]!.told,
      wallMs: middle("wallMs"),
      cpuMs: middle("cpuMs"),
      peakMib: middle("peakMib"),
      rounds: own,
    };
  });
}
