import { PLAIN_COMMAND } from "../core/cli/next_command.ts";
import { counted, fewText } from "../core/cli/words.ts";
import type { ActionSet } from "./catalogue/action_set.ts";
import { firstWildcard, lowerCase, matchesPattern } from "./catalogue/glob.ts";
import { unknownOf, unknownSentence } from "./catalogue/spelling.ts";
import type { Universe } from "./catalogue/universe.ts";
import { mapOf, type Policies, type RoleAfter } from "./change/repo_change.ts";
import type { Asked } from "./config.ts";
import {
  type EvaluatedRole,
  type Evaluation,
  managedDocuments,
  readDocuments,
} from "./evaluate_role.ts";
import type { Failure } from "./observed.ts";
import { leftAlone, leftByEvidence, proposalOf, roleChange, type RolePlan } from "./plan_role.ts";
import { notRestored, restoredBy } from "./plan_restore.ts";
import type { GivingBack, StoredVersion } from "./planning.ts";
import { hashOfPolicies } from "./policy/comparable.ts";
import { deniedBy, DENY_POLICY } from "./policy/deny_policy.ts";
import type { PolicyDocument } from "./policy/document.ts";
import { homeOf, type Returned, writeGiven } from "./policy/give_back.ts";
import { containsPattern } from "./policy/glob_language.ts";
import { grantedBy } from "./policy/granted.ts";
import { deniesEverywhere, type Said, saidIn, type Saying, sayingOf } from "./policy/said.ts";
import { INLINE_QUOTA } from "./policy/size.ts";

/** The inline policies of a role at one time. */
type State = {
  /** null: as they are now, if that is not stored. */
  readonly version: StoredVersion | null;
  /** null: what the version said is not known. */
  readonly saying: Saying | null;
};

/** A role that is to get actions back, with all that is known of it. */
type Giving = {
  readonly evaluated: EvaluatedRole;
  readonly asked: Asked;
  readonly universe: Universe;
  /** Oldest first; the last one is now. */
  readonly states: readonly State[];
  readonly now: Saying;
  /** What its managed policies say. */
  readonly managed: readonly Said[];
  /** What the deny policy of this job denies. */
  readonly denied: ActionSet;
  /** The policies that it has and, one by one, those that it gets. */
  readonly homes: PolicyDocument[];
};

/** An action that comes back, with the version that allowed it. */
type Returning = Returned & { readonly version: StoredVersion };

/** Why an action does not come back. */
type Held = Failure & {
  /** What gives it back all the same: more words after the same command; absent: nothing does. */
  readonly words?: readonly string[];
};

/** What is to be done about one action. */
type Verdict = Returning | Held | "granted" | "never";

/**
 * Plans to give some actions back to a role, each with the resources and conditions of the newest
 * version that allowed it. It is a grant: only what this program itself has read of this role, by
 * its ID, and has removed comes back; what a person decided to remove, only if that run is named.
 */
export function planGiveBack(evaluated: EvaluatedRole, evaluation: Evaluation): RolePlan {
  const { role, ineligible } = evaluated;
  const { givingBack } = evaluation.planning.earlier;
  if (!givingBack || "reason" in givingBack) {
    return notRestored(
      evaluated,
      givingBack ?? { reason: "no-such-version", detail: "no version of it is known" },
    );
  }
  if (ineligible.length > 0) return notRestored(evaluated, ...ineligible);
  if (givingBack.role_id !== role.roleId) {
    const detail = "the role was deleted and made again: what is stored is of the one before it";
    return notRestored(evaluated, { reason: "recreated", detail });
  }
  const giving = givingOf(evaluated, givingBack, evaluation);
  const { returning, held, notes } = verdictsOf(giving, givingBack);
  const sparing = notRestored(evaluated, ...held);
  if (returning.length === 0) {
    return { ...sparing, proposal: leftAlone(role.inline, [], notes).proposal };
  }
  const written = writeGiven({
    universe: giving.universe,
    asked: giving.asked.giveBack!,
    inline: role.inline,
    documents: evaluated.documents,
    unknown: evaluated.granted.unknown,
    returned: returning,
    quota: INLINE_QUOTA,
  });
  if (written.status === "refused") return notRestored(evaluated, ...held, written);
  const proposal = proposalOf(role.inline, {
    ...written,
    notes: [...notes, ...denyNotes(returning, giving)],
    broken: [],
  });
  const after = afterOf(evaluated, written.policies, evaluation);
  return {
    proposal,
    changes: [roleChange(evaluated, after, gives(after, returning))],
    spared: sparing.spared,
  };
}

function givingOf(
  evaluated: EvaluatedRole,
  { versions }: GivingBack,
  { universe, planning }: Evaluation,
): Giving {
  const { account, role, documents } = evaluated;
  const now = sayingOf(documents, universe);
  const states = versions.map((version): State => ({
    version,
    saying: version.policies && sayingOfVersion(version.policies, universe),
  }));
  const isStored = versions.at(-1)?.hash === hashOfPolicies(role.inline);
  return {
    evaluated,
    asked: planning.config.asked,
    universe,
    states: [
      ...isStored ? states.slice(0, -1) : states,
      { version: isStored ? versions.at(-1)! : null, saying: now },
    ],
    now,
    managed: saidIn(managedDocuments(account, role.attached), universe),
    denied: universe.union(deniedBy(role.inline) ?? []),
    homes: [...documents],
  };
}

/** null: a policy cannot be understood, so that it is not known what the version allowed. */
function sayingOfVersion(policies: Policies, universe: Universe): Saying | null {
  const { documents, malformed } = readDocuments(policies);
  return malformed.length > 0 ? null : sayingOf(documents, universe);
}

/** What becomes of everything that was asked for. */
function verdictsOf(giving: Giving, { managed }: GivingBack) {
  const { asked: { giveBack }, universe, evaluated } = giving;
  const asked = giveBack!;
  const named = new Set(asked.filter((one) => firstWildcard(one) < 0).map(lowerCase));
  const fromManaged = managedReasons(managed, giving);
  const returning: Returning[] = [];
  const held: (readonly [string, Held])[] = [];
  const granted: string[] = [];
  const nothing: string[] = [];
  for (const index of universe.union(asked).indices()) {
    const action = universe.actions[index]!;
    const verdict = verdictOf(index, giving);
    const other = verdict === "never" ? fromManaged(index) : verdict;
    if (other === "granted") granted.push(action);
    else if (other !== "never") {
      if ("index" in other) returning.push(other);
      else held.push([action, other]);
    } else if (named.has(lowerCase(action))) nothing.push(action);
  }
  const touched = [
    ...returning.map(({ index }) => universe.actions[index]!),
    ...held.map(([action]) => action),
    ...granted,
  ];
  nothing.push(
    ...asked.filter((one) =>
      !named.has(lowerCase(one)) && !touched.some((action) => matchesPattern(one, action))
    ),
  );
  const unknown = unknownOf(asked);
  return {
    returning,
    held: [...grouped(held, referenceOf(evaluated)), ...nothingReason(nothing)],
    notes: [
      ...granted.length === 0 ? [] : [
        `${fewText(granted, NAMED)} ${granted.length === 1 ? "is" : "are"} granted already: ` +
        "nothing to do",
      ],
      ...unknown.length === 0 ? [] : [unknownSentence(unknown)],
    ],
  };
}

/** How many actions are named in a sentence. */
export const NAMED = 5;

function nothingReason(nothing: readonly string[]): Failure[] {
  return nothing.length === 0 ? [] : [{
    reason: "nothing-to-give-back",
    detail: `${fewText(nothing, NAMED)}: no stored version of its inline policies allowed it`,
  }];
}

/** What is known of actions that no version of the inline policies allowed. */
function managedReasons(
  removals: GivingBack["managed"],
  { managed, universe }: Giving,
): (index: number) => Held | "granted" | "never" {
  const allowed = managed.filter(({ statement }) => statement.effect === "Allow");
  // Of two removals of an action the later one counts.
  const taken = new Map(
    removals.flatMap((removal) =>
      removal.actions.map((action) => [universe.indexOf(action), removal] as const)
    ),
  );
  return (index) => {
    if (allowed.some(({ actions }) => actions.hasIndex(index))) return "granted";
    const removal = taken.get(index);
    if (!removal) return "never";
    const { policy, version, run_id } = removal;
    const back = PLAIN_COMMAND("repo apply", "--restore", version, "--policy", policy);
    return {
      reason: "removed-from-managed-policy",
      detail: `run ${run_id} took it from the managed policy ${policy}, of which only a complete ` +
        `version can be put in force again. To do that: ${back}`,
    };
  };
}

/** Actions that stay removed for the same reason, in one sentence. */
function grouped(held: readonly (readonly [string, Held])[], reference: string): Failure[] {
  const groups = Map.groupBy(held, ([, { reason, detail }]) => `${reason} ${detail}`);
  return [...groups.values()].map((own) => {
    const { reason, detail, words } = own[0]![1];
    const actions = own.map(([action]) => action);
    const asked = actions.flatMap((action) => ["--give-back", action]);
    const command = words &&
      `: ${PLAIN_COMMAND("repo apply", ...asked, "--role", reference, ...words)}`;
    return { reason, detail: `${fewText(actions, NAMED)}: ${detail}${command ?? ""}` };
  });
}

/** Judges one action: whether the role has it, who took it, and what would come back. */
function verdictOf(index: number, giving: Giving): Verdict {
  const { states, now, homes } = giving;
  if (now.effective.hasIndex(index)) return "granted";
  const at = states.findLastIndex(({ saying }) => saying?.effective.hasIndex(index) ?? false);
  const unclear = states.slice(at + 1).find(({ saying }) => saying === null);
  if (unclear) {
    const detail = `it is not known what version ${unclear.version!.seq} allowed, and so not who ` +
      "took it";
    return { reason: "version-damaged", detail };
  }
  if (at < 0) return "never";
  const { version, saying } = states[at]! as { version: StoredVersion; saying: Saying };
  const failure = takenBy(index, states.slice(at + 1), version, giving) ??
    deniedReason(index, saying, version, giving);
  if (failure) return failure;
  const [then, still] = [saying, now].map((one) => allowing(one, index)) as [Said[], Said[]];
  const wider = still.find(({ rest }) => !then.some((one) => one.rest === rest));
  if (wider) {
    const detail = `only "${DENY_POLICY}" denies it, and the policy "${wider.document.name}" now ` +
      `allows it for other resources or conditions than version ${version.seq} did. Correct that ` +
      "policy first";
    return { reason: "allowed-otherwise", detail };
  }
  const missing = then.filter(({ rest }) => !still.some((one) => one.rest === rest));
  const home = homeOf(missing, homes);
  if (missing.length > 0 && home === null) {
    const detail = `a statement like that of version ${version.seq} would mean something else in ` +
      `the policy "${missing[0]!.document.name}" as it is now. Write it by hand`;
    return { reason: "policy-differs", detail };
  }
  if (home && !homes.includes(home)) homes.push(home);
  return { index, policies: version.policies!, version, missing, home };
}

function allowing({ said }: Saying, index: number): Said[] {
  return said.filter(({ statement, actions }) =>
    statement.effect === "Allow" && actions.hasIndex(index)
  );
}

/** A version that a run of this job has left, and by which an action was lost. */
type Taking = StoredVersion & { readonly run_id: string };

/**
 * Why an action stays removed because of who has taken it; null: it may come back. The run that
 * took it need not be the one whose Deny holds now: both must have been this job's, and what either
 * did by name, that run alone gives back.
 *
 * @param since the states since it was last allowed, oldest first
 */
function takenBy(
  index: number,
  since: readonly State[],
  { seq: before }: StoredVersion,
  { evaluated, denied, asked: { removedBy } }: Giving,
): Held | null {
  const taken = since[0]!.version;
  const words = ["--restore", String(before), "--role", referenceOf(evaluated)];
  const restore = `. To restore all policies of version ${before}: ` +
    PLAIN_COMMAND("repo apply", ...words);
  if (!isTaking(taken)) {
    const how = taken === null
      ? `the role has lost it since version ${before}, and no stored version says who took it`
      : `version ${taken.seq} of ${dayOf(taken)}, which does not have it, is ${writerOf(taken)}`;
    return { reason: "removed-otherwise", detail: `${how}${restore}` };
  }
  const denying = denied.hasIndex(index) ? denyingSince(index, since) : taken;
  if (!isTaking(denying)) {
    const who = denying === null
      ? "and no stored version says who denied it"
      : `since version ${denying.seq} of ${dayOf(denying)}, which is ${writerOf(denying)}`;
    const detail = `the policy "${DENY_POLICY}" denies it on all resources, ${who}. Take it out ` +
      "of that Deny first";
    return { reason: "explicit-deny", detail };
  }
  const both = [taken, denying];
  const [named, other] = new Map(both.filter(isNamed).map((one) => [one.run_id, one])).values();
  if (named && other) {
    const detail = `a person decided to remove it in run ${named.run_id}, and to deny it in run ` +
      `${other.run_id}, and --removed-by names one run${restore}`;
    return { reason: "removed-by-name", detail };
  }
  if (named) {
    return named.run_id === removedBy ? null : {
      reason: "removed-by-name",
      detail: `a person decided to remove it, with --remove in run ${named.run_id} of ` +
        `${dayOf(named)} (version ${named.seq}). To give it back all the same`,
      words: ["--removed-by", named.run_id],
    };
  }
  return removedBy === null || both.some(({ run_id }) => run_id === removedBy) ? null : {
    reason: "removed-by-another-run",
    detail: `run ${taken.run_id} of ${dayOf(taken)} removed it, by evidence. To give it back`,
    words: [],
  };
}

function isTaking(version: StoredVersion | null): version is Taking {
  return version !== null && version.run_id !== null &&
    (isNamed(version) || version.source === "Repo");
}

function isNamed({ source }: StoredVersion): boolean {
  return source === "ManualPermissionRepo";
}

function writerOf({ source }: StoredVersion): string {
  return source === "Restore" ? "a restore" : "by somebody else";
}

/** The version since which the deny policy has denied an action without a break until now. */
function denyingSince(index: number, since: readonly State[]): StoredVersion | null {
  const last = since.findLastIndex(({ saying }) =>
    !saying!.said.some((one) =>
      one.document.name === DENY_POLICY && deniesEverywhere(one) && one.actions.hasIndex(index)
    )
  );
  return since[last + 1]!.version;
}

/** Why a Deny keeps an action from coming back; null: none does. */
function deniedReason(
  index: number,
  then: Saying,
  { seq }: StoredVersion,
  { now, managed, denied }: Giving,
): Failure | null {
  const denies = (some: readonly Said[]) =>
    some.filter(({ statement, actions }) => statement.effect === "Deny" && actions.hasIndex(index));
  const ours = denied.hasIndex(index);
  const others = now.said.filter(({ document }) => !ours || document.name !== DENY_POLICY);
  const everywhere = denies([...others, ...managed]).find(deniesEverywhere);
  if (everywhere) {
    const { document, statement } = everywhere;
    const detail = `the policy "${document.name}" denies it on all resources (its statement ` +
      `${statement.index + 1}), so that an Allow would have no effect. Take it out of that ` +
      "Deny first";
    return { reason: "explicit-deny", detail };
  }
  const covering = coveringOf(denies([...others, ...managed]), allowing(then, index));
  if (covering) {
    const detail = `the policy "${covering.document.name}" denies it (its statement ` +
      `${covering.statement.index + 1}) on all resources for which version ${seq} allowed it, so ` +
      "that an Allow would have no effect. Take it out of that Deny first";
    return { reason: "explicit-deny", detail };
  }
  const gone = denies(then.said).find(({ rest }) =>
    !denies(now.said).some((one) => one.rest === rest)
  );
  if (!gone) return null;
  const detail = `version ${seq} denied it for some requests, in the policy ` +
    `"${gone.document.name}", and that Deny is gone: it would come back wider than it was. Put ` +
    "the Deny back first";
  return { reason: "deny-is-gone", detail };
}

/** The Deny that leaves nothing of what is allowed, with others or alone; undefined: none does. */
function coveringOf(denies: readonly Said[], allows: readonly Said[]): Said | undefined {
  const resources = allows.map(({ statement }) => resourcesOf(statement));
  if (resources.some((own) => own === null)) return undefined;
  const found = resources.flatMap((own) => own!).map((wanted) =>
    denies.find(({ statement }) =>
      statement.others.length === 1 &&
      resourcesOf(statement)?.some((one) => containsResource(one, wanted))
    )
  );
  return found.includes(undefined) ? undefined : found[0];
}

/** The patterns of `Resource`; null: the statement has `NotResource`. */
function resourcesOf({ others }: Said["statement"]): readonly string[] | null {
  const value = others.find(({ key }) => key === "Resource")?.value;
  return value === undefined ? null : [value].flat() as readonly string[];
}

/**
 * Whether one pattern of a resource covers another. Case matters to resources. A policy variable may
 * become any text, so that nothing is said of a pattern with one.
 */
function containsResource(outer: string, inner: string): boolean {
  const [wide, narrow] = [outer, inner].map((one) => one.replace(/\p{Lu}/gu, "^$&"));
  return !outer.includes("${") && containsPattern(wide!, narrow!);
}

/** What a person must know of the denies of what comes back. */
function denyNotes(returning: readonly Returning[], { now, managed, denied }: Giving): string[] {
  const ours = returning.filter(({ index }) => denied.hasIndex(index)).length;
  const partly = [...now.said, ...managed].filter((one) =>
    one.statement.effect === "Deny" && !deniesEverywhere(one) &&
    returning.some(({ index }) => one.actions.hasIndex(index))
  );
  const names = [...new Set(partly.map(({ document }) => `"${document.name}"`))];
  return [
    ...ours === 0 ? [] : [
      `The inline policy "${DENY_POLICY}" no longer denies ${counted(ours, "action")}: what ` +
      "policies of resources and managed policies grant of them holds again",
    ],
    ...names.length === 0 ? [] : [
      `A Deny of ${fewText(names, NAMED)} still holds for what comes back, for the requests that ` +
      "it names",
    ],
  ];
}

function afterOf(
  evaluated: EvaluatedRole,
  policies: RoleAfter["policies"],
  { universe }: Evaluation,
): RoleAfter {
  const left = Object.entries(policies).filter((entry): entry is [string, string] =>
    entry[1] !== null
  );
  const then = grantedBy(readDocuments(mapOf(left)).documents, universe);
  return {
    kind: "restore",
    policies,
    ...restoredBy(evaluated.granted, then),
    version: null,
    // Everything that comes back is new, and stays.
    ...leftByEvidence(evaluated, universe.none(), []),
  };
}

function gives({ gained }: RoleAfter, returning: readonly Returning[]): string {
  const versions = [...new Map(returning.map(({ version }) => [version.seq, version])).values()]
    .sort((a, b) => a.seq - b.seq);
  const had = versions.map((one) => `version ${one.seq} of ${dayOf(one)}`);
  return `gives back ${counted(gained.length, "permission")} as ${fewText(had, NAMED)} had ` +
    `${gained.length === 1 ? "it" : "them"}: ${fewText(gained, NAMED)}`;
}

function dayOf({ discovered }: StoredVersion): string {
  return discovered.slice(0, "2026-11-20".length);
}

function referenceOf({ account, role }: Pick<EvaluatedRole, "account" | "role">): string {
  return `${account.id}/${role.name}`;
}
