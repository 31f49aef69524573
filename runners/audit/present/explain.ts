import type { Explaining } from "../audit_plan.ts";
import { INSTANCE_ID } from "../../core/aws/arn.ts";
import { UsageError } from "../../core/errors.ts";
import type { Explanation } from "../../core/job.ts";
import type { Place } from "../../core/plan/change.ts";
import { regionRowId } from "../canary/canary_rows.ts";
import { explainCanary } from "./explain_canary.ts";
import { explainInstance } from "./explain_instance.ts";
import { explainRegion, explainUsers } from "./explain_region.ts";
import type { Earlier } from "../planning.ts";

/** A region as people name it: account id or name, a slash, the region. */
const REGION_SUBJECT = /^([^/:]+)\/(global|[a-z]{2,4}(?:-[a-z]+)+-\d)$/;

/** Where an instance was seen last, or the region that is asked about. */
export function locate(subject: string, earlier: Earlier): Partial<Place> {
  const region = REGION_SUBJECT.exec(subject);
  if (region) {
    const [, account = "", inRegion = ""] = region;
    return {
      ...(/^\d{12}$/.test(account) ? { account } : {}),
      ...(inRegion === "global" ? {} : { region: inRegion }),
    };
  }
  if (!INSTANCE_ID.test(subject)) {
    throw new UsageError(
      `"${subject}" is neither an instance ID such as i-0123456789abcdef0 nor an account and ` +
        "region such as 111111111111/us-east-1",
    );
  }
  const canary = [...earlier.canaries].find(([, { instance_id }]) => instance_id === subject);
  const rowId = canary?.[0] ?? [...earlier.looks.keys(), ...earlier.marks.keys()]
    .find((id) => id.endsWith(`/${subject}`));
  const [account, inRegion] = rowId?.split("/") ?? [];
  return account && inRegion ? { account, region: inRegion } : {};
}

/** Says of an instance or a region what was seen, how it is judged, and what comes next. */
export function explain(explaining: Explaining): Explanation | null {
  const { subject, planning } = explaining;
  const region = REGION_SUBJECT.exec(subject);
  for (const account of planning.observed.accounts) {
    const named = region !== null &&
      [account.id, account.name, account.alias].includes(region[1]!);
    if (named && region[2] === "global" && account.users && "reason" in account.users) {
      return explainUsers(account, account.users);
    }
    for (const observed of account.regions) {
      if (region) {
        if (named && observed.region === region[2]) {
          return explainRegion(account, observed, explaining);
        }
        continue;
      }
      const instance = observed.instances.find(({ id }) => id === subject);
      if (!instance) continue;
      const rowId = regionRowId({ account: account.id, region: observed.region });
      return planning.earlier.canaries.get(rowId)?.instance_id === subject
        ? explainCanary(account, observed, instance, explaining)
        : explainInstance(account, observed, instance, explaining);
    }
  }
  return null;
}
