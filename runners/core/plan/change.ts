import * as z from "zod";
import type { JsonObject } from "../json.ts";
import { compareText, shortHash } from "./canonical.ts";

/** Where something is: an account and a region ("global" for services without regions). */
export type Place = {
  readonly account: string;
  readonly region: string;
};

/** One write that a plan asks for, with the types that its job gives to what it holds. */
export type Change<
  Before extends JsonObject = JsonObject,
  After extends JsonObject = JsonObject,
  Kind extends string = string,
> = Place & {
  /** What it means, in a word of its job. It is not written: `Job.kindOf` reads it back. */
  readonly kind: Kind;
  /** Derived from everything that the change relies on: equal id, equal change. */
  readonly id: string;
  /** As IAM spells it: `ec2:CreateTags`. */
  readonly action: string;
  /** The ARN of what is changed. */
  readonly target: string;
  /** A sentence for people. It never drives `apply`. */
  readonly reason: string;
  /** What the write relies on; `apply` reads it again before it writes. */
  readonly before: Before;
  /** What the write leaves. May hold instants that differ from run to run. */
  readonly after: After;
  /**
   * Changes of one lock are never under way at the same time, and none is made by what was read
   * before the last of them. Absent: the change's own id.
   */
  readonly lock?: string;
};

/** A change as documents, plan files and the journal have it. */
export type WrittenChange = Omit<Change, "kind">;

/** Checks a change that means `kind`: what it relies on, and what it leaves. */
export function changeOfKind<
  Kind extends string,
  Before extends z.ZodType<JsonObject>,
  After extends z.ZodType<JsonObject>,
>(kind: Kind, before: Before, after: After) {
  return z.object({
    kind: z.literal(kind),
    id: z.string(),
    account: z.string(),
    region: z.string(),
    action: z.string(),
    target: z.string(),
    reason: z.string(),
    before,
    after,
    lock: z.string().exactOptional(),
  });
}

/** The change as it is written; what stands beside it, such as an outcome, stays. */
export function written<One extends Change>({ kind: _kind, ...change }: One): Omit<One, "kind"> {
  return change;
}

/** Something that the plan has judged and leaves as it is, and why. */
export type Spared = Place & {
  readonly target: string;
  /** A stable kebab-case code. */
  readonly reason: string;
  /** The same for people. */
  readonly detail: string;
};

/**
 * Makes a change and its id.
 *
 * The id leaves out `reason` and `after`: a sentence may change its words, and a deadline counts from the
 * run that writes it. `settled` is what of `after` must be equal for two changes to be one.
 */
export function makeChange<Made extends Omit<WrittenChange, "id">>(
  job: string,
  change: Made,
  settled: JsonObject,
): { readonly id: string } & Made {
  const { account, region, action, target, before } = change;
  const id = shortHash({ job, account, region, action, target, before, settled }, 16);
  return { id, ...change };
}

/** Orders by account, region, target, and what `last` says; for arrays that `diff` compares. */
export function byPlace<T extends Place & { readonly target: string }>(
  last: (item: T) => string,
): (a: T, b: T) => number {
  return (a, b) =>
    compareText(a.account, b.account) || compareText(a.region, b.region) ||
    compareText(a.target, b.target) || compareText(last(a), last(b));
}
