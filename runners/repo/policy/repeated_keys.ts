import type { JsonNode } from "./json_node.ts";
import { MalformedPolicyError } from "./malformed.ts";

/**
 * Of two values under one key, one would silently win, and nobody knows which one wins at AWS.
 *
 * @throws MalformedPolicyError
 */
export function refuseRepeatedKeys(node: JsonNode, policy: string, where = ""): void {
  node.items?.forEach((item, at) => {
    if (holdsMore(item)) refuseRepeatedKeys(item, policy, `${where}[${at}]`);
  });
  if (!node.members) return;
  const seen = new Set<string>();
  for (const { key, value } of node.members) {
    const path = where === "" ? key.value : `${where}.${key.value}`;
    if (seen.has(key.value)) throw new MalformedPolicyError(policy, path, "stands there twice");
    seen.add(key.value);
    if (holdsMore(value)) refuseRepeatedKeys(value, policy, path);
  }
}

function holdsMore({ items, members }: JsonNode): boolean {
  return items !== undefined || members !== undefined;
}
