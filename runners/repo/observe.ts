import pLimit from "p-limit";
import { failureIn } from "../core/aws/failure.ts";
import type { Account, Session } from "../core/aws/session.ts";
import { compareText } from "../core/plan/canonical.ts";
import { isAccountOf, rolesOfRun } from "./asked.ts";
import type { RepoConfig, RoleReference } from "./config.ts";
import { listedTwice, readRoles, type RoleFacts } from "./inventory/read_roles.ts";
import {
  type Evidence,
  type Failure,
  type ManagedPolicy,
  NOT_ASKED,
  type ObservedAccount,
  type ObservedRole,
} from "./observed.ts";
import type { RepoObserving } from "./planning.ts";
import { isReferredTo, parseRoleReference } from "./role_reference.ts";
import { watchRoles } from "./watch/watch_roles.ts";
import type { Clock } from "../core/clock.ts";
import { durationMs } from "../core/duration.ts";
import { readAardvark } from "./migration/aardvark.ts";
import { collectEvidence } from "./evidence/collect.ts";

/**
 * Reads the roles of an account, what their policies say, and when they were used. An account that
 * cannot be read completely is a failure of that account, never a shorter list. If roles are named,
 * on the command line or for `explain`, only these are read. Then it asks CloudTrail for calls that
 * were denied to roles that were changed lately.
 *
 * @param fetch how Aardvark is reached
 * @returns null: none of the named roles is in the account
 * @throws UsageError if the subject of `explain` names no role
 */
export async function observeAccount(
  account: Account,
  observing: RepoObserving,
  fetch: typeof globalThis.fetch = globalThis.fetch,
): Promise<ObservedAccount | null> {
  const only = namedRoles(observing);
  const { policy } = observing.config.asked;
  if (!isAccountOf({ roles: only, policy }, account.id)) return null;
  const read = await readAccount(account, observing, only, fetch);
  const watch = await watchRoles(observing, read);
  return watch === undefined ? read : { ...read, watch };
}

/** Both narrow: `explain` finds its role only among those that were asked for. */
function namedRoles({ config, earlier, subject }: RepoObserving): readonly RoleReference[] | null {
  const asked = earlier.undone ? rolesOfRun(earlier.undone) : config.asked.roles;
  if (subject === null) return asked;
  const [role] = subject.split(" ");
  const explained = parseRoleReference(role!);
  if (asked === null) return [explained];
  return asked.filter(({ account, name }) =>
    account === explained.account && name === explained.name
  );
}

async function readAccount(
  account: Account,
  observing: RepoObserving,
  only: readonly RoleReference[] | null,
  fetch: typeof globalThis.fetch,
): Promise<ObservedAccount> {
  const { config, clock } = observing;
  const at = clock.now().toISOString();
  const told = { id: account.id, name: account.name, partition: "aws", at };
  try {
    const session = await observing.session(account);
    told.partition = session.partition;
    const onRoles = (count: number) => observing.progress(0, count);
    const managed = new Map<string, ManagedPolicy>();
    const roles: ObservedRole[] = [];
    const { policy } = config.asked;
    const versionsOf = observing.earlier.undone?.changes.map(({ target }) => target) ??
      (policy === null ? [] : [policy]);
    const differing = new Set<string>();
    const options = { config, clock, fetch, only, policy, versionsOf, onRoles, differing };
    for await (const role of observeRoles(session, managed, options)) {
      roles.push(role);
      observing.progress(1);
    }
    return {
      ...told,
      failure: null,
      whole: only === null && policy === null,
      roles: roles.map((role) => inDoubt(role, differing))
        .sort((a, b) => compareText(a.arn, b.arn)),
      managed: attachedTo(roles, managed),
    };
  } catch (error) {
    return { ...told, failure: failureIn("IAM", error), whole: false, roles: [], managed: {} };
  }
}

/** A role is in doubt if its copies differ, or those of a policy that it has. */
function inDoubt(role: ObservedRole, differing: ReadonlySet<string>): ObservedRole {
  const policy = role.attached.find((arn) => differing.has(arn));
  if (differing.has(role.arn)) return { ...role, doubt: listedTwice("the role") };
  return policy === undefined ? role : { ...role, doubt: listedTwice(`its policy ${policy}`) };
}

/** The policies that these roles have. One that IAM did not answer stays unknown. */
function attachedTo(
  roles: readonly ObservedRole[],
  managed: ReadonlyMap<string, ManagedPolicy>,
): ObservedAccount["managed"] {
  const arns = [...new Set(roles.flatMap(({ attached }) => attached))].sort(compareText);
  return Object.fromEntries(arns.flatMap((arn) => {
    const policy = managed.get(arn);
    return policy === undefined ? [] : [[arn, policy]];
  }));
}

interface ObserveRolesOptions extends EvidenceOptions {
  readonly config: RepoConfig;
  /** Only these roles; null: all. */
  readonly only: readonly RoleReference[] | null;
  /** Only roles that have this managed policy; null: all. */
  readonly policy?: string | null;
  /** The ARNs of policies of which all versions are read. */
  readonly versionsOf?: readonly string[];
  /** Told how many more roles have been found, before the evidence about them is. */
  readonly onRoles?: (count: number) => void;
  /** Is filled with the ARNs of roles and policies that IAM lists twice, and differently. */
  readonly differing?: Set<string>;
  /** How many roles and policies IAM is asked for at once. Default: as many as it gives. */
  readonly pageSize?: number;
}

/**
 * Reads the roles of an account with the evidence of their use, one after the other, and never
 * holds more than a page of them.
 *
 * @param managed is filled with the managed policies that are attached to anything in the account.
 * It is complete when the last role was read: IAM did not answer a policy that is missing then
 * @throws if the account cannot be read completely; the roles before that then mean nothing
 */
export async function* observeRoles(
  session: Session,
  managed: Map<string, ManagedPolicy>,
  options: ObserveRolesOptions,
): AsyncGenerator<ObservedRole> {
  const { only, policy = null, versionsOf = [], onRoles, differing, pageSize } = options;
  const reading = { versionsOf, ...(pageSize === undefined ? {} : { pageSize }) };
  for await (const page of readRoles(session, reading)) {
    for (const policy of page.managed) managed.set(policy.arn, policy);
    for (const arn of page.differing) differing?.add(arn);
    const roles = page.roles.filter(({ name, attached }) =>
      (only === null || isReferredTo(only, session.account, name)) &&
      (policy === null || attached.includes(policy))
    );
    onRoles?.(roles.length);
    yield* withEvidence(session, roles, options);
  }
}

/** How many reports of an account are made at once: more were seen to be throttled. */
const REPORTS_AT_ONCE = 4;

type EvidenceOptions = {
  readonly config: Pick<RepoConfig, "level" | "aardvark" | "evidenceMaxAge">;
  readonly clock: Clock;
  readonly fetch: typeof globalThis.fetch;
};

/**
 * Gives each role the evidence of its use as soon as it is known, in the order of the roles.
 *
 * @throws what a signal throws; anything else is the failure of one role's evidence
 */
async function* withEvidence(
  session: Session,
  roles: readonly RoleFacts[],
  options: EvidenceOptions,
): AsyncGenerator<ObservedRole> {
  const asked = roles.filter(losesByEvidence).map(({ arn }) => arn);
  const { config, clock, fetch } = options;
  const found = config.aardvark && await readAardvark(config.aardvark.api, asked, {
    fetch,
    signal: session.reading.abortSignal,
    now: clock.now(),
    maxAgeMs: durationMs(config.evidenceMaxAge),
  });
  const find = async (arn: string): Promise<Evidence | Failure> =>
    found ? found.get(arn)! : await collectEvidence(session, arn, { level: config.level, clock });
  const limit = pLimit(REPORTS_AT_ONCE);
  const begun = roles.map((role) =>
    losesByEvidence(role) ? limit(() => find(role.arn)) : Promise.resolve(NOT_ASKED)
  );
  // A signal ends the loop below; a rejection that nobody waits for would end the process.
  for (const one of begun) one.catch(() => {});
  try {
    for (const [index, role] of roles.entries()) yield { ...role, evidence: await begun[index]! };
  } finally {
    limit.clearQueue();
  }
}

/** Whether permissions could be removed from a role: only AWS changes service-linked ones. */
function losesByEvidence({ path, inline, attached }: RoleFacts): boolean {
  return !path.startsWith("/aws-service-role/") &&
    (Object.keys(inline).length > 0 || attached.length > 0);
}
