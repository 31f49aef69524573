import type { AuditConfig } from "../config.ts";
import type { ObservedInstance, ObservedRegion } from "../observed.ts";

/** What a stop of an instance would mean; both null where it would only stop. */
export type StopOutlook = {
  /** Why the ladder cannot stop the instance, for people. */
  readonly obstacle: string | null;
  /** What a stop loses, for people, where audit.instanceStore lets it. */
  readonly loss: string | null;
};

const NOTHING: StopOutlook = { obstacle: null, loss: null };

/**
 * Says what keeps the ladder from the stop, or what the stop loses, long before it is due.
 *
 * EC2 user guide, "Stop and start": an instance whose root is an instance store cannot be stopped,
 * and a stop loses the data on every instance-store volume, also beside a root on EBS. A type
 * counts as one with such volumes until it is known to have none.
 */
export function stopOutlook(
  { rootDevice, lifecycle, state, type }: ObservedInstance,
  { instanceStores }: Pick<ObservedRegion, "instanceStores">,
  { ladder, instanceStore }: Pick<AuditConfig, "ladder" | "instanceStore">,
): StopOutlook {
  // An instance that is stopped or stopping has lost that data already.
  if (!ladder.some((step) => step.do === "stop") || state !== "running") return NOTHING;
  const ends = ladder.some((step) => step.do === "terminate")
    ? "neither stops nor terminates it"
    : "does not stop it";
  const cannot = (why: string) => ({ obstacle: `${why}: the ladder ${ends}`, loss: null });
  if (rootDevice !== "ebs") {
    return cannot("its root device is an instance store, which a stop would lose");
  }
  if (lifecycle === "spot") return cannot("it is a spot instance");
  const has = Object.hasOwn(instanceStores.types, type) ? instanceStores.types[type] : undefined;
  if (has === false) return NOTHING;
  const name = type === "" ? "its type" : `its type ${type}`;
  if (instanceStore === "stop") {
    const loss = has
      ? `the data on the instance-store volumes of ${name} will be lost`
      : `it is not known whether ${name} has instance-store volumes; their data would be lost`;
    return { obstacle: null, loss };
  }
  const volumes = `${name} has instance-store volumes, whose data a stop would lose`;
  if (has) return cannot(volumes);
  const { unread } = instanceStores;
  const why = unread === undefined ? "is not known" : `could not be read (${unread})`;
  return cannot(`whether ${volumes}, ${why}`);
}
