import type { ActionSet } from "../catalogue/action_set.ts";
import { firstWildcard } from "../catalogue/glob.ts";
import type { Universe } from "../catalogue/universe.ts";
import { coverAll, type Cuts, NoRoomError } from "./cover.ts";
import { deniedBy, DENY_POLICY, denyText } from "./deny_policy.ts";
import type { PolicyDocument } from "./document.ts";
import { containsPattern, patternsOverlap } from "./glob_language.ts";
import { disproveGiveBack, type GivenFrom } from "./prove_give_back.ts";
import type { Sizes } from "./rewrite.ts";
import { hasVariables, languageOf, type Said } from "./said.ts";
import { policySize } from "./size.ts";
import { appendStatements, newPolicyText, type NewStatement } from "./write_text.ts";

/** An action that comes back. */
export type Returned = {
  /** Its place in the universe. */
  readonly index: number;
  /** All inline policies of the version that allowed it. */
  readonly policies: GivenFrom["policies"];
  /** The statements that allowed it and that the role does not have. */
  readonly missing: readonly Said[];
  /** The policy that gets them: see {@linkcode homeOf}. null: nothing is missing. */
  readonly home: PolicyDocument | null;
};

/** What is to be written. */
type GiveBack = {
  readonly universe: Universe;
  /** The patterns that a person named. */
  readonly asked: readonly string[];
  readonly inline: GivenFrom["policies"];
  /** The same, read. */
  readonly documents: readonly PolicyDocument[];
  /** Names in the policies of which the universe knows nothing: no pattern may match them. */
  readonly unknown: readonly string[];
  readonly returned: readonly Returned[];
  /** How many characters the policies may have together. */
  readonly quota: number;
};

/** The policies that give the actions back, or why they are not written. */
type Written =
  | {
    readonly status: "written";
    /** Every policy by name; null: it is deleted. */
    readonly policies: { readonly [name: string]: string | null };
    readonly size: Sizes;
  }
  | {
    readonly status: "refused";
    readonly reason: "size-limit" | "not-proven";
    readonly detail: string;
  };

/** Statements that come back and differ in nothing but their actions. */
type Group = {
  /** The policy that gets the statement, as the role or the version has it. */
  readonly home: PolicyDocument;
  readonly like: Said;
  /** All statements of versions that are like it. */
  readonly sources: Set<Said>;
  actions: ActionSet;
};

/** How actions are written, in the order in which it is tried: until everything fits. */
const WAYS: readonly ("names" | Cuts)[] = ["names", "words", "letters"];

/**
 * Adds statements that allow the actions again, and takes the actions out of the deny policy. No
 * other statement changes. Actions are named one by one; if that is too long, by patterns that
 * match no other action.
 */
export function writeGiven(giving: GiveBack): Written {
  const { universe, asked, inline, returned, quota } = giving;
  const groups = groupsOf(giving);
  const given = givenFrom(returned, universe);
  const before = policySize(Object.values(inline));
  let smallest = Infinity;
  for (const way of WAYS) {
    const policies = unlessTooLong(() => policiesBy(way, groups, giving));
    if (policies === null) continue;
    const after = policySize(Object.values(policies).map((text) => text ?? ""));
    smallest = Math.min(smallest, after);
    if (after > quota) continue;
    const fault = disproveGiveBack({ universe, asked, given, before: inline, after: policies });
    return fault === undefined ? { status: "written", policies, size: { before, after } } : {
      status: "refused",
      reason: "not-proven",
      detail: `${fault}. This is a defect of Groundskeeper; the role stays as it is`,
    };
  }
  const size = smallest === Infinity ? `more than ${quota}` : `at least ${smallest}`;
  return {
    status: "refused",
    reason: "size-limit",
    detail: `With what is given back the policies would have ${size} characters together, and ` +
      `IAM allows ${quota}. Ask for fewer actions`,
  };
}

/**
 * The policy that gets the statements of an action: the first one that had any of them and can have
 * all. All go to one, so that no run that dies between two writes leaves a part of them.
 *
 * @param documents the policies that the role has, and those that it gets by other actions
 * @returns null: such a policy is the deny policy now, or would give a variable another meaning
 */
export function homeOf(
  missing: readonly Said[],
  documents: readonly PolicyDocument[],
): PolicyDocument | null {
  const homes = missing.map(({ document }) =>
    documents.find(({ name }) => name === document.name) ?? document
  );
  return homes.find((home) => {
    const language = languageOf(home);
    return home.name !== DENY_POLICY &&
      missing.every((one) => !hasVariables(one) || languageOf(one.document) === language);
  }) ?? null;
}

function groupsOf({ universe, returned }: GiveBack): Group[] {
  const groups = new Map<string, Group>();
  for (const { index, missing, home } of returned) {
    if (home === null) continue;
    for (const said of missing) {
      const key = JSON.stringify([home.name, said.rest]);
      const group = groups.get(key) ??
        { home, like: said, sources: new Set<Said>(), actions: universe.none() };
      groups.set(key, group);
      group.sources.add(said);
      group.actions = group.actions.union(universe.union([universe.actions[index]!]));
    }
  }
  return [...groups.values()]
    .sort((a, b) => a.like.statement.index - b.like.statement.index);
}

function givenFrom(returned: readonly Returned[], universe: Universe): GivenFrom[] {
  return [...Map.groupBy(returned, ({ policies }) => policies)].map(([policies, own]) => ({
    policies,
    actions: universe.union(own.map(({ index }) => universe.actions[index]!)),
  }));
}

/** @throws NoRoomError */
function policiesBy(
  way: (typeof WAYS)[number],
  groups: readonly Group[],
  giving: GiveBack,
): { readonly [name: string]: string | null } {
  const { documents, inline } = giving;
  const added = [...Map.groupBy(groups, ({ home }) => home.name)].map(([name, own]) => {
    const statements = own.map((group): NewStatement => ({
      actions: patternsBy(way, group, giving),
      like: group.like,
    }));
    const [{ home }] = own as [Group];
    return [
      name,
      documents.includes(home)
        ? appendStatements(home, statements)
        : newPolicyText(languageOf(home), statements),
    ] as const;
  });
  return Object.fromEntries([...Object.entries(inline), ...added, ...denyAfter(giving)]);
}

/** @throws NoRoomError */
function patternsBy(
  way: (typeof WAYS)[number],
  { actions, sources }: Group,
  { universe, asked, unknown, quota }: GiveBack,
): readonly string[] {
  if (way === "names") return [...actions];
  const isWithin = (pattern: string) =>
    firstWildcard(pattern) < 0 ||
    asked.some((one) => containsPattern(one, pattern)) &&
      [...sources].some((said) => reaches(said, pattern));
  return coverAll({
    universe,
    needed: actions,
    avoided: universe.all().minus(actions),
    avoidPatterns: unknown,
    cuts: way,
    room: quota,
  }).flatMap((pattern) =>
    isWithin(pattern) ? [pattern] : [...universe.expand(pattern).intersect(actions)]
  );
}

/** Whether a statement is about everything that a pattern could match. */
function reaches({ statement: { element, patterns } }: Said, wanted: string): boolean {
  return element === "Action"
    ? patterns.some(({ pattern }) => containsPattern(pattern, wanted))
    : !patterns.some(({ pattern }) => patternsOverlap(pattern, wanted));
}

/** The deny policy without what comes back; nothing if it stays as it is. */
function denyAfter({ inline, returned, universe }: GiveBack): (readonly [string, string | null])[] {
  const denied = deniedBy(inline) ?? [];
  const back = new Set(returned.map(({ index }) => index));
  const left = denied.filter((action) => !back.has(universe.indexOf(action) ?? -1));
  return left.length === denied.length
    ? []
    : [[DENY_POLICY, left.length === 0 ? null : denyText(left)]];
}

function unlessTooLong<Made>(make: () => Made): Made | null {
  try {
    return make();
  } catch (error) {
    if (error instanceof NoRoomError) return null;
    throw error;
  }
}
