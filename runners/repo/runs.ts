import type { JobNeeds } from "../core/needs/needs.ts";
import { commonRuns, rejectedRun, rowsOf } from "../core/needs/runs.ts";

/** A role as the last run has left it. */
const ROLE = ["role", "role-name", "version", "stats", "last-change"];

/** What is written of roles that were read. */
const OBSERVED = [
  "role",
  "role-name",
  "version",
  "policies",
  "stats",
  "access",
  "tracked-action",
  "managed-policy",
  "policy-first-seen",
  "account",
];

/** What earlier runs left for a plan. */
const EARLIER = [
  ...ROLE,
  "policies",
  "access",
  "tracked-action",
  "policy-first-seen",
  "opt-out",
  "schedule",
  "account",
  // What was removed lately: `repo.watch`.
  "journal",
];

const APPLIED = ["last-change", "schedule"];

/**
 * The kinds of run of the job.
 *
 * @param observing the roles that read
 */
export function repoRuns(observing: readonly string[]): JobNeeds["runs"] {
  return {
    ...commonRuns("repo", {
      observing,
      lists: ["roles", "role", "find", "versions", "stats", "access export", "import-config"],
      every: "rate(1 day)",
      rows: {
        listed: [
          ...ROLE,
          "policies",
          "access",
          "managed-policy",
          "account",
          "opt-out",
          "schedule",
          "imported-version",
        ],
        earlier: EARLIER,
        // --from-store
        planned: ["managed-policy"],
        reported: OBSERVED,
        applied: APPLIED,
      },
    }),
    refresh: {
      verbs: ["refresh"],
      roles: observing,
      starts: "rate(1 day)",
      // Where the policies changed, the row of the last change is written as it was read.
      rows: rowsOf("repo", "stores", {
        reads: [
          ...ROLE,
          "policies",
          "tracked-action",
          "managed-policy",
          "policy-first-seen",
          "account",
          "opt-out",
        ],
        writes: [...OBSERVED, "last-change"],
      }),
    },
    schedule: {
      verbs: ["schedule"],
      roles: observing,
      starts: "by hand",
      rows: rowsOf("repo", "stores", {
        reads: EARLIER,
        writes: [...OBSERVED, "schedule"],
      }),
    },
    optout: {
      verbs: ["opt-out"],
      roles: [],
      starts: "by hand",
      rows: rowsOf("repo", "stores", {
        reads: [...ROLE, "opt-out"],
        writes: ["opt-out"],
      }),
    },
    import: {
      verbs: ["import-table"],
      // The filters are prepared, as in every run that has sessions.
      roles: observing,
      starts: "by hand",
      rows: rowsOf("repo", "stores", {
        reads: ["account", "role", "opt-out"],
        writes: ["imported-version", "opt-out"],
      }),
    },
    rejected: rejectedRun("repo"),
    serve: {
      verbs: ["serve"],
      roles: [...observing, "apply"],
      starts: "service",
      rows: rowsOf("repo", "serves", {
        reads: [...EARLIER, "imported-version"],
        writes: [...OBSERVED, ...APPLIED, "opt-out"],
      }),
    },
  };
}
