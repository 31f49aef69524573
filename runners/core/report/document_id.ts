import { hashOf } from "../plan/canonical.ts";

/** What a document is about. Empty strings where it is about more than one. */
type DocumentSubject = {
  readonly job: string;
  /** The scheduled instant that the run stands for, RFC 3339. */
  readonly slot: string;
  readonly type: string;
  readonly account: string;
  readonly region: string;
  /** The instance or role, or what else tells documents of one kind and place apart. */
  readonly instance: string;
};

/** The id of a document: the same whenever it is written again, so that writing twice is once. */
export function documentId(
  { job, slot, type, account, region, instance }: DocumentSubject,
): string {
  return hashOf({ job, slot, type, account, region, instance })
    .slice("sha256:".length, "sha256:".length + 32);
}
