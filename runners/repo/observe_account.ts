import type { Session } from "../core/aws/sessions.ts";
import type { RepoConfig, RoleReference } from "./config.ts";
import { type EvidenceOptions, withEvidence } from "./evidence/of_roles.ts";
import { readRoles } from "./inventory/read_roles.ts";
import type { ManagedPolicy, ObservedRole } from "./observed.ts";
import { isReferredTo } from "./role_reference.ts";

export interface ObserveAccountOptions extends EvidenceOptions {
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
