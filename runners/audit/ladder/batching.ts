import type { Batching } from "../../core/job.ts";
import type { AuditChange } from "./audit_change.ts";

/** EC2 filters take 200 values; tags are written one by one, since each mark has its deadline. */
const TAGS = { together: 100, perWrite: 1 } as const;
/**
 * Small batches of one availability zone: a protected instance keeps all of its zone from being
 * terminated, and an unknown one keeps all (EC2 API Reference, TerminateInstances).
 */
const INSTANCES = { together: 50, perWrite: 50 } as const;

/** Which changes are made together. */
export function batching(change: AuditChange): Batching {
  switch (change.kind) {
    case "stop":
    case "terminate":
      return { key: `${change.kind}/${change.before.zone}`, ...INSTANCES };
    default:
      return { key: change.kind, ...TAGS };
  }
}

/** The role that makes a change. */
export function roleOf({ kind }: AuditChange): "apply" | "canary" {
  return kind === "stamp" ? "canary" : "apply";
}
