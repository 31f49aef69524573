import assert from "assert";
import fc from "fast-check";
import type { Rewriting } from "../../../../runners/repo/policy/rewrite.ts";
import { policySize } from "../../../../runners/repo/policy/size.ts";
import { aRemoval, aRewrite, type RewriteCase } from "../arbitrary_policy.ts";
import { SMALL } from "../small_universe.ts";
import {
  besidesActions,
  freelyGranted,
  grantsName,
  isFree,
  namesFor,
  patternsOf,
  type PlainStatement,
  statementsIn,
} from "./policy_oracle.ts";
import { rewritePolicies } from "./rewrite_policies.ts";

export type Rewrite = typeof rewritePolicies;

/** How many cases, and the seed. */
export interface Runs {
  readonly seed: number;
  readonly numRuns: number;
}

export interface RewriteProperty {
  readonly name: string;
  holds(rewrite: Rewrite, runs: Runs): void;
  readonly mutants: Readonly<Record<string, Rewrite>>;
}

type Policies = Record<string, string | null>;

const ROOMY = 1_000_000;

/** Some have little room, so that every way to write is tried. */
const aCase = fc.tuple(aRewrite(), fc.constantFrom(ROOMY, ROOMY, 1200, 600, 300))
  .map(([one, quota]) => ({ ...one, quota }));

function always(
  runs: Runs,
  rewrite: Rewrite,
  rule: (one: RewriteCase, after: Policies, result: Rewriting) => void,
): void {
  fc.assert(
    fc.property(aCase, (one) => {
      const result = rewrite({ ...one, universe: SMALL });
      if (result.status === "rewritten") rule(one, result.policies, result);
      else assert.equal(result.reason, "size-limit", result.detail);
    }),
    runs,
  );
}

/** A rewriting whose answer is spoiled. */
function spoiled(spoil: (after: string | null, before: string) => string | null): Rewrite {
  return (request) => {
    const result = rewritePolicies(request);
    if (result.status === "refused") return result;
    const policies = Object.entries(result.policies)
      .map(([name, after]) => [name, spoil(after, request.policies[name]!)]);
    return { ...result, policies: Object.fromEntries(policies) };
  };
}

/** The same, statement by statement, where something has changed. */
function spoiledStatements(spoil: (statement: PlainStatement) => PlainStatement): Rewrite {
  return spoiled((after, before) => {
    if (after === null || after === before) return after;
    return JSON.stringify({ ...JSON.parse(after), Statement: statementsIn(after).map(spoil) });
  });
}

function unchanged(request: Parameters<Rewrite>[0]): Rewriting {
  const size = policySize(Object.values(request.policies));
  return {
    status: "rewritten",
    policies: request.policies,
    size: { before: size, after: size },
    notes: [],
    broken: [],
  };
}

const exact: RewriteProperty = {
  name: "what is granted afterwards is what was granted without the removed, nothing else",
  holds: (rewrite, runs) =>
    always(runs, rewrite, ({ policies, removed }, after) => {
      const expected = [...freelyGranted(Object.values(policies), SMALL)]
        .filter((action) => !removed.has(action));
      assert.deepEqual(
        [...freelyGranted(Object.values(after), SMALL)].sort(),
        expected.sort(),
      );
    }),
  mutants: {
    "removes nothing": unchanged,
    "loses the last pattern of a list": spoiledStatements((statement) => {
      const actions = patternsOf(statement, "Action");
      return actions.length < 2 ? statement : { ...statement, Action: actions.slice(0, -1) };
    }),
    "takes a question mark for itself": (request) =>
      rewritePolicies({
        ...request,
        removed: request.removed.minus(SMALL.union(["s3:Get?bject", "?am:*"])),
      }),
  },
};

const contained: RewriteProperty = {
  name: "no name, known or not, is granted that was not granted before",
  holds: (rewrite, runs) =>
    always(runs, rewrite, ({ policies }, after) => {
      for (const [name, text] of Object.entries(after)) {
        const before = statementsIn(policies[name]!);
        const now = statementsIn(text);
        const names = [...before, ...now]
          .flatMap((one) => [...patternsOf(one, "Action"), ...patternsOf(one, "NotAction")])
          .flatMap(namesFor);
        for (const one of now.filter(isFree)) {
          const alike = before.filter((other) =>
            isSame(besidesActions(other), besidesActions(one))
          );
          for (const name of names) {
            if (!grantsName(one, name)) continue;
            assert.ok(alike.some((other) => grantsName(other, name)), `${name} in ${text}`);
          }
        }
      }
    }),
  mutants: {
    "shortens names to patterns": spoiledStatements((statement) => {
      if (!Object.hasOwn(statement, "Action")) return statement;
      const wide = patternsOf(statement, "Action").map((one) => one.replace(/(?<=:.+)[a-z]$/, "*"));
      return { ...statement, Action: wide };
    }),
    "drops an entry of NotAction": spoiledStatements((statement) => {
      const not = patternsOf(statement, "NotAction");
      return not.length < 2 ? statement : { ...statement, NotAction: not.slice(1) };
    }),
    "puts all actions under the last resource": spoiled((after) => {
      const statements = statementsIn(after).filter(isFree);
      if (statements.length < 2) return after;
      const all = statements.flatMap((one) => patternsOf(one, "Action"));
      const merged = { ...besidesActions(statements.at(-1)!), Action: all };
      return JSON.stringify({ Version: "2012-10-17", Statement: [merged] });
    }),
  },
};

const named: RewriteProperty = {
  name: "a name of which nothing is known stays granted, and stays excluded",
  holds: (rewrite, runs) =>
    always(runs, rewrite, ({ policies }, after) => {
      for (const [name, text] of Object.entries(policies)) {
        const now = statementsIn(after[name]!);
        for (const one of statementsIn(text).filter(isFree)) {
          for (const pattern of patternsOf(one, "Action")) {
            if (SMALL.ranges(pattern).length > 0 || namesFor(pattern).length === 0) continue;
            for (const name of namesFor(pattern)) {
              assert.ok(now.some((other) => grantsName(other, name)), `${pattern} in ${text}`);
            }
          }
        }
      }
    }),
  mutants: {
    "drops what it does not know": spoiledStatements((statement) => {
      const known = patternsOf(statement, "Action").filter((one) => SMALL.ranges(one).length > 0);
      return Object.hasOwn(statement, "Action") && known.length > 0
        ? { ...statement, Action: known }
        : statement;
    }),
  },
};

const allBut: RewriteProperty = {
  name: "what a NotAction excludes stays excluded, whether anything is known of it or not",
  holds: (rewrite, runs) => {
    const entries = fc.uniqueArray(
      fc.constantFrom("iam:*", "organizations:*", "newest:*", "s3:Future", "sqs:Get*", "S3:PUT*"),
      { minLength: 1, maxLength: 4 },
    );
    const one = fc.record({
      not: entries,
      removed: aRemoval(SMALL),
      wildcard: fc.constantFrom("list" as const, "exclude" as const),
    });
    fc.assert(
      fc.property(one, ({ not, removed, wildcard }) => {
        const text = JSON.stringify({ Statement: { Effect: "Allow", NotAction: not } });
        const result = rewrite({
          policies: { text },
          universe: SMALL,
          removed,
          wildcard,
          evidenceServices: new Set(["newest", "other"]),
        });
        assert.equal(result.status, "rewritten");
        const [now] = result.status === "rewritten" ? statementsIn(result.policies["text"]!) : [];
        for (const name of now ? not.flatMap(namesFor) : []) {
          assert.ok(!grantsName(now!, name), `${name} is granted by ${JSON.stringify(now)}`);
        }
        const kept = patternsOf(now ?? {}, "NotAction");
        if (kept.length > 0) assert.deepEqual(kept.slice(0, not.length), not);
      }),
      runs,
    );
  },
  mutants: {
    "drops what it does not know, as a library did": spoiledStatements((statement) => {
      const not = patternsOf(statement, "NotAction").filter((one) => SMALL.ranges(one).length > 0);
      return not.length === 0 ? statement : { ...statement, NotAction: not };
    }),
    "lists whole services": spoiledStatements((statement) =>
      Object.hasOwn(statement, "Action")
        ? { ...statement, Action: [...patternsOf(statement, "Action"), "s3:*"] }
        : statement
    ),
  },
};

const idempotent: RewriteProperty = {
  name: "to remove the same once more changes nothing",
  holds: (rewrite, runs) =>
    always(runs, rewrite, (one, after) => {
      const left = Object.entries(after).filter(([, text]) => text !== null);
      const policies = Object.fromEntries(left) as Record<string, string>;
      const again = rewrite({ ...one, universe: SMALL, policies });
      assert.equal(again.status, "rewritten");
      if (again.status === "rewritten") assert.deepEqual({ ...again.policies }, { ...policies });
    }),
  mutants: { "adds a line each time": spoiled((after) => after === null ? null : `${after}\n`) },
};

const still: RewriteProperty = {
  name: "where nothing is removed not a letter changes",
  holds: (rewrite, runs) => {
    fc.assert(
      fc.property(aRewrite(), (one) => {
        const removed = SMALL.none();
        const result = rewrite({ ...one, removed, universe: SMALL, quota: 1 });
        assert.equal(result.status, "rewritten");
        if (result.status === "rewritten") {
          assert.deepEqual({ ...result.policies }, { ...one.policies });
        }
      }),
      runs,
    );
  },
  mutants: {
    "writes everything anew": spoiled((after) =>
      after === null ? null : JSON.stringify(JSON.parse(after), null, 2)
    ),
  },
};

const monotone: RewriteProperty = {
  name: "who removes more is left with less",
  holds: (rewrite, runs) => {
    fc.assert(
      fc.property(aRewrite(), aRemoval(SMALL), (one, more) => {
        const roomy = { ...one, universe: SMALL, quota: ROOMY };
        const less = rewrite(roomy);
        const least = rewrite({ ...roomy, removed: one.removed.union(more) });
        if (less.status === "refused" || least.status === "refused") assert.fail("refused");
        const granted = freelyGranted(Object.values(less.policies), SMALL);
        for (const action of freelyGranted(Object.values(least.policies), SMALL)) {
          assert.ok(granted.has(action), `${action} came back`);
        }
      }),
      runs,
    );
  },
  mutants: {
    "gives up where there is much to remove": (request) =>
      request.removed.size > 600 ? unchanged(request) : rewritePolicies(request),
  },
};

const beside: RewriteProperty = {
  name: "Deny, NOREPO and all that is not an action keep their letters",
  holds: (rewrite, runs) =>
    always(runs, rewrite, ({ policies }, after, result) => {
      assert.deepEqual(Object.keys(after).sort(), Object.keys(policies).sort());
      for (const [name, before] of Object.entries(policies)) {
        const text = after[name]!;
        const fixed = statementsIn(before).filter((one) => !isFree(one));
        assert.deepEqual(statementsIn(text).filter((one) => !isFree(one)), fixed);
        const known = statementsIn(before).map((one) => JSON.stringify(besidesActions(one)));
        for (const one of statementsIn(text)) {
          assert.ok(known.includes(JSON.stringify(besidesActions(one))), text!);
        }
        if (text === null) continue;
        const around = (one: string) => JSON.stringify({ ...JSON.parse(one), Statement: null });
        assert.equal(around(text), around(before));
        assert.equal(text.endsWith("\n"), before.endsWith("\n"));
        assert.equal(Array.isArray(JSON.parse(text).Statement), isArray(before));
      }
      const after_ = Object.values(after).map((text) => text ?? "");
      assert.equal(result.size.after, policySize(after_));
    }),
  mutants: {
    "forgets conditions": spoiledStatements(({ Condition: _condition, ...rest }) => rest),
    "forgets an empty Sid": spoiledStatements(({ Sid, ...rest }) => Sid ? { Sid, ...rest } : rest),
    "takes out of Deny too": spoiledStatements((statement) =>
      statement["Effect"] === "Deny" ? { ...statement, Action: ["s3:GetObject"] } : statement
    ),
    "sorts keys": spoiledStatements((statement) =>
      Object.fromEntries(Object.entries(statement).sort(([a], [b]) => a < b ? 1 : -1))
    ),
    "makes a list of a lone statement": spoiled((after, before) =>
      after === null || after === before
        ? after
        : JSON.stringify({ ...JSON.parse(after), Statement: statementsIn(after) })
    ),
  },
};

const fits: RewriteProperty = {
  name: "what has changed fits, or nothing changes",
  holds: (rewrite, runs) => {
    fc.assert(
      fc.property(aRewrite(), fc.integer({ min: 100, max: 2000 }), (one, quota) => {
        const result = rewrite({ ...one, universe: SMALL, quota });
        if (result.status === "refused") {
          assert.equal(result.reason, "size-limit", result.detail);
          assert.ok(result.size.after > quota && !("policies" in result));
          return;
        }
        const texts = Object.values(result.policies).map((text) => text ?? "");
        const isChanged = texts.some((text, at) => text !== Object.values(one.policies)[at]);
        const size = [...texts.join("")].filter((character) => !/\s/.test(character)).length;
        assert.ok(!isChanged || size <= quota, `${size} of ${quota}`);
        assert.equal(result.size.after, size);
      }),
      runs,
    );
  },
  mutants: {
    "knows of no limit": (request) => rewritePolicies({ ...request, quota: ROOMY }),
  },
};

const told: RewriteProperty = {
  name: "no name is lost without a word that was not meant to go",
  holds: (rewrite, runs) =>
    always(runs, rewrite, ({ policies, meant }, after, result) => {
      if (result.status === "refused") return;
      for (const [policy, text] of Object.entries(policies)) {
        const now = statementsIn(after[policy]!).filter(isFree);
        for (const one of statementsIn(text).filter(isFree)) {
          for (const name of unknownNames(one)) {
            if (!grantsName(one, name) || now.some((other) => grantsName(other, name))) continue;
            if (meant.some((pattern) => grantsName({ Action: pattern }, name))) continue;
            const isTold = result.broken.some((broken) =>
              broken.policy === policy && grantsName({ Action: broken.pattern }, name)
            );
            const isListed = result.notes.some((note) =>
              note.includes(`"${policy}" becomes a list`)
            );
            assert.ok(isTold || isListed, `${name} of ${text} is lost: ${after[policy]}`);
          }
        }
        for (const { pattern, known, removed } of result.broken) {
          assert.equal(known, SMALL.expand(pattern).size);
          assert.ok(removed <= known);
        }
        assert.equal(result.notes.length >= result.broken.length, true);
      }
    }),
  mutants: {
    "tells nothing": (request) => {
      const result = rewritePolicies(request);
      return result.status === "refused" ? result : { ...result, broken: [], notes: [] };
    },
    "takes all for meant": (request) => rewritePolicies({ ...request, meant: ["*"] }),
    "tells of narrowed patterns, and not of those that go": (request) => {
      const result = rewritePolicies(request);
      if (result.status === "refused") return result;
      return { ...result, broken: result.broken.filter(({ patterns }) => patterns > 0) };
    },
  },
};

const byName: RewriteProperty = {
  name: "where names are removed of all actions, no name goes that was not named",
  holds: (rewrite, runs) => {
    const aNamed = fc.record({
      element: fc.constantFrom({ Action: "*" }, { NotAction: ["iam:*"] }, {
        NotAction: "newest:*",
      }),
      from: fc.nat({ max: SMALL.size - 1 }),
      length: fc.integer({ min: 1, max: 12 }),
    });
    fc.assert(
      fc.property(aNamed, ({ element, from, length }) => {
        const meant = SMALL.actions.slice(from, from + length);
        const statement = { Effect: "Allow", ...element };
        const result = rewrite({
          policies: { text: JSON.stringify({ Statement: statement }) },
          universe: SMALL,
          removed: SMALL.union(meant),
          meant,
          byName: true,
          wildcard: "exclude",
          evidenceServices: new Set(),
          quota: ROOMY,
        });
        assert.ok(result.status === "rewritten");
        const now = statementsIn(result.policies["text"]!);
        for (const name of meant.flatMap((one) => [`${one}X`, `${one.slice(0, -1)}X`])) {
          if (SMALL.indexOf(name) !== undefined || !grantsName(statement, name)) continue;
          assert.ok(now.some((one) => grantsName(one, name)), `${name} is lost`);
        }
      }),
      runs,
    );
  },
  mutants: {
    "shortens what is excluded": (request) => rewritePolicies({ ...request, byName: false }),
    "lists what stays": (request) =>
      rewritePolicies({ ...request, byName: false, wildcard: "list" }),
  },
};

/** Names that a statement's patterns match and no catalogue has. */
function unknownNames(statement: PlainStatement): string[] {
  return [...patternsOf(statement, "Action"), ...patternsOf(statement, "NotAction")]
    .flatMap(namesFor).filter((name) => SMALL.indexOf(name) === undefined);
}

/** What holds of every rewriting, whatever comes in. */
export const REWRITE_PROPERTIES: readonly RewriteProperty[] = [
  exact,
  contained,
  named,
  allBut,
  idempotent,
  still,
  monotone,
  beside,
  fits,
  told,
  byName,
];

function isSame(a: PlainStatement, b: PlainStatement): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function isArray(text: string): boolean {
  return Array.isArray(JSON.parse(text).Statement);
}
