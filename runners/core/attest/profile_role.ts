import { globalRegion } from "../aws/regions.ts";
import type { Session } from "../aws/session.ts";
import type { Clock } from "../clock.ts";
import { nameOf } from "../errors.ts";

/**
 * How long an answer of IAM is used. A role that is deleted and made again has another ID, so that it is
 * used for a shorter time if a sender does not match. IAM is not asked for each such sender: whoever may
 * send can forge many.
 */
const LIFETIME_MS = { matched: 5 * 60_000, doubted: 30_000 } as const;

/** The role in an instance profile, as IAM has said. */
export type ProfileRole = {
  /** `AROA…`; null where IAM has no such profile, or no role in it. */
  readonly roleId: string | null;
  /**
   * Whether IAM was asked at this instant or later. If it was not, the profile may have had another role
   * then, and IAM is asked again 30 seconds after it was asked.
   */
  readonly isSince: (at: string) => boolean;
};

type Kept = { readonly role: Promise<ProfileRole>; untilMs: number };

/** The roles in instance profiles. IAM is asked for each once in five minutes, or in 30 seconds in doubt. */
export class ProfileRoles {
  readonly #kept = new Map<string, Kept>();

  constructor(private readonly clock: Pick<Clock, "now" | "monotonicMs">) {}

  /**
   * The role in an instance profile. Needs iam:GetInstanceProfile.
   *
   * @param session of the profile's account
   * @param profileArn as DescribeInstances has it
   */
  async role(session: Session, profileArn: string): Promise<ProfileRole> {
    // The ARN names the account. Another session of the same account gets the same answer.
    const key = `${session.account}/${profileArn}`;
    const nowMs = this.clock.monotonicMs();
    const known = this.#kept.get(key);
    if (known && nowMs < known.untilMs) return await known.role;
    const askedAtMs = this.clock.now().getTime();
    const isSince = (at: string) => {
      if (askedAtMs >= Date.parse(at)) return true;
      kept.untilMs = nowMs + LIFETIME_MS.doubted;
      return false;
    };
    const kept: Kept = {
      role: askRoleId(session, profileArn).then((roleId) => ({ roleId, isSince })),
      untilMs: nowMs + LIFETIME_MS.matched,
    };
    this.#kept.set(key, kept);
    // A failure is not kept.
    kept.role.catch(() => this.#kept.delete(key));
    return await kept.role;
  }
}

async function askRoleId(session: Session, profileArn: string): Promise<string | null> {
  const { IAMClient, GetInstanceProfileCommand } = await import("@aws-sdk/client-iam");
  const InstanceProfileName = profileArn.slice(profileArn.lastIndexOf("/") + 1);
  try {
    const { InstanceProfile } = await session.client(IAMClient, globalRegion(session.partition))
      .send(new GetInstanceProfileCommand({ InstanceProfileName }), session.reading);
    // The name may since belong to a profile with another path.
    if (InstanceProfile?.Arn !== profileArn) return null;
    // A profile has one role at most (IAM API Reference, AddRoleToInstanceProfile).
    return InstanceProfile.Roles?.[0]?.RoleId ?? null;
  } catch (error) {
    if (nameOf(error) === "NoSuchEntityException") return null;
    throw error;
  }
}
