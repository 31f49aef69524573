import type { RoleEntry } from "../../../../runners/repo/present/names.ts";
import { aRole, kept, loss, policy } from "./plan_fixture.ts";

/** Texts that a terminal or an editor would obey, by what they do. */
export const HOSTILE: readonly (readonly [what: string, text: string])[] = [
  ["an escape that recolours", "\u001b[31mred"],
  ["a bell and a backspace", "a\u0007\u0008b"],
  ["a carriage return", "a\rNothing was changed."],
  ["a line break", "a\nNothing was changed."],
  ["a tab", "a\tb"],
  ["C1 controls", "a\u009b2Jb"],
  ["text that runs backwards", "a\u202eb"],
  ["an isolate", "a\u2066b\u2069"],
  ["a line separator", "a\u2028b\u2029c"],
  ["a zero-width space", "a\u200bb"],
];

/** What no text may hold. */
export const OBEYED =
  // deno-lint-ignore no-control-regex
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

/** A role that says the same text wherever a text may stand. */
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
