import fc from "fast-check";
import { loadCatalogue } from "../../../runners/repo/catalogue/catalogue.ts";
import { makeUniverse } from "../../../runners/repo/catalogue/universe.ts";
import { readDocuments } from "../../../runners/repo/evaluate_role.ts";
import { denyingOf } from "../../../runners/repo/plan_deny.ts";
import type { VersionSource } from "../../../runners/repo/planning.ts";
import { rewriteDocuments } from "../../../runners/repo/policy/rewrite.ts";
import { aRole } from "./decide/deciding.ts";

/** Roles with a past: what they had, who took what from them, and what is to be given back. */

export type Texts = Readonly<Record<string, string>>;

/** The policies of a role from some moment on. */
export interface Moment {
  readonly policies: Texts;
  readonly source: VersionSource;
  readonly run_id: string | null;
}

export interface Life {
  /** Oldest first; the last one is now. */
  readonly moments: readonly Moment[];
  readonly asked: readonly string[];
  readonly removedBy: string | null;
  /** Whether somebody else has changed the role in between. */
  readonly isDisturbed: boolean;
}

const UNIVERSE = makeUniverse(loadCatalogue(), []);

/** The actions that the roles are about. */
export const ACTIONS: readonly string[] = UNIVERSE.actions
  .filter((action) => /^(sqs|sns|sts):/.test(action));

/** Names that no catalogue knows. */
export const BEYOND = ["sqs:SendNewest", "sns:Newest", "newsvc:DoThing"] as const;

export const runIdOf = (at: number) => `01J00000000000000000000${at}00`;

const anAction = fc.constantFrom(...ACTIONS);
const aPattern = fc.oneof(
  { weight: 8, arbitrary: anAction },
  {
    weight: 4,
    arbitrary: fc.tuple(anAction, fc.integer({ min: 1, max: 9 })).map(([action, more]) =>
      `${action.slice(0, action.indexOf(":") + 1 + more)}*`
    ),
  },
  { weight: 3, arbitrary: fc.constantFrom("sqs:*", "sns:*", "sts:*", "SQS:send*", "s?s:*Message") },
  { weight: 1, arbitrary: fc.constantFrom("*", "newsvc:DoThing", "sqs:SendNewest") },
);

const RESOURCES: readonly Record<string, unknown>[] = [
  { Resource: "*" },
  { Resource: ["*"] },
  { Resource: "arn:aws:sqs:us-east-1:111111111111:a" },
  { Resource: ["arn:aws:sqs:us-east-1:111111111111:a", "arn:aws:sqs:us-east-1:111111111111:b*"] },
  { NotResource: ["arn:aws:sqs:us-east-1:111111111111:secret"] },
];
const CONDITIONS: readonly Record<string, unknown>[] = [
  {},
  {},
  { Condition: { StringEquals: { "aws:RequestedRegion": "us-east-1" } } },
  { Condition: { Bool: { "aws:SecureTransport": "true" } } },
  { Condition: { StringNotEquals: { "aws:RequestedRegion": ["us-east-1"] } } },
  { Condition: { StringEquals: { "aws:ResourceTag/owner": "${aws:username}" } } },
];

const aStatement = fc.record({
  sid: fc.constantFrom({}, {}, { Sid: "Base" }, { Sid: "NOREPOkeep" }),
  Effect: fc.constantFrom("Allow", "Allow", "Deny"),
  element: fc.constantFrom("Action", "Action", "Action", "Action", "NotAction"),
  patterns: fc.array(aPattern, { minLength: 1, maxLength: 4 }),
  resource: fc.constantFrom(...RESOURCES),
  condition: fc.constantFrom(...CONDITIONS),
  isText: fc.boolean(),
}).map(({ sid, Effect, element, patterns, resource, condition, isText }) => ({
  ...sid,
  Effect,
  [element]: isText && patterns.length === 1 ? patterns[0] : patterns,
  ...resource,
  ...condition,
}));

const aPolicy = fc.record({
  version: fc.constantFrom({ Version: "2012-10-17" }, { Version: "2012-10-17" }, {}),
  statements: fc.array(aStatement, { minLength: 1, maxLength: 3 }),
  indent: fc.constantFrom(0, 2, 4),
}).map(({ version, statements, indent }) => {
  const Statement = statements.length === 1 && indent === 2 ? statements[0] : statements;
  return JSON.stringify({ ...version, Statement }, null, indent);
});

const NAMES = ["app", "more", "__proto__"] as const;

const somePolicies = fc.uniqueArray(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 })
  .chain((names) =>
    fc.tuple(...names.map(() => aPolicy)).map((texts): Texts =>
      Object.fromEntries(names.map((name, at) => [name, texts[at]!]))
    )
  );

type Event =
  | { readonly kind: "evidence" | "named" | "denied"; readonly patterns: readonly string[] }
  | { readonly kind: "edited"; readonly name: string; readonly text: string }
  | { readonly kind: Hand; readonly name: string };

/** What somebody else does to a policy. */
type Hand = "deleted" | "without denies" | "widened" | "in the old language";

const takes = fc.record({
  kind: fc.constantFrom("evidence", "evidence", "named", "denied"),
  patterns: fc.array(fc.oneof(anAction, fc.constantFrom("sqs:*", "sns:*", "sqs:Send*", "sts:*")), {
    minLength: 1,
    maxLength: 4,
  }),
}) as fc.Arbitrary<Event>;
const disturbs = fc.oneof(
  fc.record({
    kind: fc.constant("edited" as const),
    name: fc.constantFrom(...NAMES),
    text: aPolicy,
  }),
  fc.record({
    kind: fc.constantFrom<Hand>(
      "deleted",
      "without denies",
      "without denies",
      "widened",
      "widened",
      "in the old language",
    ),
    name: fc.constantFrom(...NAMES),
  }),
) as fc.Arbitrary<Event>;

/** The policies after an event; null: it changes nothing, or cannot be. */
function after(policies: Texts, event: Event): Texts | null {
  const others = Object.entries(policies);
  if (event.kind === "edited") {
    return Object.fromEntries([...others, [event.name, event.text]]);
  }
  if ("name" in event) {
    const { kind, name } = event;
    const there = others.find(([one]) => one === name);
    if (!there) return null;
    const rest = others.filter((one) => one !== there);
    return kind === "deleted"
      ? Object.fromEntries(rest)
      : Object.fromEntries([...rest, [name, edited(JSON.parse(there[1]), kind)]]);
  }
  if (event.kind === "denied" && "patterns" in event) {
    const actions = [...UNIVERSE.union(event.patterns)].slice(0, 12);
    const result = denyingOf({ role: aRole({ inline: policies }) }, actions, {
      universe: UNIVERSE,
    });
    return result.status === "refused" ? null : kept(result.policies);
  }
  if (!("patterns" in event)) return null;
  const { documents, malformed } = readDocuments(policies);
  if (malformed.length > 0) return null;
  const result = rewriteDocuments(documents, {
    universe: UNIVERSE,
    removed: UNIVERSE.union(event.patterns),
    wildcard: "exclude",
    byName: event.kind === "named",
    meant: event.patterns,
    evidenceServices: new Set(),
  });
  return result.status === "refused" ? null : kept(result.policies);
}

function edited({ Version, Statement }: Record<string, unknown>, kind: Hand): string {
  const statements = [Statement].flat() as Record<string, unknown>[];
  if (kind === "in the old language") return JSON.stringify({ Statement: statements });
  return JSON.stringify({
    ...Version === undefined ? {} : { Version },
    Statement: kind === "without denies"
      ? statements.filter(({ Effect }) => Effect === "Allow")
      : statements.map(({ Sid: _sid, NotResource: _not, Condition: _condition, ...one }) =>
        one["Effect"] === "Allow" ? { ...one, Resource: "*" } : one
      ),
  });
}

function kept(policies: Readonly<Record<string, string | null>>): Texts {
  return Object.fromEntries(
    Object.entries(policies).filter((entry): entry is [string, string] => entry[1] !== null),
  );
}

function momentsOf(first: Texts, events: readonly Event[]): Moment[] {
  const moments: Moment[] = [{ policies: first, source: "Scan", run_id: null }];
  for (const event of events) {
    const before = moments.at(-1)!.policies;
    const policies = after(before, event);
    if (policies === null || JSON.stringify(policies) === JSON.stringify(before)) continue;
    const isOurs = ["evidence", "named", "denied"].includes(event.kind);
    moments.push({
      policies,
      source: !isOurs ? "External" : event.kind === "evidence" ? "Repo" : "ManualPermissionRepo",
      run_id: isOurs ? runIdOf(moments.length) : null,
    });
  }
  return moments;
}

/** Roles from which something was taken. */
export const aLife: fc.Arbitrary<Life> = fc.record({
  first: somePolicies,
  take: takes,
  events: fc.array(
    fc.oneof({ weight: 1, arbitrary: takes }, { weight: 1, arbitrary: disturbs }),
    { maxLength: 3 },
  ),
  more: fc.array(
    fc.oneof(anAction, fc.constantFrom("sqs:*", "sns:*", "sqs:S*", "SNS:publish*", ...BEYOND)),
    { minLength: 1, maxLength: 3 },
  ),
  asksTaken: fc.constantFrom(true, true, true, false),
  by: fc.constantFrom(null, null, 1, 1, 2, 3),
}).map(({ first, take, events, more, asksTaken, by }) => {
  const moments = momentsOf(first, [take, ...events]);
  const taken = "patterns" in take ? take.patterns : [];
  return {
    moments,
    asked: [...asksTaken ? taken : [], ...more],
    removedBy: by === null ? null : runIdOf(by),
    isDisturbed: moments.slice(1).some(({ source }) => source === "External"),
  };
});

/** The requests of each action, in which every resource and condition above makes a difference. */
const REQUESTS = [":a", ":bee", ":secret", ":other"].flatMap((name) =>
  ["us-east-1", "eu-west-1"].flatMap((region) =>
    ["true", "false"].flatMap((secure) =>
      ["alice", "${aws:username}"].map((owner) => ({
        resource: `arn:aws:sqs:us-east-1:111111111111${name}`,
        context: new Map([
          ["aws:RequestedRegion", region],
          ["aws:SecureTransport", secure],
          ["aws:ResourceTag/owner", owner],
        ]),
      }))
    )
  )
);

interface Rule {
  readonly isDeny: boolean;
  readonly isEverywhere: boolean;
  names(action: string): boolean;
  /** A bit for each request. */
  readonly requests: number;
}

const list = (value: unknown) => [value ?? []].flat() as string[];

function glob(pattern: string, text: string, flags = ""): boolean {
  const source = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, `s${flags}`).test(text);
}

function rulesIn(text: string): Rule[] {
  const { Version, Statement } = JSON.parse(text);
  return [Statement].flat().map((one): Rule => {
    const matched = new Map<string, boolean>();
    const holds = ({ resource, context }: (typeof REQUESTS)[number]) =>
      (one.NotResource === undefined
        ? list(one.Resource).some((pattern) => glob(pattern, resource))
        : !list(one.NotResource).some((pattern) => glob(pattern, resource))) &&
      Object.entries(one.Condition ?? {}).every(([operator, keys]) =>
        Object.entries(keys as object).every(([key, values]) => {
          const said = list(values).map((value) =>
            Version === "2012-10-17" ? value.replace("${aws:username}", "alice") : value
          );
          return said.includes(context.get(key)!) !== (operator === "StringNotEquals");
        })
      );
    const requests = REQUESTS.reduce(
      (bits, request, at) => holds(request) ? bits | 1 << at : bits,
      0,
    );
    return {
      isDeny: one.Effect === "Deny",
      isEverywhere: one.Effect === "Deny" && requests === -1,
      requests,
      names: (action) => {
        const known = matched.get(action);
        if (known !== undefined) return known;
        const isNamed = one.Action === undefined
          ? !list(one.NotAction).some((pattern) => glob(pattern, action, "i"))
          : list(one.Action).some((pattern) => glob(pattern, action, "i"));
        matched.set(action, isNamed);
        return isNamed;
      },
    };
  });
}

/** What policies allow, read a second time in the plainest way. */
export function judging(policies: Texts) {
  const rules = Object.values(policies).flatMap(rulesIn);
  const of = (action: string) => rules.filter(({ names }) => names(action));
  const bits = (some: readonly Rule[]) => some.reduce((all, { requests }) => all | requests, 0);
  return {
    /** The requests of an action that are allowed: a bit for each. */
    allowed(action: string): number {
      const own = of(action);
      return bits(own.filter(({ isDeny }) => !isDeny)) & ~bits(own.filter(({ isDeny }) => isDeny));
    },
    /** Whether it is denied, whatever the request. */
    isDenied: (action: string) => of(action).some(({ isEverywhere }) => isEverywhere),
    /** Whether it is allowed at all, but for denies of some requests. */
    has(action: string): boolean {
      const own = of(action);
      return own.some(({ isDeny }) => !isDeny) && !own.some(({ isEverywhere }) => isEverywhere);
    },
  };
}
