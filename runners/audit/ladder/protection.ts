import * as z from "zod";
import { failureUnlessInterrupted } from "../../core/aws/failure.ts";
import type { Session } from "../../core/aws/session.ts";
import { instantInRow } from "../../core/store/row_kind.ts";
import { placeRows } from "../place_rows.ts";
import { type ObservedInstance, type Protection, protectionSchema } from "../observed.ts";

/** The protection of an instance; null where it could not be read: then nothing is concluded. */
export async function readProtection(
  session: Session,
  region: string,
  InstanceId: string,
): Promise<Pick<ObservedInstance, "protection" | "protectionUnread">> {
  const { EC2Client, DescribeInstanceAttributeCommand } = await import("@aws-sdk/client-ec2");
  const client = session.client(EC2Client, region);
  // EC2 API Reference, DescribeInstanceAttribute: one attribute a call.
  const ask = (Attribute: "disableApiTermination" | "disableApiStop") =>
    client.send(new DescribeInstanceAttributeCommand({ InstanceId, Attribute }), session.reading);
  try {
    const termination = (await ask("disableApiTermination")).DisableApiTermination?.Value;
    const stop = (await ask("disableApiStop")).DisableApiStop?.Value;
    return termination === undefined || stop === undefined
      ? { protection: null, protectionUnread: "EC2 answered without it" }
      : { protection: { termination, stop } };
  } catch (error) {
    return { protection: null, protectionUnread: failureUnlessInterrupted(error).detail };
  }
}

/** The kinds of a protection that are on. */
export function kindsOf(protection: Protection): ("termination" | "stop")[] {
  return (["termination", "stop"] as const).filter((kind) => protection[kind]);
}

/** Why the protection of an instance is not known, for people. */
export function unreadText({ protectionUnread }: ObservedInstance): string {
  return "whether it is protected could not be read: " +
    (protectionUnread ??
      "it was not asked, since no step was due at the instant that the instances were read for");
}

/**
 * The protection of an instance that was lifted in order to terminate it. The row is written before
 * the protection is lifted, and deleted when the instance is gone or the protection is back: a run
 * that dies in between leaves nothing unprotected for good.
 */
export const liftSchema = z.object({
  /** What it was. */
  protection: protectionSchema,
  at: instantInRow,
  run_id: z.string(),
});
export type LiftRow = Readonly<z.infer<typeof liftSchema>>;

/** The lifted protections, by instance. */
export const LIFTS = placeRows<LiftRow>("audit/lifted-protection", liftSchema);

/** Whether the lifted protection is back, whoever set it; null counts as not back. */
export function isBack(
  { protection }: Pick<LiftRow, "protection">,
  now: Protection | null,
): boolean {
  return now !== null && kindsOf(protection).every((kind) => now[kind]);
}

/** Why a lifted protection is not put back, and what people can do. */
export function notBackText({ protection, at }: LiftRow, isEnforced: boolean): string {
  return isEnforced
    ? `its protection was lifted at ${at} and is not back, which the role may not change where ` +
      'audit.protection is "respect": set it by hand, or say "lift" for one run'
    : `its ${kindsOf(protection).join(" and ")} protection was lifted at ${at} and not put back, ` +
      "since the account is not enforced any more: set it by hand, or enforce the account again";
}
