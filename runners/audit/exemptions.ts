import type { Exemption } from "./config.ts";
import type { ObservedInstance } from "./observed.ts";

/**
 * The exemption that covers an instance, or undefined. An exemption ends with its last day, UTC.
 */
export function exemptionOf(
  exemptions: readonly Exemption[],
  account: string,
  instance: ObservedInstance,
  now: Date,
): Exemption | undefined {
  return exemptions.find((exemption) =>
    covers(exemption, account, instance) && now < endOf(exemption)
  );
}

/** The first instant at which the exemption no longer holds. */
export function endOf(exemption: Exemption): Date {
  return new Date(Date.parse(`${exemption.until}T00:00:00Z`) + 86_400_000);
}

function covers({ match }: Exemption, account: string, instance: ObservedInstance): boolean {
  if ("instanceId" in match) return match.instanceId === instance.id;
  if ("imageId" in match) return match.imageId === instance.image;
  if ("account" in match) return match.account === account;
  return instance.tags[match.tag.key] === match.tag.value;
}
