import { documentFrame } from "../../core/report/document_frame.ts";
import type { AuditReporting } from "../audit_plan.ts";
import { accountName } from "./names.ts";

/** A document of the audit. */
export const document = documentFrame<AuditReporting>({
  job: "audit",
  category: "configuration",
  dataset: "groundskeeper.tag_audit",
  service: "ec2",
  accountName,
});
