import { instanceArn, partitionOfRegion } from "../../core/aws/arn.ts";
import type { Finding } from "../../core/report/finding.ts";
import type { AuditPlan } from "../audit_plan.ts";
import { accountName, brokenText } from "./names.ts";

/** Instances that break the rules, outside of their grace and of exemptions. */
export function auditFindings(plan: Pick<AuditPlan, "own">): Finding[] {
  return plan.own.findings.filter(({ stage }) => stage !== "exempt").map((finding) => {
    const { account, region, id, tags, broken, owner } = finding;
    return {
      ...{ account, region },
      accountName: accountName(plan, account),
      target: instanceArn(partitionOfRegion(region), region, account, id),
      name: tags["Name"] ?? null,
      rule: "required-tags",
      kind: "rule",
      // Nothing can be misused because of a missing tag: nobody knows whom to ask.
      severity: "low",
      title: "An EC2 instance breaks the tag scheme",
      detail: brokenText(finding),
      remediation: `Set ${[...new Set(broken.map(({ key }) => key))].join(", ")} as ` +
        "audit.required asks, or exempt the instance with an end in audit.exempt",
      since: finding.first_seen,
      owner: owner && { name: owner.name, source: owner.source },
      more: {
        state: finding.state,
        age_minutes: finding.age_minutes,
        kinds: [...finding.kinds],
        keys: [...new Set(broken.map(({ key }) => key))],
        stage: finding.stage,
        next: finding.next,
        deadline: finding.deadline,
        tags: { ...tags },
      },
    };
  });
}
