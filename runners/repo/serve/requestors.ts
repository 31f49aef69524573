import { parseArn } from "../../core/aws/arn.ts";
import { failureOf, isInterruption } from "../../core/aws/failure.ts";
import { globalRegion } from "../../core/aws/regions.ts";
import type { Account, Session } from "../../core/aws/session.ts";
import { InterruptedError } from "../../core/errors.ts";
import type { Log } from "../../core/log/log.ts";

/** The roles whose messages may change something: their ARNs by role ID (`AROA…`). */
export type Requestors = ReadonlyMap<string, string>;

/**
 * Asks IAM for the IDs of the roles in `repo.serve.requestors`. SQS names a sender by the ID of its
 * role, which IAM never gives a second time: if a role is deleted and made again, it is another
 * one, and is trusted only after the next start.
 *
 * A role whose ID cannot be read, or that IAM knows by another ARN, is not trusted: its sessions
 * can only list. The log warns of it.
 *
 * @param observe opens the observing role in an account; needs iam:GetRole
 */
export async function readRequestors(
  arns: readonly string[],
  observe: (account: Account) => Promise<Session>,
  log: Log,
): Promise<Requestors> {
  const requestors = new Map<string, string>();
  for (const arn of arns) {
    const { account } = parseArn(arn);
    try {
      requestors.set(await roleIdOf(arn, await observe({ id: account, name: null })), arn);
    } catch (error) {
      if (isInterruption(error)) throw new InterruptedError();
      log.warn(
        `The role ${arn} of repo.serve.requestors is not trusted, since its ID cannot be read: ` +
          `${failureOf(error).detail}. Its messages can only list until this is started again`,
        { account },
      );
    }
  }
  return requestors;
}

/** The ID of the role that sent a message; null: a user, a root user or a service. */
export function senderRoleId(sender: string | null): string | null {
  return /^(AROA[A-Z0-9]+):.+$/.exec(sender ?? "")?.[1] ?? null;
}

async function roleIdOf(arn: string, session: Session): Promise<string> {
  const { GetRoleCommand, IAMClient } = await import("@aws-sdk/client-iam");
  const name = arn.slice(arn.lastIndexOf("/") + 1);
  const { Role } = await session.client(IAMClient, globalRegion(session.partition)).send(
    new GetRoleCommand({ RoleName: name }),
    session.reading,
  );
  if (Role?.Arn !== arn) {
    throw new Error(`IAM knows the role "${name}" as ${Role?.Arn ?? "nothing"}, not as ${arn}`);
  }
  if (!Role.RoleId?.startsWith("AROA")) throw new Error("IAM answered without an ID");
  return Role.RoleId;
}
