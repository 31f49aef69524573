import type { DirtyConfig } from "../config.ts";
import type { Told, Who } from "../told.ts";

type Ignore = DirtyConfig["ignore"];

/** Whether an entry of `dirty.ignore` matches an event: with all that the entry names. */
export function isIgnored({ who }: Pick<Told, "who">, ignore: Ignore): boolean {
  return ignore.some((entry) =>
    matchesButPrincipal(entry, who) &&
    (entry.principalArn === undefined ||
      [who.principalArn, who.roleArn].includes(entry.principalArn))
  );
}

/**
 * Whether an entry that names a principal would match an event if that principal had sent it. What
 * becomes of a command on an instance does not say who has sent it: as long as this holds, it is
 * not known whether the event marks.
 */
export function mayBeIgnored({ event, who }: Pick<Told, "event" | "who">, ignore: Ignore): boolean {
  return event === "ssm_command" && who.principalArn === null && who.roleArn === null &&
    ignore.some((entry) => entry.principalArn !== undefined && matchesButPrincipal(entry, who));
}

function matchesButPrincipal(entry: Ignore[number], { user, ssh, document }: Who): boolean {
  return (entry.user === undefined || entry.user === user) &&
    (entry.keySha256 === undefined || entry.keySha256 === ssh?.keySha256) &&
    (entry.document === undefined || entry.document === document);
}
