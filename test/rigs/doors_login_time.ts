import { median } from "../bench/measure.ts";
import { sshCommand, type Visit } from "./doors.ts";
import { withDoorsClient } from "./doors_client.ts";

/** The median times of logins, in milliseconds. */
export type LoginTimes = { readonly withMs: number; readonly withoutMs: number };

/** The most that the client may add to the median, in milliseconds. */
export const LOGIN_TARGET_MS = 30;

/** The PAM service of the sshd that has no client. */
export const WITHOUT = "sshd-without";

/**
 * Measures `ssh host true` by an sshd with the client and by one beside it without. They take turns,
 * so that other load on the machine meets both.
 *
 * @param portWithout of an sshd whose service is `WITHOUT`
 */
export async function measureLogins(
  visit: Visit,
  portWithout: number,
  logins: number,
): Promise<LoginTimes> {
  const ports = { with: visit.port, without: portWithout };
  const times = { with: [] as number[], without: [] as number[] };
  for (let login = 0; login < logins; login++) {
    for (const which of ["with", "without"] as const) {
      const command = sshCommand({ ...visit, port: ports[which] }, [], ["true"]);
      const startedMs = performance.now();
      await visit.machine.runWell(command);
      times[which].push(performance.now() - startedMs);
    }
  }
  return { withMs: median(times.with), withoutMs: median(times.without) };
}

/**
 * The same on a machine made for it, for a benchmark.
 * @throws Error if it has no sshd, or if `DoorsMachine.missing` names a reason
 */
export async function loginTimes(logins = 40): Promise<LoginTimes> {
  return await withDoorsClient(async ({ machine }, alice) =>
    await measureLogins(alice, await machine.startSshd(WITHOUT), logins)
  );
}

/** The times beside the target, in a sentence. */
export function loginTimesText({ withMs, withoutMs }: LoginTimes): string {
  const more = withMs - withoutMs;
  return `a login takes ${withMs.toFixed(0)} ms with the client and ${withoutMs.toFixed(0)} ms ` +
    `without: ${more.toFixed(0)} ms more at the median, and ${LOGIN_TARGET_MS} are the target`;
}
