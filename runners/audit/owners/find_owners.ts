import type { Session } from "../../core/aws/sessions.ts";
import type { Observing } from "../../core/job.ts";
import { compareText } from "../../core/plan/canonical.ts";
import type { AuditConfig } from "../config.ts";
import { instanceRowId } from "../ladder/mark.ts";
import type { ObservedInstance, ObservedRegion } from "../observed.ts";
import { ownerFromTags } from "./owners.ts";
import type { Earlier } from "../planning.ts";
import { readOwner } from "./read_owners.ts";

/** How many are looked up in a region by one run: CloudTrail bears one a second. */
const LOOKED_UP = 10;

/**
 * Looks up the owners of violating instances that no tag and no earlier run names. A plan asks only
 * about those on the ladder, since something is going to happen to them; a run that publishes asks
 * about some of the others too, those with a mark first, until all are known; `explain` asks about
 * its subject alone.
 */
export async function findOwners(
  session: Session,
  account: string,
  region: string,
  violating: readonly ObservedInstance[],
  { earlier, publishes, subject, log, now }: Observing<AuditConfig, Earlier>,
): Promise<ObservedRegion["owners"]> {
  const rowId = ({ id }: ObservedInstance) => instanceRowId(account, region, id);
  const isMarked = (instance: ObservedInstance) => earlier.marks.has(rowId(instance));
  const unknown = violating.filter((instance) =>
    !earlier.owners.has(rowId(instance)) && ownerFromTags(instance.tags) === null
  );
  const wanted = subject !== null
    ? unknown.filter(({ id }) => id === subject)
    : publishes
    ? unknown.toSorted((a, b) =>
      Number(isMarked(b)) - Number(isMarked(a)) || compareText(a.id, b.id)
    )
    : unknown.filter(isMarked);
  const owners: ObservedRegion["owners"] = [];
  for (const instance of wanted.slice(0, LOOKED_UP)) {
    const { owner, complete, failures } = await readOwner(session, region, instance, now);
    owners.push({ id: instance.id, owner, complete });
    const [failure] = failures;
    if (failure) {
      // What is refused for one is refused for all; the next run tries again.
      log.warn("the owner could not be looked up", { account, region, ...failure });
      break;
    }
  }
  return owners;
}
