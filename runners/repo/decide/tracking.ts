import { DAY_MS } from "../../core/duration.ts";
import { lowerCase } from "../catalogue/glob.ts";
import { serviceOf } from "../catalogue/catalogue.ts";
import { readInstant } from "./instants.ts";

/**
 * Since when AWS tracks the actions of a whole service, by partition (IAM User Guide, "Refine
 * permissions in AWS using last accessed information", "Where AWS tracks last accessed
 * information" and the announcements that it names). For other services no day is documented that
 * holds for each of their actions.
 */
const DOCUMENTED: {
  readonly [partition: string]: { readonly [service: string]: string } | undefined;
} = {
  "aws": { s3: "2020-04-12", ec2: "2021-04-07", iam: "2021-04-07", lambda: "2021-04-07" },
  "aws-us-gov": { s3: "2023-07-01", ec2: "2023-07-01", iam: "2023-07-01", lambda: "2023-07-01" },
};

/** The reports of one refresh are generated within this time. */
const FIRST_LOOK_MS = DAY_MS;

/** Since when AWS tracks single actions, as far as that can be shown. */
export interface Tracking {
  /**
   * Whether AWS has tracked an action at all times since an instant.
   *
   * @param action in lower case: `s3:createbucket`
   * @param start milliseconds since 1970
   */
  since(action: string, partition: string, start: number): boolean;
}

/**
 * One of these shows that an action was tracked: a report listed it that long ago; a use of it is
 * dated before; or AWS documents it for all actions of its service, unless reports listed other
 * actions of the service earlier: then AWS began to track this one later.
 *
 * @param tracked when a report first listed each action, RFC 3339, by action in lower case
 * @param oldestUse the oldest use of each action that was read in this run, by action in lower case
 */
export function trackingOf(
  tracked: ReadonlyMap<string, string>,
  oldestUse: ReadonlyMap<string, number>,
): Tracking {
  const firstOfService = new Map<string, number>();
  for (const [action, at] of tracked) {
    const seen = readInstant(at);
    if (seen === null) continue;
    const service = serviceOf(action);
    firstOfService.set(service, Math.min(seen, firstOfService.get(service) ?? seen));
  }
  const documented = (action: string, partition: string, start: number): boolean => {
    const service = serviceOf(action);
    const day = own(own(DOCUMENTED, partition) ?? {}, service);
    if (day === undefined || Date.parse(`${day}T00:00:00Z`) > start) return false;
    const first = firstOfService.get(service);
    if (first === undefined) return true;
    const seen = readInstant(tracked.get(action) ?? "");
    return seen !== null && seen <= first + FIRST_LOOK_MS;
  };
  return {
    since: (action, partition, start) => {
      const seen = readInstant(tracked.get(action) ?? "");
      const used = oldestUse.get(action);
      return seen !== null && seen <= start || used !== undefined && used <= start ||
        documented(action, partition, start);
    },
  };
}

/** Notes a dated use of an action, if it is the oldest so far. */
export function noteUse(
  oldest: Map<string, number>,
  service: string,
  name: string,
  lastUsed: string,
): void {
  const at = readInstant(lastUsed);
  if (at === null) return;
  const action = evidenceAction(service, name);
  oldest.set(action, Math.min(at, oldest.get(action) ?? at));
}

/** In lower case and with its service, which the evidence may leave out. */
export function evidenceAction(service: string, name: string): string {
  return lowerCase(name.includes(":") ? name : `${service}:${name}`);
}

function own<Value>(table: { readonly [key: string]: Value }, key: string): Value | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

/**
 * Actions whose use no report can show; `NOT_TRACKED` has complete services. IAM User Guide,
 * "Refine permissions in AWS using last accessed information": iam:PassRole is checked while
 * another service's action is called, and is not tracked; the others are checked in the same way,
 * or are no call at all.
 */
export const NEVER_TRACKED: readonly string[] = [
  "iam:PassRole",
  // Checked while a role is assumed (IAM User Guide, "Pass session tags", "Monitor and control
  // actions taken with assumed roles"; STS, "Setting a context").
  "sts:SetContext",
  "sts:SetSourceIdentity",
  "sts:TagSession",
  // A token that is signed where it is used, without a call (ElastiCache User Guide and MemoryDB
  // Developer Guide, "Authenticating with IAM"; RDS User Guide, "IAM database authentication").
  "elasticache:Connect",
  "memorydb:Connect",
  "rds-db:connect",
  "dsql:DbConnect",
  "dsql:DbConnectAdmin",
];

/**
 * Services that IAM lists in its reports and may not track: for them a missing date proves nothing.
 * Each with the public report, or the page of AWS that says that their use is no event.
 * `NEVER_TRACKED` has single actions.
 */
export const NOT_TRACKED: ReadonlyMap<string, string> = new Map([
  ["lightsail", "Repokid, pull request 11 and issue 18"],
  ["organizations", "Repokid, IAM_ACCESS_ADVISOR_UNSUPPORTED_SERVICES of 2018"],
  ["tag", "Repokid, pull request 140: not before October 2018"],
  ["rds-db", 'RDS User Guide, "IAM database authentication", "Limitations": it is not logged'],
  ["dsql", 'Aurora DSQL User Guide, "Generating an authentication token": no call'],
  ["execute-api", 'API Gateway Developer Guide, "Log API calls with CloudTrail": management alone'],
  ["kafka-cluster", 'MSK Developer Guide, "Log API calls with CloudTrail": no reads and writes'],
  ["neptune-db", 'Neptune User Guide, "Logging API calls with CloudTrail": management alone'],
]);
