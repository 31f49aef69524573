import { DAY_MS } from "../core/duration.ts";
import type { Exemption } from "./config.ts";
import type { ObservedInstance } from "./observed.ts";
import { passingTag, tagText } from "./passing_tag.ts";
import type { Tags } from "./tags.ts";

/** The exemption that covers an instance, if one does. It ends with its last day, UTC. */
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
  return new Date(Date.parse(`${exemption.until}T00:00:00Z`) + DAY_MS);
}

/** Why an instance is exempt, for people. */
export function exemptText({ match, until, reason }: Exemption, tags: Tags): string {
  const why = `exempt until ${until}: ${reason}`;
  const passing = "tag" in match ? passingTag(match.tag, tags) : undefined;
  return passing?.as === "spelling" ? `${why}; its tag is written ${tagText(passing)}` : why;
}

/** A spelling of an exemption's tag counts too: one character must not cost an instance. */
function covers({ match }: Exemption, account: string, { id, image, tags }: ObservedInstance) {
  if ("instanceId" in match) return match.instanceId === id;
  if ("imageId" in match) return match.imageId === image;
  if ("account" in match) return match.account === account;
  return passingTag(match.tag, tags) !== undefined;
}
