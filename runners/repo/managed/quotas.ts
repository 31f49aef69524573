/**
 * IAM's limits of a managed policy (IAM User Guide, "IAM and AWS STS quotas"): characters, white
 * space not among them, and versions that are kept at a time.
 */
export const MANAGED_QUOTA = 6_144;
export const MOST_VERSIONS = 5;
