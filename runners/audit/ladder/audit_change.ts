import * as z from "zod";
import { CANARY_STAMP_TAG } from "../../core/contract/names.ts";
import type { Batching } from "../../core/job.ts";
import { changeOfKind, type WrittenChange } from "../../core/plan/change.ts";
import {
  canaryImageSchema,
  GONE_STATES,
  protectionSchema,
  STARTED_STATES,
  STOPPED_STATES,
  tagsSchema,
} from "../observed.ts";
import { liftSchema } from "./protection.ts";
import { markSchema, stepsSchema } from "./mark.ts";

/** The tags that the judgement relies on. */
const evidence = z.object({ tags: tagsSchema });

/** What a stop and a termination rely on. What is lost with the instance is kept in the journal. */
const ladderBefore = evidence.extend({
  state: z.string(),
  zone: z.string(),
  mark: markSchema,
  instance: z.object({ type: z.string() }).catchall(z.json()),
});

const mark = changeOfKind(
  "mark",
  evidence,
  z.object({
    key: z.string(),
    value: z.string(),
    /** When the step after the mark falls due; without one, when the mark did. RFC 3339, UTC. */
    deadline: z.string(),
    rule_hash: z.string(),
    steps: stepsSchema.exactOptional(),
    /** Why the stop that the mark names will not be made. */
    cannot_stop: z.string().exactOptional(),
  }),
);
const unmark = changeOfKind("unmark", evidence, z.object({ key: z.string(), value: z.null() }));
const stop = changeOfKind("stop", ladderBefore, z.object({ state: z.literal("stopped") }));
const terminate = changeOfKind(
  "terminate",
  /** The protection is lifted for it, and put back should it fail. */
  ladderBefore.extend({ protection: protectionSchema.exactOptional() }),
  z.object({ state: z.literal("terminated") }),
);
/** Puts back the lifted protection of an instance that is not terminated after all. */
const restore = changeOfKind(
  "restore",
  z.object({ lift: liftSchema }),
  z.object({ protection: protectionSchema }),
);
/**
 * Starts an instance again that a run has stopped. `before` has what shows that nobody has touched it
 * since: {@linkcode touched}.
 */
const start = changeOfKind(
  "start",
  z.object({
    /** The run that has stopped it. */
    run_id: z.string(),
    state: z.literal("stopped"),
    zone: z.string(),
    /** The complete value of the mark that it carries. */
    mark_value: z.string(),
    instance: z.object({ type: z.string(), created: z.string(), launched: z.string() }),
  }),
  z.object({ state: z.literal("running") }),
);
/** The instant on a canary: one of the audit's own writes, not one of the plan's changes. */
const stamp = changeOfKind(
  "stamp",
  z.object({ stamp: z.string().nullable() }),
  z.object({ key: z.string(), value: z.string() }),
);

/** Makes the canary of a Region. `before` has the one that it takes the place of. */
const createCanary = changeOfKind(
  "create-canary",
  z.object({ canary: z.string().nullable() }),
  z.object({
    tags: tagsSchema,
    /** Its first stamp, by which the instance is found if the answer of its creation is lost. */
    stamp: z.string(),
    subnet: z.string().nullable(),
    image: canaryImageSchema,
  }),
);
const stopCanary = changeOfKind(
  "stop-canary",
  z.object({ state: z.string() }),
  z.object({ canary: z.string(), state: z.literal("stopped") }),
);

/** The changes that the audit makes. Each has in `before` all that it relies on. */
export const changeSchema = z.discriminatedUnion("kind", [
  mark,
  unmark,
  stop,
  terminate,
  restore,
  start,
  stamp,
  createCanary,
  stopCanary,
]);
export type AuditChange = Readonly<z.infer<typeof changeSchema>>;

export type Action = AuditChange["kind"];

/** The changes of one kind, or of some. */
export type ChangeOf<One extends Action> = Extract<AuditChange, { readonly kind: One }>;

/** As IAM spells them. */
export const ACTIONS = {
  mark: "ec2:CreateTags",
  unmark: "ec2:DeleteTags",
  stop: "ec2:StopInstances",
  terminate: "ec2:TerminateInstances",
  restore: "ec2:ModifyInstanceAttribute",
  start: "ec2:StartInstances",
  stamp: "ec2:CreateTags",
  "create-canary": "ec2:RunInstances",
  "stop-canary": "ec2:StopInstances",
} as const satisfies Readonly<Record<Action, string>>;

/** What a change in a plan file or in the journal means. */
export function kindOf({ action, after }: Pick<WrittenChange, "action" | "after">): Action {
  if (after["key"] === CANARY_STAMP_TAG) return "stamp";
  if (typeof after["canary"] === "string") return "stop-canary";
  const kinds = ["unmark", "stop", "terminate", "restore", "start", "create-canary"] as const;
  return kinds.find((kind) => ACTIONS[kind] === action) ?? "mark";
}

const FINAL = "A termination cannot be undone";

/** What every text says that speaks of one of these actions; "" if none of them is a termination. */
export function finality(...actions: readonly (Action | null)[]): "" | typeof FINAL {
  return actions.includes("terminate") ? FINAL : "";
}

/** The states that show the effect of a change of the state. A missing instance shows nothing. */
export function statesAfter(kind: Action): ReadonlySet<string> | undefined {
  if (kind === "terminate") return GONE_STATES;
  if (kind === "start") return STARTED_STATES;
  return kind === "stop" || kind === "stop-canary" ? STOPPED_STATES : undefined;
}

/**
 * What a change counts as in the limits; null for canaries, and for what gives back without a risk.
 * A start counts in the budget of undos alone.
 */
export function countsAs({ kind }: Pick<AuditChange, "kind">): string | null {
  return kind === "mark" || kind === "stop" || kind === "terminate" || kind === "start"
    ? ACTIONS[kind]
    : null;
}

/** Why the stop after the mark that a change sets will not be made. */
export function cannotStop(change: AuditChange | undefined): string | undefined {
  return change?.kind === "mark" ? change.after.cannot_stop : undefined;
}

/** EC2 filters take 200 values; tags are written one by one, since each mark has its deadline. */
const TAGS = { together: 100, perWrite: 1 } as const;
/**
 * Small batches of one availability zone: if one instance is protected, AWS terminates none of its
 * zone, and if one is unknown, none at all (EC2 API Reference, TerminateInstances).
 */
const INSTANCES = { together: 50, perWrite: 50 } as const;

/** A start takes a minute at most, as a rule; only an instance that runs has started. */
const STARTS = { lookAfterMs: [0, 2_000, 3_000, 5_000, 10_000, 20_000, 20_000] } as const;

/** Which changes are made together. */
export function batching(change: AuditChange): Batching {
  if (change.kind === "create-canary") return { key: change.kind, ...TAGS, repeatable: true };
  if (change.kind === "start") {
    return { key: `${change.kind}/${change.before.zone}`, ...INSTANCES, ...STARTS };
  }
  return change.kind === "stop" || change.kind === "terminate"
    ? { key: `${change.kind}/${change.before.zone}`, ...INSTANCES }
    : { key: change.kind, ...TAGS };
}

/** The role that makes a change. */
export function roleOf({ kind }: AuditChange): "apply" | "canary" {
  return kind === "stamp" || kind === "create-canary" || kind === "stop-canary"
    ? "canary"
    : "apply";
}
