import type { ReportsConfig } from "../runners/core/config/reports.ts";
import { type JobNeeds, type RunNeed, withHome } from "../runners/core/needs/needs.ts";
import type { DeployedJob } from "../runners/core/program.ts";

/** What each job's runs leave of what they did, found, and could not do. */
const OF_RUNS = ["run", "journal", "journal-by-run", "refused-change"];

/** What owners, and what comes next, are known from, by job: what the jobs' `stored` reads. */
const OF_JOBS: { readonly [job: string]: readonly string[] } = {
  audit: ["account", "sighting", "mark", "level", "last-owner"],
  dirty: [],
  repo: ["account", "role", "schedule", "opt-out"],
};

const JOBS = Object.keys(OF_JOBS);

const DIGEST: RunNeed = {
  verbs: ["digest"],
  roles: [],
  // The day is over everywhere in UTC, and nobody has read their mail.
  starts: "cron(0 6 * * ? *)",
  rows: {
    reads: [
      ...JOBS.flatMap((job) => [...OF_RUNS, ...OF_JOBS[job]!].map((kind) => `${job}/${kind}`)),
      "reports/sent-mail",
    ],
    writes: ["reports/sent-mail"],
  },
};

const PUBLICATIONS = JOBS.map((job) => `${job}/publication`);

const REPLAY: RunNeed = {
  verbs: ["replay", "setup"],
  roles: [],
  starts: "by hand",
  rows: { reads: PUBLICATIONS, writes: PUBLICATIONS },
};

/**
 * What the reports need in AWS: the store, which has what the runs of all jobs left, and nothing else.
 * The kinds of rows are named with the job's name, since they are of other jobs. The digest writes
 * which mail it has sent; no mark, schedule or limit of a job.
 *
 * Tests: `test/reports/needs_test.ts`, `test/policies/reports_cases.ts` (what its policies allow).
 *
 * @param config undefined: all that any configuration may need
 */
export function reportsNeeds(config?: ReportsConfig): JobNeeds {
  return withHome({
    job: "reports",
    roles: {},
    unitsFor: "",
    runs: {
      ...config?.mail === null ? {} : { digest: DIGEST },
      ...config?.elasticsearch === null ? {} : { replay: REPLAY },
    },
  });
}

/** The reports as those know them who deploy them; their settings are of core, and no job's. */
export const part: Pick<DeployedJob<ReportsConfig>, "name" | "needs"> = {
  name: "reports",
  needs: reportsNeeds,
};
