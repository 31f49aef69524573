import type { JsonObject } from "../json.ts";
import type { Place } from "../plan/change.ts";
import type { StoredOwner } from "./stored.ts";

/** Something that is not as the configuration asks, as programs of others take it. */
export type Finding = Place & {
  /** What the account is called. */
  readonly accountName: string;
  /** An ARN. */
  readonly target: string;
  /** As people call the target; null: by its ID alone. */
  readonly name: string | null;
  /** What of the target is wrong: a code that never changes. With the target it is the same finding. */
  readonly rule: string;
  /** `rule`: a rule is broken. `event`: something has happened to the target. */
  readonly kind: "rule" | "event";
  /** docs/ci.md says why a rule has its severity. */
  readonly severity: "low" | "medium" | "high";
  /** What the rule is about, a few words: "Required tags". */
  readonly title: string;
  /** What is wrong with this target, a sentence without a period. */
  readonly detail: string;
  /** What to do about it, a sentence without a period. */
  readonly remediation: string;
  /** Since when it is so, as far as it is known: RFC 3339. */
  readonly since: string | null;
  readonly owner: StoredOwner | null;
  /** What the job knows besides. */
  readonly more: JsonObject;
};
