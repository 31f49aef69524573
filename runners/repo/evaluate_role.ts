import type { ActionSet } from "./catalogue/action_set.ts";
import type { Universe } from "./catalogue/universe.ts";
import type { Decider } from "./decide/decide.ts";
import {
  type Decided,
  type Ineligible,
  narrowedToSchedule,
  withCompanionsElsewhere,
} from "./decide/decided.ts";
import { type EligibilityFacts, ineligibleFor, modeOf } from "./decide/eligibility.ts";
import { type Protection, protectionsOf, type Sight, sightsOf } from "./decide/new_permissions.ts";
import type { Evidence, ObservedAccount, ObservedRole } from "./observed.ts";
import type { PolicyVersion, RepoPlanning } from "./planning.ts";
import { MalformedPolicyError, parsePolicy, type PolicyDocument } from "./policy/document.ts";
import { type Granted, grantedBy } from "./policy/granted.ts";

/** What all roles of a plan are judged with. */
export type Evaluation = {
  readonly planning: RepoPlanning;
  readonly universe: Universe;
  readonly decider: Decider;
  readonly facts: EligibilityFacts;
};

/** A role with everything that is judged of it. */
export type EvaluatedRole = {
  readonly account: ObservedAccount;
  readonly role: ObservedRole;
  readonly documents: readonly PolicyDocument[];
  readonly granted: Granted;
  /** Since when it was seen to have its permissions. */
  readonly sights: readonly Sight[];
  /** What is decided of each of its permissions, whether or not the role is eligible. */
  readonly decided: Decided;
  /** The decision as if nothing of it were new; null: nothing is new. */
  readonly unprotected: Decided | null;
  readonly ineligible: readonly Ineligible[];
  /** The decision by evidence alone, if the run was asked for something else. */
  readonly byEvidence?: Pick<EvaluatedRole, "decided" | "ineligible">;
  readonly mode: "apply" | "propose" | "none";
  /** What hooks have turned, as sentences. */
  readonly notes: readonly string[];
};

/** Judges a role: whether it may be touched, and what of its inline policies could go. */
export function evaluateRole(
  role: ObservedRole,
  account: ObservedAccount,
  evaluation: Evaluation,
): EvaluatedRole {
  const { planning, universe, facts } = evaluation;
  const { documents, malformed } = readDocuments(role.inline);
  const granted = grantedBy(documents, universe);
  const sights = sightsOf({
    versions: planning.earlier.versions.get(role.roleId) ?? [],
    live: granted.actions,
    // Nearly every role has the policies that were seen last.
    grants: (version) =>
      malformed.length === 0 && sameTexts(version.policies, role.inline)
        ? granted.actions
        : grantsOfVersion(version, universe),
    now: planning.now,
  });
  const protections = protectionsOf(sights, planning.config, planning.now);
  const decide = (protecting: readonly Protection[]) =>
    decideOf(granted, role, account, evaluation, protecting);
  const ineligible = ineligibleFor(role, account, facts, malformed);
  return {
    account,
    role,
    documents,
    granted,
    sights,
    decided: decide(protections),
    unprotected: protections.length === 0 ? null : decide([]),
    ineligible,
    mode: modeOf(role, ineligible, planning.config),
    notes: [],
  };
}

/**
 * Decides about the permissions of some policies of a role: all of its inline policies, or a
 * managed one. Companions of actions that another policy of the role grants stay, too.
 */
export function decideOf(
  granted: Granted,
  role: ObservedRole,
  account: ObservedAccount,
  { planning: { config }, universe, decider }: Evaluation,
  protections: readonly Protection[] = [],
): Decided {
  const deciding = { evidence: evidenceOf(role), partition: account.partition, trust: role.trust };
  const own = decider.decide({ ...deciding, granted, protections });
  const isAlone = role.attached.length === 0 || config.asked.remove !== null;
  if (isAlone || own.removed.isEmpty) return own;
  const managed = managedDocuments(account, role.attached);
  const all = grantedBy([...readDocuments(role.inline).documents, ...managed], universe);
  return withCompanionsElsewhere(
    own,
    decider.decide({ ...deciding, granted: all, protections: [] }),
  );
}

/**
 * With `--scheduled`, what was frozen and may still go; nothing of a role that is not due. It comes
 * after all who may have a say, hooks too: none of them removes what nobody was told of.
 */
export function scheduledPart(
  evaluated: EvaluatedRole,
  { config, earlier, now }: RepoPlanning,
): EvaluatedRole {
  if (!config.asked.scheduled) return evaluated;
  const schedule = earlier.schedules.get(evaluated.role.roleId);
  const isDue = schedule !== undefined && Date.parse(schedule.due) <= now.getTime();
  const frozen = { actions: isDue ? schedule.actions : [] };
  const { decided, unprotected, ineligible } = evaluated;
  return {
    ...evaluated,
    byEvidence: { decided, ineligible },
    decided: narrowedToSchedule(decided, frozen),
    unprotected: unprotected && narrowedToSchedule(unprotected, frozen),
  };
}

/** The evidence about a role, or null where there is none that is whole. */
export function evidenceOf({ evidence }: ObservedRole): Evidence | null {
  return "reason" in evidence ? null : evidence;
}

/** Reads what can be read; what cannot makes the role ineligible. */
export function readDocuments(policies: ObservedRole["inline"]): {
  readonly documents: readonly PolicyDocument[];
  readonly malformed: readonly string[];
} {
  const documents: PolicyDocument[] = [];
  const malformed: string[] = [];
  for (const [name, text] of Object.entries(policies)) {
    try {
      documents.push(parsePolicy(text, name));
    } catch (error) {
      if (!(error instanceof MalformedPolicyError)) throw error;
      malformed.push(error.message);
    }
  }
  return { documents, malformed };
}

/** What managed policies say, of those whose text is known and can be understood. */
export function managedDocuments(
  { managed }: Pick<ObservedAccount, "managed">,
  arns: readonly string[],
): PolicyDocument[] {
  return arns.flatMap((arn) => {
    const { name, document = null } = managed[arn] ?? {};
    return name === undefined || document === null
      ? []
      : readDocuments({ [name]: document }).documents;
  });
}

/** What the evidence decides of a role, where the run was asked for something else too. */
export function byEvidence(
  evaluated: EvaluatedRole,
): Pick<EvaluatedRole, "decided" | "ineligible"> {
  return evaluated.byEvidence ?? evaluated;
}

function sameTexts(one: ObservedRole["inline"], other: ObservedRole["inline"]): boolean {
  const names = Object.keys(one);
  return names.length === Object.keys(other).length &&
    names.every((name) => Object.hasOwn(other, name) && one[name] === other[name]);
}

function grantsOfVersion({ policies }: PolicyVersion, universe: Universe): ActionSet {
  const documents = Object.entries(policies).map(([name, text]) => parsePolicy(text, name));
  return grantedBy(documents, universe).actions;
}
