import type { Clock } from "../clock.ts";
import { partitionOfRegion } from "./arn.ts";
import { believedList } from "./believed_list.ts";
import type { Log } from "../log/log.ts";
import { failureOf } from "./failure.ts";
import { REGIONS } from "./region_names.ts";
import { enabledRegions } from "./regions.ts";
import type { Session } from "./session.ts";

/**
 * Tells whether an account has enabled a Region that somebody names: a request for another one would
 * reach no endpoint, or one of another partition. The Regions are listed again from time to time, and
 * sooner if one is missing: it may just be enabled. Needs ec2:DescribeRegions.
 *
 * @returns a question that throws if they cannot be listed
 */
export function accountRegions(
  { clock, log }: { readonly clock: Pick<Clock, "monotonicMs">; readonly log: Log },
): (session: Session, region: string) => Promise<boolean> {
  const accounts = new Map<string, (region: string) => Promise<boolean>>();
  return async (session, region) => {
    if (partitionOfRegion(region) !== session.partition) return false;
    const isEnabled = accounts.getOrInsertComputed(
      session.account,
      () => believedList(() => enabledOrKnown(session, log), clock),
    );
    return await isEnabled(region);
  };
}

/** If the question is denied, the Regions that are known here: EC2 may answer in them. */
async function enabledOrKnown(session: Session, log: Log): Promise<Iterable<string>> {
  return await enabledRegions(session).catch((error: unknown) => {
    const failure = failureOf(error);
    if (failure.reason !== "access-denied" && failure.reason !== "denied-by-policy") throw error;
    log.warn("Which Regions an account has enabled is not known: any known Region is asked", {
      account: session.account,
      ...failure,
    });
    return REGIONS;
  });
}
