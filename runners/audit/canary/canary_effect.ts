import { instanceArn, instanceIdOf } from "../../core/aws/arn.ts";
import type { Session } from "../../core/aws/session.ts";
import { CANARY_STAMP_TAG } from "../../core/contract/names.ts";
import type { Polled, Recorded, Settlement } from "../../core/job.ts";
import type { Effect } from "../../core/journal/entry.ts";
import type { AuditChange, ChangeOf } from "../ladder/audit_change.ts";
import { GONE_STATES, LISTED_MS, type ObservedInstance, type ObservedRegion } from "../observed.ts";
import type { AuditPlanning } from "../planning.ts";
import { describeInstances } from "../read_instances.ts";
import { tagOf } from "../tags.ts";

type Creation = ChangeOf<"create-canary">;

/** Finds the canary that a change has made by its first stamp; undefined: it is not listed. */
export async function findCreated(
  change: Creation,
  { session, abortSignal }: { readonly session: Session; readonly abortSignal: AbortSignal },
): Promise<Effect | undefined> {
  const { region, after } = change;
  const tag = { key: CANARY_STAMP_TAG, value: after.stamp };
  const asking = { session, region, ids: undefined, tag, abortSignal };
  const [found] = await describeInstances(asking, null);
  return found && effectOf(found, change, session.partition);
}

function effectOf(
  { id, state }: Pick<ObservedInstance, "id" | "state">,
  { account, region }: Creation,
  partition: string,
): Effect {
  const target = instanceArn(partition, region, account, id);
  return { target, ...(state === "pending" ? { token: id } : {}) };
}

/** Judges the creation or the stop of a canary whose outcome was never written. */
export function settleCanary(
  change: Creation | ChangeOf<"stop-canary">,
  observed: AuditPlanning["observed"],
): Settlement {
  const account = observed.of(change.account);
  const region = account?.regions.find((one) => one.region === change.region);
  if (!account || !region || region.failure) return { verdict: "unread" };
  if (change.kind === "create-canary") return settleCreation(change, region, account.partition);
  const canary = region.instances.find(({ id }) => id === change.after.canary);
  if (!canary || canary.doubt) return { verdict: "unread" };
  if (canary.state === change.before.state) return { verdict: "noEffect" };
  return canary.state === "stopping" || canary.state === "stopped"
    ? { verdict: "done" }
    : { verdict: "unknown", detail: `The canary is ${canary.state} now` };
}

/**
 * The creation is sought by its first stamp, in both sources. A canary that is not listed may only be
 * hidden: AWS answers the same creation with the same instance for as long as it knows the client
 * token.
 */
function settleCreation(
  change: Creation,
  { instances, secondSource }: ObservedRegion,
  partition: string,
): Settlement {
  const made = instances.find(({ id, tags }) =>
    [tags, secondSource?.tags[id] ?? {}]
      .some((one) => tagOf(one, CANARY_STAMP_TAG) === change.after.stamp)
  );
  if (!made) return { verdict: "noEffect", asAnnounced: true };
  if (made.doubt) return { verdict: "unread" };
  if (GONE_STATES.has(made.state)) {
    return { verdict: "unknown", detail: `The canary ${made.id} was made, and is ${made.state}` };
  }
  const { token, target } = effectOf(made, change, partition);
  return token === undefined
    ? { verdict: "done", target: target! }
    : { verdict: "pending", token, target: target! };
}

/** Asks EC2 whether a canary that was made has come to run. */
export async function pollCreation(
  { entry }: Recorded<AuditChange>,
  session: Session,
  now: Date,
): Promise<Polled> {
  const { region, target, intended_at } = entry;
  const id = instanceIdOf(target);
  const [found] = await describeInstances({ session, region, ids: [id] }, null);
  if (found?.doubt || found?.state === "pending") return { verdict: "pending" };
  if (!found) {
    // For some seconds it may not be listed yet; and not any more an hour after it was terminated.
    return now.getTime() - Date.parse(intended_at) < LISTED_MS
      ? { verdict: "pending" }
      : { verdict: "unknown", detail: `EC2 does not list the instance ${id}` };
  }
  return GONE_STATES.has(found.state)
    ? {
      verdict: "failed",
      error: { code: found.state, message: `The instance ${id} is ${found.state}` },
    }
    : { verdict: "done" };
}
