import type { CallPolicy } from "../core/aws/call_policy.ts";
import { findCaller } from "../core/aws/caller.ts";
import { RateBudget } from "../core/aws/rate_budget.ts";
import { AwsSessions } from "../core/aws/sessions.ts";
import type { Host } from "../core/cli/host.ts";
import type { OrganizationConfig } from "../core/config/organization.ts";
import { ulid } from "../core/contract/ulid.ts";
import type { JobRoles } from "../core/needs/needs.ts";

/** Who opens sessions beside those of a run. */
type Opening = {
  readonly organization: OrganizationConfig;
  readonly needs: JobRoles;
  /** Cuts their calls. */
  readonly signal: AbortSignal;
  /** Stands in the names of role sessions. Absent: an ID of its own. */
  readonly runId?: string | undefined;
  /** Absent: the host's. */
  readonly policy?: CallPolicy;
};

/** Opens sessions by the caller's credentials, with a budget of calls of their own. */
export async function openSessions(
  { clock, callPolicy, rates, env }: Host,
  { organization, needs, signal, runId, policy = callPolicy }: Opening,
): Promise<AwsSessions> {
  return new AwsSessions({
    caller: await findCaller({ get: env }),
    organization,
    needs,
    runId: runId ?? ulid(clock.now().getTime()),
    clock,
    budget: new RateBudget(clock, rates),
    policy,
    signal,
  });
}
