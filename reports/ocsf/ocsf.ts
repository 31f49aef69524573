import { parseArn } from "../../runners/core/aws/arn.ts";
import type { JsonObject } from "../../runners/core/json.ts";
import { shortHash } from "../../runners/core/plan/canonical.ts";
import type { Finding } from "../../runners/core/report/finding.ts";

/** Of which plan the findings are. */
type FindingsOf = {
  readonly job: string;
  readonly plan_id: string;
  /** RFC 3339. */
  readonly as_of: string;
};

/** OCSF 1.5, "Severity ID". */
const SEVERITIES = { low: [2, "Low"], medium: [3, "Medium"], high: [4, "High"] } as const;

/** OCSF 1.5: a rule that is broken is a Compliance Finding; what has happened is a Detection Finding. */
const CLASSES = {
  rule: [2003, "Compliance Finding"],
  event: [2004, "Detection Finding"],
} as const;

/** How people of AWS's services call a target: the types of Security Hub. */
const RESOURCE_TYPES: Readonly<Record<string, string>> = {
  "ec2:instance": "AwsEc2Instance",
  "iam:role": "AwsIamRole",
};

/**
 * Findings in the Open Cybersecurity Schema Framework (OCSF) 1.5 with its profile "cloud": one JSON
 * document on each line, so that a collector takes them one by one.
 *
 * `finding_info.uid` is the same in each run for one target and rule. What OCSF has no place for is
 * under `unmapped.groundskeeper`.
 */
export function* ocsfLines(
  findings: readonly Finding[],
  plan: FindingsOf,
  version: string,
): Generator<string> {
  for (const finding of findings) yield `${JSON.stringify(ocsfOf(finding, plan, version))}\n`;
}

function ocsfOf(finding: Finding, { job, plan_id, as_of }: FindingsOf, version: string) {
  const { region, target, rule, title, detail, since } = finding;
  const uid = `groundskeeper/${job}/${shortHash({ job, rule, target }, 32)}`;
  const time = Date.parse(as_of);
  const [classUid, className] = CLASSES[finding.kind];
  const [severityId, severity] = SEVERITIES[finding.severity];
  // One that was there before is an update of the finding that a run before may have told.
  const [activityId, activity] = since !== null && Date.parse(since) < time
    ? [2, "Update"] as const
    : [1, "Create"] as const;
  return {
    activity_id: activityId,
    activity_name: activity,
    category_name: "Findings",
    category_uid: 2,
    class_name: className,
    class_uid: classUid,
    type_name: `${className}: ${activity}`,
    type_uid: classUid * 100 + activityId,
    severity_id: severityId,
    severity,
    status_id: 1,
    status: "New",
    time,
    time_dt: as_of,
    message: detail,
    metadata: {
      version: "1.5.0",
      uid: shortHash({ uid, plan_id }, 32),
      profiles: ["cloud", "datetime"],
      product: { name: "Groundskeeper", vendor_name: "Groundskeeper", uid: job, version },
    },
    cloud: { provider: "AWS", region, account: accountOf(finding) },
    finding_info: {
      uid,
      title,
      desc: detail,
      types: [rule],
      ...(since === null ? {} : { first_seen_time: Date.parse(since), first_seen_time_dt: since }),
      last_seen_time: time,
      last_seen_time_dt: as_of,
    },
    remediation: { desc: finding.remediation },
    resources: [resourceOf(finding)],
    ...(finding.kind === "rule"
      ? { compliance: { control: rule, desc: title, status: "Fail", status_id: 3 } }
      : {}),
    unmapped: { groundskeeper: { job, plan_id, rule, ...finding.more } },
  } satisfies JsonObject;
}

function resourceOf(finding: Finding): JsonObject {
  const { target, name, region, owner } = finding;
  const { partition, service, resource } = parseArn(target);
  const type = `${service}:${resource.split("/")[0]}`;
  return {
    uid: target,
    type: RESOURCE_TYPES[type] ?? type,
    cloud_partition: partition,
    region,
    ...(name === null ? {} : { name }),
    ...(owner === null ? {} : {
      owner: {
        name: owner.name,
        uid: owner.name,
        type: owner.source,
        type_id: 99,
        account: accountOf(finding),
      },
    }),
  };
}

function accountOf({ account, accountName }: Finding) {
  return { name: accountName, type: "AWS Account", type_id: 10, uid: account };
}
