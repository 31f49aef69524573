import { isInterruption } from "../../core/aws/failure.ts";
import type { Session } from "../../core/aws/sessions.ts";
import type { Protection } from "../observed.ts";

/** The attributes that protect an instance (EC2 API Reference, ModifyInstanceAttribute). */
export const PROTECTION_ATTRIBUTES = {
  termination: "disableApiTermination",
  stop: "disableApiStop",
} as const;

/**
 * Whether an instance is protected against termination and stop by API.
 *
 * @returns null where it could not be read: then nothing may be concluded
 */
export async function readProtection(
  session: Session,
  region: string,
  id: string,
): Promise<Protection | null> {
  const { EC2Client, DescribeInstanceAttributeCommand } = await import("@aws-sdk/client-ec2");
  const client = session.client(EC2Client, region);
  const ask = async (Attribute: typeof PROTECTION_ATTRIBUTES[keyof Protection]) =>
    await client.send(
      new DescribeInstanceAttributeCommand({ InstanceId: id, Attribute }),
      session.reading,
    );
  try {
    const [termination, stop] = [
      (await ask(PROTECTION_ATTRIBUTES.termination)).DisableApiTermination?.Value,
      (await ask(PROTECTION_ATTRIBUTES.stop)).DisableApiStop?.Value,
    ];
    return termination === undefined || stop === undefined ? null : { termination, stop };
  } catch (error) {
    if (isInterruption(error)) throw error;
    return null;
  }
}
