import type { GentleRead } from "../aws/gentle_read.ts";
import type { Session } from "../aws/session.ts";
import type { Clock } from "../clock.ts";
import { DAY_MS } from "../duration.ts";
import type { InstanceName } from "../contract/login.ts";
import type { Log } from "../log/log.ts";
import { embeddedMetrics } from "../log/metrics.ts";
import type { ProfileRoles } from "./profile_role.ts";
import { judgeSender } from "./sender.ts";

/**
 * What the account of an instance says of who sent something for it. "pending": it cannot be told yet.
 * "unprovable": EC2 does not know the instance, or it acts under no role.
 */
export type AccountVerdict = "verified" | "refuted" | "unprovable" | "pending";

/** @param at when it came to the queue, RFC 3339 */
export type SenderJudge = (sender: string | null, at: string) => AccountVerdict;

/**
 * EC2 may not list an instance yet that was just launched (EC2 API Reference, "Eventual consistency").
 * One that is terminated is listed for about an hour.
 */
const UNLISTED_MS = 15 * 60_000;

/** An account that cannot be asked for this long is closed or suspended. */
const GIVEN_UP_MS = 14 * DAY_MS;

/** Whether nothing is waited for any more in an account that cannot be asked. */
export function isGivenUp(since: string, now: Date): boolean {
  return now.getTime() - Date.parse(since) >= GIVEN_UP_MS;
}

/** Whether it must still be waited for that EC2 lists an instance. */
export function mayBeListedLater(since: string, now: Date): boolean {
  return now.getTime() - Date.parse(since) < UNLISTED_MS;
}

type Judging = { readonly clock: Pick<Clock, "now">; readonly profileRoles: ProfileRoles };

/**
 * Compares senders with the role of an instance.
 *
 * @param profile the ARN of the instance's profile; null: it has none; undefined: EC2 does not list it
 * @param observe a session of its account; undefined: it cannot be asked, and nothing is listed
 */
export async function senderJudge(
  id: string,
  profile: string | null | undefined,
  observe: Session | undefined,
  { clock, profileRoles }: Judging,
): Promise<SenderJudge> {
  const role = profile && observe ? await profileRoles.role(observe, profile) : null;
  return (sender, at) => {
    if (profile === undefined && mayBeListedLater(at, clock.now())) return "pending";
    if (role === null || sender === null) return "unprovable";
    const { roleId, isSince } = role;
    if (roleId !== null && judgeSender(sender, id, roleId) === "verified") return "verified";
    // A role that was replaced since IAM was asked is no reason to reject what the new one sends.
    if (!isSince(at)) return "pending";
    return roleId === null ? "unprovable" : "refuted";
  };
}

/** Compares one sender with the role of an instance. @returns undefined if AWS fails there */
export async function judgeNow(
  place: InstanceName,
  read: GentleRead<{ readonly profile: string | null }>,
  judging: Judging,
  sender: string | null,
  at: Date,
): Promise<AccountVerdict | undefined> {
  const seen = await read(place, [place.id]);
  if (!seen) return undefined;
  const profile = seen.found.get(place.id)?.profile;
  const judge = async () =>
    (await senderJudge(place.id, profile, seen.observe, judging))(sender, at.toISOString());
  const verdict = await judge();
  // IAM is now asked again, unless it was asked just before.
  return verdict === "pending" ? await judge() : verdict;
}

/** Tells, also as a metric, that somebody else has sent what an instance is said to have sent. */
export function tellMismatch(
  reason: string,
  { account, region, id }: InstanceName,
  sender: string | null,
  { job, log, clock }: {
    readonly job: string;
    readonly log: Log;
    readonly clock: Pick<Clock, "now">;
  },
): void {
  log.warn(`What an instance is said to have sent is not believed: ${reason}`, {
    ...embeddedMetrics({ Mismatched: 1 }, { job, verb: "serve" }, clock.now()),
    account,
    region,
    instance_id: id,
    sender,
  });
}
