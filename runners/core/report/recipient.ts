import type { MailConfig } from "../config/reports.ts";
import type { StoredOwner } from "./stored.ts";

/** Whose mail something stands in. */
export type Recipient = {
  readonly to: string;
  /** Why it is the fallback's, without a period; null: it is the owner's own. */
  readonly why: string | null;
};

type Domains = Pick<MailConfig, "from" | "fallback" | "at">;

/** ASCII alone: letters of other scripts that become ASCII in small letters would be somebody else. */
const LOCAL = /^[A-Za-z0-9_](?:[A-Za-z0-9._%+-]{0,62}[A-Za-z0-9_+-])?$/;

/** How much of a name is repeated: a tag has up to 256 characters. */
const NAME_LENGTH = 60;

/**
 * The mailbox of an owner. A name comes from a tag that anybody may set, or from a role session that
 * names itself: one that looks like an address is one only in the domain of the organization.
 * That is `mail.at`, or else the domain that the mail comes from; all others go to the fallback, so
 * that nobody sends what is known of the organization to a stranger by setting a tag.
 *
 * @param owner undefined: nobody knows one
 */
export function recipientOf(
  owner: Pick<StoredOwner, "name"> | undefined,
  { from, fallback, at }: Domains,
): Recipient {
  const instead = (why: string): Recipient => ({ to: fallback, why });
  if (!owner) return instead("owner unknown");
  const { name } = owner;
  const shown = name.length > NAME_LENGTH ? `${name.slice(0, NAME_LENGTH - 1)}…` : name;
  const [local = "", domain, ...more] = name.split("@");
  if (!LOCAL.test(local) || local.includes("..") || more.length > 0) {
    return instead(`"${shown}" is no mail address`);
  }
  const own = at ?? from.slice(from.lastIndexOf("@") + 1);
  if (domain === undefined && at === null) {
    return instead(`${shown} has no address: set reports.mail.at`);
  }
  // The comparison is of ASCII: a letter of another script would become an ASCII one in small letters.
  if (domain !== undefined && asciiLower(domain) !== asciiLower(own)) {
    const hint = at === null ? ": set reports.mail.at if it is yours" : "";
    return instead(`${shown} is not in ${own}${hint}`);
  }
  const to = asciiLower(`${local}@${own}`);
  return { to: to === asciiLower(fallback) ? fallback : to, why: null };
}

function asciiLower(text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}
