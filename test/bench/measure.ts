import { fileURLToPath } from "node:url";

/** What one run of a program used, with everything that it started, as Linux accounts for it. */
export interface Measurement {
  readonly wallMs: number;
  /** User and system time of all its processes, also of those that outlived their parent. */
  readonly cpuMs: number;
  /**
   * The most memory that all its processes held together, in MiB, read every 20 ms; of a program
   * with much memory less often, since each reading holds it up.
   *
   * Every page counts once. The sum of resident sizes would count what forked workers share once
   * for each of them; the sum of proportional sizes would leave out what a program shares with
   * others on the machine, such as the Deno that measures it. So it is the proportional size of
   * anonymous and shared memory, which only the tree itself shares, plus the whole resident size
   * of mapped files, once for each program in the tree.
   */
  readonly peakMib: number;
}

/** A measured run, with what the program printed. */
export interface MeasuredRun extends Measurement {
  readonly stdout: string;
}

export interface Program {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** The exit codes that count as having worked. */
  readonly exitCodes: readonly number[];
}

/** What measure.py prints. */
interface Told extends MeasuredRun {
  readonly code: number;
  readonly stderr: string;
}

const MEASURE = fileURLToPath(new URL("measure.py", import.meta.url));

/**
 * Runs a program and measures it.
 *
 * @throws Error when it ends with another exit code: a failed run is no measurement
 */
export async function measure(program: Program): Promise<MeasuredRun> {
  const command = program.command.join(" ");
  const measuring = await new Deno.Command("python3", {
    args: [MEASURE, ...program.command],
    cwd: program.cwd,
    env: { ...program.env },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (!measuring.success) {
    throw new Error(
      `Cannot measure ${command}: ${text(measuring.stderr)}. It is done on Linux only`,
    );
  }
  const { code, stderr, ...run } = JSON.parse(text(measuring.stdout)) as Told;
  if (!program.exitCodes.includes(code)) {
    throw new Error(`${command} ended with ${code}: nothing was measured. It said: ${stderr}`);
  }
  return run;
}

/** The middle value; of an even number, the mean of the two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1
    ? sorted[Math.floor(middle)]!
    : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
