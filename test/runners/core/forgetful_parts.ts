import { type Parts, partsBy } from "../../../runners/core/parts.ts";

/**
 * The same parts, each handed out as a copy that is emptied when another one is asked for: as if the
 * memory held only one. What a plan made of a part stays, such as a policy's text; the part, its
 * lists, and what is in them do not.
 */
export function forgetful<Part extends object>(parts: Parts<Part>): Parts<Part> {
  let last: Part | undefined;
  return partsBy(parts.accounts, (account) => {
    if (last) empty(last);
    return last = structuredClone(parts.of(account)!);
  });
}

function empty(value: object): void {
  for (const [key, member] of Object.entries(value)) {
    if (Array.isArray(member) && typeof member[0] === "object") {
      for (const item of member) empty(item);
      member.length = 0;
    }
    Reflect.deleteProperty(value, key);
  }
}

/** Goes through the parts once more, so that all that was handed out before is emptied. */
export function forgetAll(parts: Parts<unknown>): void {
  for (const _part of parts);
}

/** Parts that are all kept, too, by account. */
export function remembered<Part>(parts: Parts<Part>): [Parts<Part>, ReadonlyMap<string, Part>] {
  const kept = new Map<string, Part>();
  const read = (account: string) => {
    const part = parts.of(account)!;
    kept.set(account, part);
    return part;
  };
  return [partsBy(parts.accounts, read), kept];
}
