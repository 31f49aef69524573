import type { JsonObject } from "../../runners/core/json.ts";
import { documentOf, type PolicyDocument, type Statement } from "./statement.ts";

/** The text of a policy as it is written to AWS, without white space between its elements. */
export function policyText(document: JsonObject): string {
  return JSON.stringify(document);
}

/** How AWS limits the size of a kind of policy. */
type Limit = {
  readonly most: number;
  readonly unit: "characters" | "bytes";
  readonly size: (text: string) => number;
  /** What to do where it is passed. */
  readonly advice: string;
};

/** IAM does not count white space, which values such as `API canary` have. */
const withoutSpace = (text: string) => text.replaceAll(/\s/g, "").length;

const LIMITS = {
  // Organizations User Guide, "Quotas for AWS Organizations": the text as it is written.
  "service control policy": {
    most: 5_120,
    unit: "characters",
    size: (text) => text.length,
    advice: "Give fewer roles names of their own in organization.namedRoles",
  },
  // IAM User Guide, "IAM and AWS STS quotas", as the two below.
  "managed policy": {
    most: 6_144,
    unit: "characters",
    size: withoutSpace,
    advice: "Give fewer roles names of their own in organization.namedRoles",
  },
  "inline policies": {
    most: 10_240,
    unit: "characters",
    size: withoutSpace,
    advice: "Name fewer resources in the job's settings",
  },
  "trust policy": {
    most: 2_048,
    unit: "characters",
    size: withoutSpace,
    advice: 'Ask for more of the quota "Role trust policy length", or name fewer principals',
  },
  // SQS Developer Guide, "Amazon SQS policy quotas".
  "queue policy": {
    most: 8_192,
    unit: "bytes",
    size: (text) => new TextEncoder().encode(text).length,
    advice: "Name fewer senders",
  },
} as const satisfies { readonly [kind: string]: Limit };

/**
 * Whether policies are larger than AWS takes them. Answers sentences.
 *
 * @param of what they belong to: `role "groundskeeper-audit-apply"`
 * @param documents all of a role for "inline policies", otherwise one
 */
export function sizeProblems(
  kind: keyof typeof LIMITS,
  of: string,
  ...documents: readonly JsonObject[]
): string[] {
  const { most, unit, size, advice } = LIMITS[kind];
  const found = documents.reduce((sum, document) => sum + size(policyText(document)), 0);
  return found <= most ? [] : [
    `The ${kind} of ${of} would have ${numberText(found)} ${unit}, and AWS takes ` +
    `${numberText(most)}. ${advice}`,
  ];
}

/** SQS Developer Guide, "Amazon SQS policy quotas". */
const MOST_PRINCIPALS = 50;

/** Whether a queue has more senders than its policy can name. Answers sentences. */
export function senderProblems(queue: string, senders: readonly string[]): string[] {
  return senders.length <= MOST_PRINCIPALS ? [] : [
    `The policy of ${queue} would name ${senders.length} senders, and SQS takes ` +
    `${MOST_PRINCIPALS}. Name fewer, or none: then the organization may send`,
  ];
}

/** Organizations User Guide, "Quotas for AWS Organizations": of a root, a unit or an account. */
const MOST_ATTACHED = 5;

/**
 * Whether more service control policies would be attached than AWS allows. Answers sentences.
 *
 * @param target a root, a unit or an account
 * @param guards how many of ours
 * @param others how many others are attached; `FullAWSAccess` is one
 */
export function attachmentProblems(target: string, guards: number, others: number): string[] {
  return guards + others <= MOST_ATTACHED ? [] : [
    `${target} would have ${guards + others} service control policies, ${guards} of them guards, ` +
    `and AWS allows ${MOST_ATTACHED}. Attach the guards above or below it, or merge other policies`,
  ];
}

/**
 * The statements in as few service control policies as they fit in, in the same order each time. A
 * statement that is too large by itself is alone in one, which `sizeProblems` finds.
 */
export function splitGuards(statements: readonly Statement[]): PolicyDocument[] {
  for (let most = 1;; most++) {
    const groups = grouped(statements, most);
    if (groups) return groups.map(documentOf);
  }
}

/** In at most so many groups; undefined if they do not fit. A few statements: all ways are tried. */
function grouped(
  statements: readonly Statement[],
  most: number,
  groups: readonly (readonly Statement[])[] = [],
): readonly (readonly Statement[])[] | undefined {
  const [statement, ...rest] = statements;
  if (!statement) return groups;
  for (const [at, group] of groups.entries()) {
    const larger = [...group, statement];
    const fitting = fits(larger) && grouped(rest, most, groups.with(at, larger));
    if (fitting) return fitting;
  }
  return groups.length < most ? grouped(rest, most, [...groups, [statement]]) : undefined;
}

function fits(statements: readonly Statement[]): boolean {
  const { most, size } = LIMITS["service control policy"];
  return size(policyText(documentOf(statements))) <= most;
}

function numberText(value: number): string {
  return value.toLocaleString("en-US");
}
