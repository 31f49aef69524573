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
  const goesOn = ladder.some((step) => step.do === "terminate");
  const cannot = (why: string): StopOutlook => ({
    obstacle: `${why}: the ladder ${
      goesOn ? "neither stops nor terminates it" : "does not stop it"
    }`,
    loss: null,
  });
  if (rootDevice !== "ebs") {
    return cannot("its root device is an instance store, which a stop would lose");
  }
  if (lifecycle === "spot") return cannot("it is a spot instance");
  const has = Object.hasOwn(instanceStores.types, type) ? instanceStores.types[type] : undefined;
  if (has === false) return NOTHING;
  const name = type === "" ? "its type" : `its type ${type}`;
  if (instanceStore === "stop") {
    return {
      obstacle: null,
      loss: has
        ? `the data on the instance-store volumes of ${name} will be lost`
        : `it is not known whether ${name} has instance-store volumes; their data would be lost`,
    };
  }
  return cannot(
    has
      ? `${name} has instance-store volumes, whose data a stop would lose`
      : `whether ${name} has instance-store volumes, whose data a stop would lose, ${
        instanceStores.unread === undefined
          ? "is not known"
          : `could not be read (${instanceStores.unread})`
      }`,
  );
}
