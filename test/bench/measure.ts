/** What one run of a program used, by the operating system's own accounting. */
export interface Measurement {
  readonly wallMs: number;
  /** User and system time of the program and what it started. */
  readonly cpuMs: number;
  /** The largest single process, in MiB. */
  readonly peakMib: number;
}

/** A measured run, with what the program printed. */
export interface MeasuredRun extends Measurement {
  readonly stdout: string;
}

/** Starts a program, waits for it, and prints what it used and printed as JSON. */
const WRAPPER = `
import json, resource, subprocess, sys, time
begin = time.monotonic()
ran = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({"code": ran.returncode, "stdout": ran.stdout.decode(), "wallMs": (time.monotonic() - begin) * 1000,
  "cpuMs": (used.ru_utime + used.ru_stime) * 1000, "peakMib": used.ru_maxrss / 1024}))
`;

export interface Program {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** The exit codes that count as having worked. */
  readonly exitCodes: readonly number[];
}

/**
 * Runs a program and measures it.
 *
 * @throws Error when it ends with another exit code: a failed run is no measurement
 */
export async function measure(program: Program): Promise<MeasuredRun> {
  const { stdout } = await new Deno.Command("python3", {
    args: ["-c", WRAPPER, ...program.command],
    cwd: program.cwd,
    env: { ...program.env },
  }).output();
  const { code, ...measurement } = JSON.parse(new TextDecoder().decode(stdout)) as
    & MeasuredRun
    & { code: number };
  if (!program.exitCodes.includes(code)) {
    throw new Error(`${program.command.join(" ")} ended with ${code}: nothing was measured`);
  }
  return measurement;
}

/** The middle value; of an even number, the mean of the two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1
    ? sorted[Math.floor(middle)]!
    : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
