import { UsageError } from "../core/errors.ts";
import type { JobProgram } from "../core/program.ts";
import type { DirtyConfig } from "./config.ts";

/** The verbs of the job `dirty`. */
export const program: JobProgram<DirtyConfig> = {
  run: ({ request: { verb } }) => Promise.reject(new UsageError(`There is no verb ${verb} yet`)),
};
