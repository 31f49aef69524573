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
];
