import * as z from "zod";
import type { Spared } from "../../core/plan/change.ts";
import type { AuditConfig, StepName } from "../config.ts";
import { tagsSchema } from "../observed.ts";
import type { Tags } from "../tags.ts";
import { asksOf } from "./until.ts";

/**
 * What a run saw of an instance that breaks the rules, as far as it decides what comes next: with its
 * mark it is enough to say so without asking AWS.
 */
export const seenSchema = z.object({
  /** As people call it; null: by its ID alone. */
  name: z.string().nullable(),
  state: z.string(),
  /** The mark, and the tags by which its owner asks for time. */
  tags: tagsSchema,
  /** Each rule that it breaks, a sentence without a period. */
  why: z.string(),
  /** The ladder goes on for it. False: it is only reported, or something keeps it from its next step. */
  goes_on: z.boolean(),
  /** Why the ladder will not stop it; absent: nothing is known that keeps it from that. */
  cannot_stop: z.string().exactOptional(),
});
export type Seen = Readonly<z.infer<typeof seenSchema>>;

/** Reasons to spare an instance that end by themselves: its next step comes all the same. */
const PASSING: ReadonlySet<string> = new Set([
  "marked",
  "stopped",
  "not-due",
  "too-few-looks",
  "stopping",
  "unconfirmed",
  "tag-sources-disagree",
]);

/** What of a finding decides how it goes on. */
type FindingAsSeen = {
  readonly state: string;
  readonly tags: Tags;
  readonly broken: readonly { readonly detail: string }[];
  readonly next: StepName | null;
};

/**
 * What is kept of a finding.
 *
 * @param spared why nothing is done to it in this run; undefined: a change is planned
 * @param obstacle why the ladder cannot stop it; null: nothing is known of one
 */
export function seenOf(
  { state, tags, broken, next }: FindingAsSeen,
  spared: Pick<Spared, "reason"> | undefined,
  obstacle: string | null,
  { mark }: Pick<AuditConfig, "mark">,
): Seen {
  const kept = new Set([mark, ...asksOf(tags).map(({ key }) => key)]);
  return {
    name: tags["Name"] ?? null,
    state,
    tags: Object.fromEntries(Object.entries(tags).filter(([key]) => kept.has(key))),
    why: broken.map(({ detail }) => detail).join("; "),
    goes_on: next !== null && (spared === undefined || PASSING.has(spared.reason)),
    ...(obstacle === null ? {} : { cannot_stop: obstacle }),
  };
}
