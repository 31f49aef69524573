import { type JobNeeds, type Permission, permissionsOn } from "../core/needs/needs.ts";
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

/** Repokid's table, which is in the account of the home role. */
const REPOKID = permissionsOn(["arn:{partition}:dynamodb:*:*:table/repokid_roles"], {
  "dynamodb:Scan": "repo import-table: reads Repokid's table",
});

/** What tells the kinds of run of one configuration from those of another. */
type Configured = {
  /** The roles that read. */
  readonly observing: readonly string[];
  /** What each run that observes needs of its home role for the list of roles left alone. */
  readonly blocklist: readonly Permission[];
  /** What `serve` needs of its home role besides. */
  readonly serve: readonly Permission[];
};

/** The kinds of run of the job. */
export function repoRuns({ observing, blocklist, serve }: Configured): JobNeeds["runs"] {
  return {
    ...commonRuns("repo", {
      observing,
      home: blocklist,
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
        // --give-back: what was taken from managed policies of the role.
        earlier: [...EARLIER, "journal-by-target"],
        // --from-store
        planned: ["managed-policy"],
        reported: OBSERVED,
        applied: APPLIED,
      },
    }),
    refresh: {
      verbs: ["refresh"],
      roles: observing,
      home: blocklist,
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
      home: blocklist,
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
      roles: [],
      home: REPOKID,
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
      home: [...blocklist, ...serve],
      starts: "service",
      rows: rowsOf("repo", "serves", {
        reads: [...EARLIER, "imported-version"],
        writes: [...OBSERVED, ...APPLIED, "opt-out"],
      }),
    },
  };
}
