import * as z from "zod";
import { filePath, literal, literals } from "../core/config/literal.ts";
import { accountId, day, duration, regionName, unitId } from "../core/config/values.ts";
import { durationMs } from "../core/duration.ts";
import { patternProblem as linearProblem } from "../core/pattern.ts";
import { isBlank, plainForm } from "../core/spelling.ts";

// Key and value limits: EC2 user guide, "Tag your Amazon EC2 resources", restrictions.
const seenKey = z.string().min(1).max(128).refine(
  (key) => plainForm(key) === key.normalize("NFC"),
  "must not have invisible characters or outer spaces, which nobody sees",
);
export const tagKey = literal(seenKey, "name each key by itself").refine(
  (key) => !key.toLowerCase().startsWith("aws:"),
  'must not begin with "aws:", which AWS keeps for itself',
);
const tagText = z.string().max(256);
const tagValue = literal(tagText, "name each value by itself");

/** A tag of `audit.managedTags`: a key, also one of AWS's, or the beginning of keys. */
const managerKey = seenKey.refine(
  (key) => !key.includes("*"),
  'must have no "*", which would stand for itself: write {"prefix": "…"} for how keys begin',
);
export const managerTag = z.union([managerKey, z.strictObject({ prefix: managerKey })]);

const pattern = z.string().max(500).superRefine((text, context) => {
  const problem = patternProblem(text);
  if (problem) context.addIssue({ code: "custom", message: problem });
}).meta({ description: "A regular expression, anchored, without look-around: ^[a-z]{2,8}$" });

/** Some accounts, by their IDs, or all but some. */
export const allExcept = z.strictObject({ allExcept: z.array(accountId).min(1) });

/** A file on this machine, relative to the configuration's. */
const listFile = filePath.refine(
  (path) => !path.includes("://"),
  "must be a file, relative to this one: copy the list there before each run",
);

const principal = z.strictObject({
  users: z.union([z.boolean(), allExcept]).exactOptional().meta({
    description: "Whether the accounts have IAM users that may be named; " +
      '{"allExcept": [...]}: all accounts but these',
  }),
  file: listFile.exactOptional().meta({
    description: "A file with principals that may be named, in the form of valueFrom",
  }),
}).refine(
  ({ users = false, file }) => users === true || file !== undefined,
  "must name a file of principals where accounts have no IAM users, or nobody could keep the " +
    'rule: {"users": false, "file": "principals.txt"}',
);

const valueRule = z.union([
  z.strictObject({ oneOf: literals(tagText) }),
  z.strictObject({ pattern }),
  z.strictObject({ principal }),
  z.strictObject({
    date: z.strictObject({
      atMost: duration.meta({ description: "How far ahead the day may be" }),
    }),
  }).meta({ description: "A day that is not over, written YYYY-MM-DD, UTC" }),
  z.strictObject({
    valueFrom: listFile.meta({
      description: "A file with the values: one in each line, or, if its name ends in .json, a " +
        "JSON array of strings. Its path is relative to this file",
    }),
  }),
]);

/**
 * A tag that an instance may carry: with this value, with one of these, with one that matches, or
 * with any. AWS's own keys may be named: nobody can set these.
 */
const tagTest = z.strictObject({
  key: seenKey.refine(
    (key) => !key.includes("*"),
    'must have no "*", which would stand for itself',
  ),
  value: literal(tagText, 'write "pattern" for values of many forms').exactOptional(),
  oneOf: literals(tagText).exactOptional(),
  pattern: pattern.exactOptional(),
}).refine(
  ({ value, oneOf, pattern }) =>
    [value, oneOf, pattern].filter((one) => one !== undefined).length < 2,
  "must have at most one of value, oneOf, pattern",
).meta({ description: "A tag; with its key alone: whatever its value is" });
export type TagTest = z.infer<typeof tagTest>;

const condition = {
  accounts: z.array(accountId).min(1).exactOptional(),
  units: z.array(unitId).min(1).exactOptional().meta({
    description: 'Organizational units, with all below them. Needs accounts: "organizations"',
  }),
  regions: z.array(regionName).min(1).exactOptional(),
  vpcs: z.array(z.string().regex(/^vpc-[0-9a-f]{8}([0-9a-f]{9})?$/, "must be a VPC ID, vpc-…"))
    .min(1).exactOptional(),
  tag: tagTest.exactOptional(),
};
const hasMember = (said: object) => Object.keys(said).length > 0;
const NEEDS_MEMBER = `must say at least one of ${Object.keys(condition).join(", ")}`;
const conditions = z.strictObject(condition).refine(hasMember, NEEDS_MEMBER);
export type Conditions = z.infer<typeof conditions>;

const when = z.strictObject({
  ...condition,
  not: conditions.exactOptional().meta({
    description: "The rule does not apply where all members of this hold",
  }),
}).refine(hasMember, NEEDS_MEMBER).meta({
  description: "Where the rule applies: all members must hold. Absent: everywhere",
});
export type When = z.infer<typeof when>;

/** What people write who know Cloud Custodian or tag policies, and what to write here. */
const INSTEAD = {
  or: '"anyOf": [{"key": …}, {"key": …}]: one of these keys must be kept',
  and: "a rule for each key: all rules must be kept",
  not: 'it into "when", as what must not hold for the rule to apply',
  filters: 'a rule for each tag that must be there, and "when" for which instances it is',
  absent: 'the key alone, {"key": …}: each key that is named must be there',
  present: 'the key alone, {"key": …}: each key that is named must be there',
  tag_key: '"key"',
  tag_value: '"value": {"oneOf": [...]}, or {"pattern": "^…$"} where a value has a "*"',
  enforced_for: "nothing: all rules are about EC2 instances",
  "@@assign": 'the value itself: {"key": "CostCenter", "value": {"oneOf": ["100", "200"]}}',
} as const;

const keyRule = {
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
};
const alternative = z.strictObject(keyRule).meta({ instead: INSTEAD });
export type KeyRule = z.infer<typeof alternative>;

export const tagRule = z.union([
  z.strictObject({ ...keyRule, when: when.exactOptional() }).meta({ instead: INSTEAD }),
  z.strictObject({
    anyOf: z.array(alternative).min(2, "needs at least two keys").meta({
      description: "The rule is kept if one of these is kept",
    }),
    when: when.exactOptional(),
  }),
]);

export const exemption = z.strictObject({
  match: z.union([
    z.strictObject({
      instanceId: z.string().regex(/^i-[0-9a-f]{8}([0-9a-f]{9})?$/, "must be an instance ID, i-…"),
    }),
    z.strictObject({
      imageId: z.string().regex(/^ami-[0-9a-f]{8}([0-9a-f]{9})?$/, "must be an image ID, ami-…"),
    }),
    z.strictObject({ account: accountId }),
    z.strictObject({ tag: tagTest }),
  ]),
  reason: z.string().min(3).refine((text) => !isBlank(text), "must not be blank"),
  until: day.meta({ description: "The last day (UTC) of the exemption, at most a year ahead" }),
});

/** The steps of the ladder, in their order. */
export const STEPS = ["mark", "stop", "terminate"] as const;
export type StepName = typeof STEPS[number];

export const ladder = z.array(z.strictObject({ after: duration, do: z.enum(STEPS) })).min(1);

export const canary = z.strictObject({
  mode: z.enum(["when-enforcing", "required", "off"]).default("when-enforcing").meta({
    description: "Where a stopped instance with known tags must be seen before a region's answer " +
      "is believed",
  }),
  image: z.string().regex(
    /^(ami-[0-9a-f]{8}([0-9a-f]{9})?|ssm:\/[\w./-]+)$/,
    'must be an image ID, or an SSM parameter that holds one: "ssm:/…"',
  ).default("ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-minimal-kernel-default-x86_64"),
  subnets: z.record(
    z.string().regex(
      /^(\d{12}\/)?[a-z]{2,4}(-[a-z]+)+-\d$/,
      'must be a region, or an account and a region: "111111111111/us-east-1"',
    ),
    z.string().regex(/^subnet-[0-9a-f]{8}([0-9a-f]{9})?$/, "must be a subnet ID, subnet-…"),
  ).default({}).meta({
    description: "Where canaries are made; without an entry, in the default VPC",
  }),
  tags: z.record(tagKey, tagValue).default({
    Name: "api-canary-{region}",
    project: "API canary",
    created_by: "groundskeeper",
  }).meta({ description: "Exactly the tags of a canary; {region} is filled in" }),
});

/** What is wrong with the order of the steps, or undefined where it is right. */
export function ladderProblem(
  steps: readonly { readonly after: string; readonly do: StepName }[],
): string | undefined {
  if (steps[0]!.do !== "mark") return 'must begin with {"after": …, "do": "mark"}';
  for (const [index, step] of steps.entries()) {
    const before = steps[index - 1];
    if (!before) continue;
    if (STEPS.indexOf(step.do) <= STEPS.indexOf(before.do)) {
      return `must go from mark over stop to terminate, found "${step.do}" after "${before.do}"`;
    }
    if (durationMs(step.after) <= durationMs(before.after)) {
      return `must be strictly ascending, found "${step.after}" after "${before.after}"`;
    }
  }
}

/** Why a pattern cannot be used, or undefined where it can. */
function patternProblem(text: string): string | undefined {
  if (!text.startsWith("^") || !text.endsWith("$") || text.endsWith("\\$")) {
    return 'must be anchored, "^…$", or it would match anywhere in the value';
  }
  return linearProblem(text) ??
    (hasOpenAlternative(text.slice(1, -1))
      ? 'must keep its alternatives in brackets, "^(a|b)$", since "^a|b$" is anchored on one side each'
      : undefined);
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
