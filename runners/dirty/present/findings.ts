import { instanceArn, partitionOfRegion } from "../../core/aws/arn.ts";
import type { Finding } from "../../core/report/finding.ts";
import type { DirtyTypes } from "../plan.ts";
import type { Planned } from "../../core/plan/document.ts";
import { accountName } from "./page.ts";

/** Instances that are dirty: somebody was on them since they were started or cleared. */
export function dirtyFindings(plan: Pick<Planned<DirtyTypes>, "own">): Finding[] {
  return plan.own.instances.filter(({ status }) => status === "dirty").map((instance) => {
    const { account, region, id, ledger } = instance;
    const since = ledger?.since ?? null;
    return {
      ...{ account, region },
      accountName: accountName(plan, account),
      target: instanceArn(partitionOfRegion(region), region, account, id),
      name: instance.name,
      rule: "dirty-instance",
      kind: "event",
      // What a person has changed on it is not known, and it is not shown that anything was.
      severity: "medium",
      title: "A person was on an EC2 instance",
      detail: since === null
        ? "the ledger says that it is dirty"
        : `${since.event} (${since.source}, ${since.level})`,
      remediation: "Replace the instance. If it is known to be clean: groundskeeper dirty clear " +
        `${id} --reason TEXT`,
      since: since?.at ?? null,
      owner: null,
      more: {
        state: instance.state,
        group: instance.group,
        marks: ledger?.marks ?? null,
        last: ledger?.last?.at ?? null,
      },
    };
  });
}
