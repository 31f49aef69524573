import { denoDisk } from "../../runners/adapters/disk/deno_disk.ts";
import { CALL_POLICY } from "../../runners/core/aws/call_policy.ts";
import { RATES } from "../../runners/core/aws/rate_budget.ts";
import { type Clock, systemClock } from "../../runners/core/clock.ts";
import type { Disk } from "../../runners/core/files/disk.ts";
import { denoHost } from "../../runners/shell/deno_host.ts";
import { main } from "../../runners/shell/groundskeeper.ts";
import { variable } from "../entry/own_environment.ts";
import { rateTimes } from "../entry/rate_times.ts";
import { withEnvironment } from "../runners/core/aws/environment.ts";
import type { LocalAws } from "../aws/local_aws.ts";

/** What a run in this process left. */
export interface RanHere {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How the program is run, where that matters. */
export interface HowHere {
  /** How far its clock is ahead of this machine's, in milliseconds. */
  readonly aheadMs?: number;
  /** A person is there, and answers "yes". */
  readonly asked?: boolean;
  /** What its files are written to. */
  readonly disk?: Disk;
  /** Its clock, in place of this machine's. */
  readonly clock?: Clock;
  /** Is given what tells the program to stop, as a signal does. */
  readonly onStop?: (stop: () => void) => void;
}

/** @param args the words of the command line; a text is taken apart at its spaces */
export type RunHere = (args: string | readonly string[], how?: HowHere) => Promise<RanHere>;

/**
 * Runs the program many times over in this process: all of it, from the command line to stdout. A
 * process of its own for each would take most of the time to start. Nothing waits long.
 */
export async function inProcess(
  { aws, directory }: { readonly aws: Pick<LocalAws, "environment">; readonly directory: string },
  work: (run: RunHere) => Promise<void>,
): Promise<void> {
  await withEnvironment(
    aws.environment,
    () =>
      work(async (args, how = {}) => {
        const { aheadMs = 0, asked = false, disk = denoDisk, onStop } = how;
        const clock: Clock = how.clock ?? {
          ...systemClock,
          now: () => new Date(Date.now() + aheadMs),
          wait: (ms, signal) => systemClock.wait(ms / 1_000, signal),
        };
        const told = { stdout: "", stderr: "" };
        const output = (name: keyof typeof told) => ({
          isTerminal: false,
          width: 100,
          write: (text: string) => void (told[name] += text),
          lost: () => null,
        });
        const code = await main({
          ...denoHost(typeof args === "string" ? args.split(" ") : args),
          env: variable,
          directory,
          clock,
          rates: rateTimes(RATES, 1_000),
          callPolicy: { ...CALL_POLICY, backOffMs: 50 },
          leaseMs: 300,
          disk,
          stdout: output("stdout"),
          stderr: output("stderr"),
          command: "groundskeeper",
          canAsk: asked,
          ask: (question) => {
            told.stderr += `${question}\n`;
            return Promise.resolve("yes");
          },
          onStop: (stop) => {
            onStop?.(stop);
            return () => {};
          },
        });
        return { code, ...told };
      }),
  );
}
