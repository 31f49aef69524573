import { isInterruption } from "./failure.ts";
import { globalRegion } from "./regions.ts";
import type { Session } from "./session.ts";

/**
 * The account's alias; null where it has none, or where the role may not ask for it. Needs
 * iam:ListAccountAliases.
 *
 * @throws only the session's reason to stop, when a signal cuts the call
 */
export async function accountAlias(session: Session): Promise<string | null> {
  const { IAMClient, ListAccountAliasesCommand } = await import("@aws-sdk/client-iam");
  const client = session.client(IAMClient, globalRegion(session.partition));
  try {
    const { AccountAliases } = await client.send(
      new ListAccountAliasesCommand({}),
      session.reading,
    );
    return AccountAliases?.[0] ?? null;
  } catch (error) {
    if (isInterruption(error)) throw error;
    return null;
  }
}
