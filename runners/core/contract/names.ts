/**
 * What two programs must agree on: names of roles, tags and documents. Imports nothing.
 */

/** What the names of our own roles and policies begin with, as they are proposed. */
export const OWN_PREFIX = "groundskeeper-";

/** What the one inline policy of each of our roles is called. */
export const POLICY_NAME = "groundskeeper";

/** How role names are made when the configuration says so: `groundskeeper-audit-observe`. */
export const ROLE_NAME_PATTERN = `${OWN_PREFIX}{job}-{role}`;

/** The start of every role session name, so that CloudTrail leads back to the journal. */
export const SESSION_NAME_PATTERN = "groundskeeper-{job}";

/** The key of the tag that marks an instance which breaks the rules, unless configured. */
export const AUDIT_MARK_TAG = "groundskeeper-audit";

/** The tag by which an owner asks for time: `YYYY-MM-DD`. Anyone may set it. */
export const UNTIL_TAG = "groundskeeper-until";

/** The tag of a canary that says when it was written last. */
export const CANARY_STAMP_TAG = "groundskeeper-canary";

/** The schemas of the documents that other programs read. */
export const SCHEMA = {
  plan: "groundskeeper.plan/1",
  run: "groundskeeper.run/1",
  snapshot: "groundskeeper.snapshot/2",
  part: "groundskeeper.part/1",
  notice: "groundskeeper.notice/1",
  digest: "groundskeeper.digest/1",
  forecast: "groundskeeper.forecast/1",
  error: "groundskeeper.error/1",
} as const;
