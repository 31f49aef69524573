import { CALL_POLICY } from "../../runners/core/aws/call_policy.ts";
import { RATES } from "../../runners/core/aws/rate_budget.ts";
import { systemClock } from "../../runners/core/clock.ts";
import { LEASE_MS } from "../../runners/core/run/run_register.ts";
import type { Host } from "../../runners/core/cli/host.ts";
import { rateTimes } from "./rate_times.ts";

/**
 * The host with another clock and shorter waits, as its variables `GROUNDSKEEPER_TEST_…` say. It
 * works on an AWS on this machine only: with any other endpoint, deadlines of an injected clock
 * would be real.
 *
 * @throws Error if AWS_ENDPOINT_URL is not on this machine
 */
export function testHost(host: Host): Host {
  const endpoint = host.env("AWS_ENDPOINT_URL");
  if (!endpoint || !["127.0.0.1", "localhost", "[::1]"].includes(new URL(endpoint).hostname)) {
    throw new Error("This entry is for tests: it needs AWS_ENDPOINT_URL to be on this machine");
  }
  /** A whole number from the environment, or what the program has without it. */
  const setting = (name: string, otherwise: number) => {
    const text = host.env(`GROUNDSKEEPER_TEST_${name}`);
    return text === undefined ? otherwise : Number(text);
  };
  /** How far the program's clock is ahead of this machine's, in milliseconds. */
  const aheadMs = setting("CLOCK_AHEAD_MS", 0);
  /** How many times shorter it waits, such as between two looks. */
  const divisor = setting("WAIT_DIVISOR", 1);
  return {
    ...host,
    clock: {
      ...systemClock,
      now: () => new Date(Date.now() + aheadMs),
      wait: (ms, signal) => systemClock.wait(ms / divisor, signal),
    },
    // How many times more often it may ask AWS: a budget that is waited for less is overdrawn.
    rates: rateTimes(RATES, setting("RATE_FACTOR", 1)),
    leaseMs: setting("LEASE_MS", LEASE_MS),
    callPolicy: {
      ...CALL_POLICY,
      // A busy machine connects late, and a write that is sent again is not known to be refused.
      connectMs: 30_000,
      answerMs: setting("ANSWER_MS", CALL_POLICY.answerMs),
      backOffMs: setting("BACK_OFF_MS", CALL_POLICY.backOffMs),
    },
    // What is shown in the middle of something else is narrower, and coloured as on its terminal.
    stdout: {
      ...host.stdout,
      width: setting("WIDTH", host.stdout.width),
      isTerminal: host.stdout.isTerminal || host.env("GROUNDSKEEPER_TEST_COLOR") !== undefined,
    },
  };
}
