import type { Job } from "../../core/job.ts";
import type { RepoSettings } from "../config.ts";
import type { Observed } from "../observed.ts";
import type { Earlier } from "../planning.ts";

/** What the text for people is made of. */
export type RenderInput = Parameters<Job<RepoSettings, Observed, Earlier>["text"]>[0];
