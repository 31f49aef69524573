import type { Evidence, Failure } from "../observed.ts";

/** What is kept of a role besides its row and its policies: for a cached plan, and for export. */
export type AccessRow = {
  readonly account: string;
  readonly arn: string;
  readonly evidence: CompactEvidence | Failure;
  readonly path: string;
  readonly description: string;
  readonly trust: string;
  readonly boundary: string | null;
  readonly attached: readonly string[];
  readonly instance_profiles: readonly string[];
};

/**
 * Evidence without what it repeats: a role that may do everything has a report of some 450
 * services, nearly all unused, and at action level of thousands of actions that were never used,
 * the same for each role.
 */
export type CompactEvidence = {
  readonly source: Evidence["source"];
  readonly level: Evidence["level"];
  readonly completed_at: string;
  /** The services with a date: last use, region, and the actions with a date; null: no list. */
  readonly used: {
    readonly [service: string]: readonly [
      string | null,
      string | null,
      { readonly [action: string]: string } | null,
    ];
  };
  /** The others, with blanks between them: those without a list of actions, those with one. */
  readonly unused: string;
  readonly unused_listed: string;
};

/** Since when a report lists an action, used or not. */
export type TrackedRow = {
  /** When the first report that lists it was completed, RFC 3339. */
  readonly since: string;
  /** The service's namespace, and the action as the report writes it. */
  readonly service: string;
  readonly action: string;
};
