import type * as job from "../core/job.ts";
import type { JobPlan, Planned } from "../core/plan/document.ts";
import type { RunResult } from "../core/run/run_document.ts";
import type { RepoChange } from "./change/repo_change.ts";
import type { Asked, RepoSettings } from "./config.ts";
import type { Verdicts } from "./numbers.ts";
import type { ObservedAccount } from "./observed.ts";
import type { Earlier } from "./planning.ts";
import type { RepoKeys } from "./present/names.ts";

/** The types of the job, for core. */
export type RepoTypes = {
  readonly Config: RepoSettings;
  readonly Part: ObservedAccount;
  readonly Earlier: Earlier;
  readonly Change: RepoChange;
  readonly Own: RepoOwn;
};

export type RepoOwn = RepoKeys & {
  readonly catalogue: string;
  readonly trust_first_scan: boolean;
  /** Absent where roles were judged by evidence alone. */
  readonly asked?: Omit<Asked, "roles">;
  /** How each role was judged by evidence, by its ID: the inventory keeps it. */
  readonly verdicts: ReadonlyMap<string, Verdicts>;
};

export type RepoJobPlan = JobPlan<RepoTypes>;
export type RepoPlan = Planned<RepoTypes>;
export type RepoRunResult = RunResult<RepoTypes>;
export type RepoReporting = job.Reporting<RepoTypes>;
export type RenderInput = job.RenderInput<RepoTypes>;
export type Explaining = job.Explaining<RepoTypes>;
