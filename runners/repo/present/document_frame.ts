import { documentFrame } from "../../core/report/document_frame.ts";
import type { RepoReporting } from "../repo_plan.ts";
import { accountName } from "./names.ts";

/** A document of the job. */
export const document = documentFrame<RepoReporting>({
  job: "repo",
  category: "iam",
  dataset: "groundskeeper.repo",
  service: "iam",
  region: "global",
  accountName,
});
