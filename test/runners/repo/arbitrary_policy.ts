import fc from "fast-check";
import type { ActionSet } from "../../../runners/repo/catalogue/action_set.ts";
import type { Universe } from "../../../runners/repo/catalogue/universe.ts";
import { SMALL } from "./small_universe.ts";

/**
 * Policies as people write them, and some that only a generator would: patterns are mostly actions,
 * some `Prefix*`, few whole services, and a handful of everything else.
 */

/** Names that no catalogue knows. Some begin like names that it knows. */
const UNKNOWN = [
  "foo:DoThing",
  "foo:*",
  "s3:ListBuckets2",
  "s3:constructor",
  "constructor:*",
  "__proto__:x",
  " s3:GetObject",
  "s3:GetObject ",
  "sqs:Newest*",
  "",
];
const ODD = [
  "*",
  "*",
  "*:*",
  "**",
  "s3*:Get*",
  "s3?:*",
  "s3:Get?bject",
  "s3:*",
  "iam:*User*",
  "*:List*",
  "*:*Tag*",
  "s3:*?Tagging",
  "s*s:*e*",
  "?am:*",
  "iam:??????????",
  "*:?et*",
  "sts:*",
  "iam:*Policy",
];

const place = fc.nat();

function pick<Value>(all: readonly Value[], at: number): Value {
  return all[at % all.length]!;
}

/** A pattern in no particular case. */
export function aPattern(universe: Universe): fc.Arbitrary<string> {
  const action = place.map((at) => pick(universe.actions, at));
  const prefixed = fc.tuple(action, fc.nat({ max: 20 })).map(([one, more]) =>
    `${one.slice(0, Math.min(one.length, one.indexOf(":") + 1 + more))}*`
  );
  const suffixed = fc.tuple(action, fc.integer({ min: 1, max: 12 })).map(([one, length]) =>
    `${one.slice(0, one.indexOf(":") + 1)}*${one.slice(-length).replace(/^.*:/, "")}`
  );
  const questioned = fc.tuple(action, fc.nat({ max: 12 })).map(([one, at]) => {
    const where = one.indexOf(":") + 1 + at;
    return where < one.length ? `${one.slice(0, where)}?${one.slice(where + 1)}` : one;
  });
  const service = fc.constantFrom(...universe.services).map((one) => `${one}:*`);
  const exact = fc.oneof(
    { weight: 60, arbitrary: action },
    { weight: 14, arbitrary: prefixed },
    { weight: 6, arbitrary: service },
    { weight: 4, arbitrary: suffixed },
    { weight: 3, arbitrary: questioned },
    { weight: 6, arbitrary: fc.constantFrom(...ODD) },
    { weight: 7, arbitrary: fc.constantFrom(...UNKNOWN) },
  );
  return fc.tuple(exact, fc.constantFrom("as is", "as is", "as is", "lower", "upper"))
    .map(([pattern, letters]) =>
      letters === "as is"
        ? pattern
        : letters === "lower"
        ? pattern.toLowerCase()
        : pattern.toUpperCase()
    );
}

const resource = fc.constantFrom<Record<string, unknown>>(
  { Resource: "*" },
  { Resource: "*" },
  { Resource: ["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"] },
  { Resource: "arn:aws-us-gov:sqs:us-gov-west-1:111111111111:queue" },
  { NotResource: ["arn:aws:iam::111111111111:role/path/*"] },
);
const condition = fc.constantFrom<Record<string, unknown>>(
  {},
  {},
  {},
  { Condition: { StringEquals: { "aws:RequestedRegion": ["us-east-1", "Action"] } } },
  { Condition: { Bool: { Action: "true", constructor: "x" } } },
);
const sid = fc.constantFrom<Record<string, unknown>>(
  {},
  {},
  {},
  { Sid: "" },
  { Sid: "Base1" },
  { Sid: "NOREPOkeep" },
  { Sid: "noRepo2" },
);

/** A statement as plain data. */
export function aStatement(universe: Universe): fc.Arbitrary<Record<string, unknown>> {
  return fc.record({
    sid,
    effect: fc.constantFrom("Allow", "Allow", "Allow", "Allow", "Allow", "Deny"),
    element: fc.constantFrom("Action", "Action", "Action", "Action", "Action", "NotAction"),
    patterns: fc.array(aPattern(universe), { minLength: 1, maxLength: 8 }),
    asText: fc.boolean(),
    resource,
    condition,
    actionsLast: fc.boolean(),
  }).map((parts) => {
    const single = parts.asText && parts.patterns.length === 1;
    const actions = { [parts.element]: single ? parts.patterns[0] : parts.patterns };
    const around = { ...parts.resource, ...parts.condition };
    return {
      ...parts.sid,
      Effect: parts.effect,
      ...(parts.actionsLast ? { ...around, ...actions } : { ...actions, ...around }),
    };
  });
}

/** JSON in the ways that consoles, Terraform, Python and people write it. */
function written(value: unknown, style: string): string {
  if (style === "python") return pythonJson(value);
  if (style === "trailing") return `\n ${JSON.stringify(value, null, 2)}\n\n`;
  return JSON.stringify(value, null, style);
}

function pythonJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(", ")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.entries(value).map(([key, member]) =>
    `${JSON.stringify(key)}: ${pythonJson(member)}`
  );
  return `{${members.join(", ")}}`;
}

const style = fc.constantFrom("", "  ", "    ", "\t", "python", "trailing");

/** The text of a policy. */
export function aPolicy(universe: Universe): fc.Arbitrary<string> {
  return fc.record({
    statements: fc.array(aStatement(universe), { maxLength: 5 }),
    asObject: fc.boolean(),
    id: fc.constantFrom({}, { Id: "an-id" }),
    style,
  }).map(({ statements, asObject, id, style }) =>
    written({
      Version: "2012-10-17",
      ...id,
      Statement: asObject && statements.length === 1 ? statements[0] : statements,
    }, style)
  );
}

/** Inline policies by name. */
export function somePolicies(universe: Universe): fc.Arbitrary<Record<string, string>> {
  return fc.uniqueArray(
    fc.constantFrom("app", "constructor", "__proto__", "z"),
    {
      minLength: 1,
      maxLength: 3,
    },
  ).chain((names) =>
    fc.tuple(...names.map(() => aPolicy(universe))).map((texts) =>
      Object.fromEntries(names.map((name, at) => [name, texts[at]!]))
    )
  );
}

/** What is to be removed: some complete services, and a share of all other actions. */
export function aRemoval(universe: Universe): fc.Arbitrary<ActionSet> {
  return fc.record({
    services: fc.subarray([...universe.services]),
    share: fc.constantFrom(0, 0, 10, 50, 90),
    salt: fc.nat({ max: 1000 }),
  }).map(({ services, share, salt }) => {
    const whole = universe.union(services.map((service) => `${service}:*`));
    return universe.where((_, index) =>
      whole.hasIndex(index) || mixed(index * 1009 + salt) % 100 < share
    );
  });
}

/** The same number for the same index, and no pattern in them. */
function mixed(number: number): number {
  let bits = Math.imul(number ^ (number >>> 15), 0x2c1b3c6d);
  bits = Math.imul(bits ^ (bits >>> 12), 0x297a2d39);
  return (bits ^ (bits >>> 15)) >>> 0;
}

/** A case of rewriting. */
export interface RewriteCase {
  readonly policies: Record<string, string>;
  readonly removed: ActionSet;
  readonly wildcard: "list" | "exclude";
  readonly evidenceServices: ReadonlySet<string>;
  readonly byName: boolean;
  /** Services that are removed completely, known or not. */
  readonly meant: readonly string[];
}

/** Cases of rewriting over one universe. */
export function aRewrite(universe: Universe = SMALL): fc.Arbitrary<RewriteCase> {
  return fc.record({
    policies: somePolicies(universe),
    removed: aRemoval(universe),
    wildcard: fc.constantFrom("list" as const, "exclude" as const),
    evidenceServices: fc.subarray(["s3", "sqs", "onlyevidence", "foo", "bad*"])
      .map((services) => new Set(services)),
    byName: fc.boolean(),
    isMeant: fc.boolean(),
  }).map(({ isMeant, ...one }) => ({
    ...one,
    meant: !isMeant ? [] : [...universe.services].map((service) => `${service}:*`)
      .filter((pattern) => universe.expand(pattern).isSubsetOf(one.removed)),
  }));
}
