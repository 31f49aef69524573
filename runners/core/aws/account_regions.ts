import type { Clock } from "../clock.ts";
import { partitionOfRegion } from "./arn.ts";
import { believedList } from "./believed_list.ts";
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
  clock: Pick<Clock, "monotonicMs">,
): (session: Session, region: string) => Promise<boolean> {
  const accounts = new Map<string, (region: string) => Promise<boolean>>();
  return async (session, region) => {
    if (partitionOfRegion(region) !== session.partition) return false;
    const isEnabled = accounts.getOrInsertComputed(
      session.account,
      () => believedList(() => enabledOrKnown(session), clock),
    );
    return await isEnabled(region);
  };
}

/** If a policy denies the question, the Regions that are known here: EC2 may answer in them. */
async function enabledOrKnown(session: Session): Promise<Iterable<string>> {
  return await enabledRegions(session).catch((error: unknown) => {
    const { reason } = failureOf(error);
    if (reason !== "access-denied" && reason !== "denied-by-policy") throw error;
    return REGIONS;
  });
}
