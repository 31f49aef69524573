import pLimit from "p-limit";
import type { Session } from "../core/aws/session.ts";
import type { Clock } from "../core/clock.ts";
import { durationMs } from "../core/duration.ts";
import type { RepoConfig, RoleReference } from "./config.ts";
import { readAardvark } from "./migration/aardvark.ts";
import { collectEvidence } from "./evidence/collect.ts";
import { readRoles, type RoleFacts } from "./inventory/read_roles.ts";
import {
  type Evidence,
  type Failure,
  type ManagedPolicy,
  NOT_ASKED,
  type ObservedRole,
} from "./observed.ts";
import { isReferredTo } from "./role_reference.ts";

interface ObserveAccountOptions extends EvidenceOptions {
  readonly config: RepoConfig;
  /** Only these roles; null: all. */
  readonly only: readonly RoleReference[] | null;
  /** Only roles that have this managed policy, and then all versions of it are read; null: all. */
  readonly policy?: string | null;
  /** Told how many more roles have been found, before the evidence about them is. */
  readonly onRoles?: (count: number) => void;
  /** Is filled with the ARNs of roles and policies that IAM lists twice, and differently. */
  readonly differing?: Set<string>;
  /** How many roles and policies IAM is asked for at once. Default: as many as it gives. */
  readonly pageSize?: number;
}

/**
 * Reads the roles of an account with the evidence of their use, one after the other: no more than
 * a page of them is held, however many there are.
 *
 * @param managed is filled with the managed policies that are attached to anything in the account,
 * and is whole when the last role has been read; one that is missing then was not told of
 * @throws where the account cannot be read whole; what came before then means nothing
 */
export async function* observeAccount(
  session: Session,
  managed: Map<string, ManagedPolicy>,
  options: ObserveAccountOptions,
): AsyncGenerator<ObservedRole> {
  const { only, policy = null, onRoles, differing, pageSize } = options;
  const reading = { versionsOf: policy, ...(pageSize === undefined ? {} : { pageSize }) };
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

/** How many reports of an account are made at once: more has been seen to be throttled. */
const AT_ONCE = 4;

type EvidenceOptions = {
  readonly config: Pick<RepoConfig, "level" | "aardvark" | "evidenceMaxAge">;
  readonly clock: Clock;
  readonly fetch: typeof globalThis.fetch;
};

type Found = (arn: string) => Promise<Evidence | Failure>;

/**
 * Gives each role the evidence of its use, in the order of the roles, as soon as it is there.
 *
 * @throws what a signal throws; anything else is the failure of one role's evidence
 */
async function* withEvidence(
  session: Session,
  roles: readonly RoleFacts[],
  options: EvidenceOptions,
): AsyncGenerator<ObservedRole> {
  const asked = roles.filter(losesByEvidence).map(({ arn }) => arn);
  const find = options.config.aardvark === null
    ? fromIam(session, options)
    : await fromAardvark(options.config.aardvark.api, session, asked, options);
  const limit = pLimit(AT_ONCE);
  const begun = roles.map((role) =>
    losesByEvidence(role) ? limit(() => find(role.arn)) : Promise.resolve(NOT_ASKED)
  );
  // One that is cut by a signal ends this loop; nobody waits for the others any more.
  for (const one of begun) one.catch(() => {});
  try {
    for (const [index, role] of roles.entries()) yield { ...role, evidence: await begun[index]! };
  } finally {
    limit.clearQueue();
  }
}

/** Whether permissions could be removed from a role: AWS alone changes service-linked ones. */
function losesByEvidence({ path, inline, attached }: RoleFacts): boolean {
  return !path.startsWith("/aws-service-role/") &&
    (Object.keys(inline).length > 0 || attached.length > 0);
}

function fromIam(session: Session, { config, clock }: EvidenceOptions): Found {
  return (arn) => collectEvidence(session, arn, { level: config.level, clock });
}

async function fromAardvark(
  api: string,
  session: Session,
  arns: readonly string[],
  { config, clock, fetch }: EvidenceOptions,
): Promise<Found> {
  const found = await readAardvark(api, arns, {
    fetch,
    signal: session.reading.abortSignal,
    now: clock.now(),
    maxAgeMs: durationMs(config.evidenceMaxAge),
  });
  return (arn) => Promise.resolve(found.get(arn)!);
}
