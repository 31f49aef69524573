import * as z from "zod";
import { AUDIT_MARK_TAG } from "../core/contract/names.ts";
import { fold } from "./fold.ts";
import { accountId, bound, countBound, day, duration } from "../core/config/values.ts";

// Key and value limits: EC2 user guide, "Tag your Amazon EC2 resources", restrictions.
const tagKey = z.string().min(1).max(128).refine(
  (key) => !key.toLowerCase().startsWith("aws:"),
  'must not begin with "aws:", which AWS keeps for itself',
);
const tagValue = z.string().max(256);

const valueRule = z.union([
  z.strictObject({ oneOf: z.array(tagValue).min(1) }),
  z.strictObject({
    pattern: z.string().max(500).superRefine((text, context) => {
      const problem = patternProblem(text);
      if (problem) context.addIssue({ code: "custom", message: problem });
    }),
  }),
  z.strictObject({ principal: z.strictObject({ users: z.literal(true) }) }),
]);

const tagRule = z.strictObject({
  key: tagKey,
  match: z.enum(["exact", "insensitive"]).default("exact").meta({
    description: "Whether the key may be written in another case",
  }),
  aliases: z.array(tagKey).default([]).meta({
    description: "Old names of the key; their use is reported and never acted on",
  }),
  allowEmpty: z.boolean().default(false),
  value: valueRule.optional().meta({
    description: "What the value must be; any value where it is left out",
  }),
});

const exemption = z.strictObject({
  match: z.union([
    z.strictObject({
      instanceId: z.string().regex(/^i-[0-9a-f]{8}([0-9a-f]{9})?$/, "must be an instance ID, i-…"),
    }),
    z.strictObject({
      imageId: z.string().regex(/^ami-[0-9a-f]{8}([0-9a-f]{9})?$/, "must be an image ID, ami-…"),
    }),
    z.strictObject({ account: accountId }),
    z.strictObject({ tag: z.strictObject({ key: tagKey, value: tagValue }) }),
  ]),
  reason: z.string().min(3),
  until: day.meta({ description: "The last day (UTC) of the exemption, at most a year ahead" }),
});

/** The audit's settings. At least one rule; everything else has a default. */
export const auditSchema = z.strictObject({
  required: z.array(tagRule).min(1, "needs at least one rule").meta({
    description: "The tags that every instance must have",
  }),
  states: z.array(z.enum(["running", "stopping", "stopped"])).min(1).default([
    "running",
    "stopped",
  ]),
  grace: duration.default("60m").meta({
    description: "How long after its start an instance may be without its tags",
  }),
  clock: z.enum(["created", "launched"]).default("created").meta({
    description: '"created": the attachment of the primary network interface, which a restart ' +
      'does not renew. "launched": the last start',
  }),
  mark: tagKey.default(AUDIT_MARK_TAG).meta({ description: "The key of the tag that marks" }),
  enforce: z.strictObject({
    accounts: z.array(accountId).default([]),
  }).prefault({}).meta({ description: "Where apply may change anything. Empty: report only" }),
  ladder: z.array(z.strictObject({ after: duration, do: z.literal("mark") })).length(1)
    .default([{ after: "0m", do: "mark" }]).meta({
      description: "What happens to a violating instance, and how long after it was first seen",
    }),
  managed: z.enum(["report", "include"]).default("report").meta({
    description:
      "Whether instances of Auto Scaling groups, clusters and spot requests, which are " +
      "replaced when they go, are only reported",
  }),
  exempt: z.array(exemption).default([]),
  limits: z.strictObject({
    perRun: bound({ count: 10, percent: 10 }),
    perAccount: bound({ count: 5 }),
    perRegion: bound({}),
    rollingDay: countBound(20),
    minPopulation: z.int().min(0).default(20).meta({
      description: "A percentage of fewer instances than this does not bind",
    }),
  }).prefault({}),
});

export type AuditConfig = z.infer<typeof auditSchema>;
export type TagRule = AuditConfig["required"][number];
export type Exemption = AuditConfig["exempt"][number];

/** Contradictions that no single setting shows. Answers sentences that begin with a path. */
export function auditContradictions(config: AuditConfig, today: Date): string[] {
  const problems: string[] = [];
  const names: { key: string; insensitive: boolean; path: string }[] = [];
  config.required.forEach((rule, index) => {
    const path = `audit.required[${index}]`;
    for (const key of [rule.key, ...rule.aliases]) {
      const insensitive = rule.match === "insensitive";
      const earlier = names.find((name) =>
        name.key === key || (insensitive || name.insensitive) && fold(name.key) === fold(key)
      );
      if (earlier) {
        problems.push(`${path} uses the key "${key}", which ${earlier.path} uses already`);
      }
      names.push({ key, insensitive, path });
      if (fold(key) === fold(config.mark)) {
        problems.push(`${path} requires "${key}", which audit.mark sets itself`);
      }
    }
    if (rule.allowEmpty && rule.value) {
      problems.push(`${path} allows an empty value and also says what the value must be`);
    }
  });
  const latest = new Date(
    Date.UTC(today.getUTCFullYear() + 1, today.getUTCMonth(), today.getUTCDate()),
  );
  config.exempt.forEach((exemption, index) => {
    if (new Date(exemption.until) > latest) {
      problems.push(
        `audit.exempt[${index}].until must be within a year, found "${exemption.until}"`,
      );
    }
  });
  return problems;
}

/** Why a pattern cannot be used, or undefined where it can. */
function patternProblem(text: string): string | undefined {
  if (!text.startsWith("^") || !text.endsWith("$") || text.endsWith("\\$")) {
    return 'must be anchored, "^…$", or it would match anywhere in the value';
  }
  try {
    new RegExp(text, "u");
  } catch (error) {
    if (error instanceof SyntaxError) return `must be a regular expression (${error.message})`;
    throw error;
  }
  const body = text.slice(1, -1);
  return hasOpenAlternative(body)
    ? 'must keep its alternatives in brackets, "^(a|b)$", since "^a|b$" is anchored on one side each'
    : undefined;
}

/** Whether a `|` stands outside of all brackets and classes. */
function hasOpenAlternative(body: string): boolean {
  let depth = 0;
  let inClass = false;
  for (let index = 0; index < body.length; index++) {
    const character = body[index];
    if (character === "\\") index++;
    else if (inClass) inClass = character !== "]";
    else if (character === "[") inClass = true;
    else if (character === "(") depth++;
    else if (character === ")") depth--;
    else if (character === "|" && depth === 0) return true;
  }
  return false;
}
