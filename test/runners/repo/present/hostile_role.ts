import type { RoleEntry } from "../../../../runners/repo/present/names.ts";
import { aRole, kept, loss, policy } from "./plan_fixture.ts";

/** A role that has the same text wherever it may have one. */
export function roleOf(text: string, part: Partial<RoleEntry> = {}): RoleEntry {
  return aRole(text, {
    loses: [
      loss(text, 3),
      loss("sqs", 2, { reason: `hook:${text}`, actions: [text, `sqs:${text}`] }),
    ],
    keeps: [
      kept(text, 1, { reason: `hook:${text}` }),
      kept("s3", 1, { reason: "companion-of", of: text, actions: [text] }),
    ],
    edits: [
      { name: text, before: policy(text, "sqs:*"), after: policy(text) },
      { name: `${text}-gone`, before: text, after: null },
    ],
    managed: [{
      arn: `arn:aws:iam::111111111111:policy/${text}`,
      attachments: 1,
      permissions: 3,
      unused: 3,
      unused_services: [text],
    }],
    instance_profiles: [text],
    unused: true,
    notes: [text],
    ...part,
  });
}
