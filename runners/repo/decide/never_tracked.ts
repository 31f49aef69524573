/**
 * Actions whose use no report can show. IAM User Guide, "Refine permissions in AWS using last
 * accessed information": iam:PassRole is checked while another service's action is called, and is
 * not tracked; the others are checked in the same way, or are no call at all.
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
 * Services that IAM lists in its reports and may not track: no date proves nothing of them. Each with
 * the public report, or the page of AWS that says that their use is no event.
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
