import { median } from "../bench/measure.ts";
import type { DoorsMachine } from "./doors_machine.ts";

/** How long logins took, in milliseconds. */
export type LoginTimes = {
  readonly logins: number;
  readonly withMs: number;
  readonly withoutMs: number;
};

/**
 * The median time of `ssh host true` on a machine with the client, and by an sshd beside it without;
 * they take turns, so that other load on the machine meets both.
 *
 * @param ports of the sshd whose sessions are recorded, and of the other one
 */
export async function measureLogins(
  machine: DoorsMachine,
  person: string,
  ports: { readonly recorded: number; readonly other: number },
  logins: number,
): Promise<LoginTimes> {
  const times = { recorded: [] as number[], other: [] as number[] };
  for (let login = 0; login < logins; login++) {
    for (const which of ["recorded", "other"] as const) {
      const before = performance.now();
      await machine.runWell([
        ...["ssh", "-F", "/mnt/ssh_config", "-p", String(ports[which])],
        ...["-i", `/mnt/keys/${person}`, `${person}@doors`, "true"],
      ]);
      times[which].push(performance.now() - before);
    }
  }
  return { logins, withMs: median(times.recorded), withoutMs: median(times.other) };
}
