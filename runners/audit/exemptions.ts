import { DAY_MS } from "../core/duration.ts";
import { shown } from "../core/shown.ts";
import { fold } from "../core/spelling.ts";
import type { Exemption } from "./config.ts";
import type { ObservedInstance } from "./observed.ts";
import { tagOf, type Tags } from "./tags.ts";

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
  if (!("tag" in match) || tagOf(tags, match.tag.key) === match.tag.value) return why;
  const [key, value] = exemptingTag(match.tag, tags)!;
  return `${why}; its tag is written "${shown(key)}": "${shown(value)}"`;
}

function covers({ match }: Exemption, account: string, { id, image, tags }: ObservedInstance) {
  if ("instanceId" in match) return match.instanceId === id;
  if ("imageId" in match) return match.imageId === image;
  if ("account" in match) return match.account === account;
  return exemptingTag(match.tag, tags) !== undefined;
}

/** The tag of an exemption, or a spelling of it: one character must not cost an instance. */
function exemptingTag(
  { key, value }: { readonly key: string; readonly value: string },
  tags: Tags,
): [key: string, value: string] | undefined {
  if (tagOf(tags, key) === value) return [key, value];
  const [wantedKey, wantedValue] = [fold(key), fold(value)];
  return Object.entries(tags).find(([one, itsValue]) =>
    fold(one) === wantedKey && fold(itsValue) === wantedValue
  );
}
