import { globalRegion } from "../aws/regions.ts";
import type { Session } from "../aws/session.ts";
import type { Clock } from "../clock.ts";
import { nameOf } from "../errors.ts";

/** A role that is deleted and made again has another ID. */
const LIFETIME_MS = 5 * 60_000;

type Kept = { readonly roleId: Promise<string | null>; readonly untilMs: number };

/** The IDs of the roles in instance profiles, each asked for once in five minutes. */
export class ProfileRoles {
  readonly #kept = new Map<string, Kept>();

  constructor(private readonly clock: Pick<Clock, "monotonicMs">) {}

  /**
   * The ID, `AROA…`, of the role in an instance profile. Needs iam:GetInstanceProfile.
   *
   * @param session of the profile's account
   * @param profileArn as DescribeInstances has it
   * @returns null where IAM has no such profile, or no role in it: then nothing is known of a sender
   */
  async roleId(session: Session, profileArn: string): Promise<string | null> {
    const nowMs = this.clock.monotonicMs();
    // The ARN names the account. Another session of the same account gets the same answer.
    const key = `${session.account}/${profileArn}`;
    let kept = this.#kept.get(key);
    if (kept === undefined || kept.untilMs <= nowMs) {
      kept = { roleId: askRoleId(session, profileArn), untilMs: nowMs + LIFETIME_MS };
      this.#kept.set(key, kept);
      // A failure is not kept.
      kept.roleId.catch(() => this.#kept.delete(key));
    }
    return await kept.roleId;
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
