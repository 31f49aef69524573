import type { Json } from "../../core/json.ts";
import { hashOf } from "../../core/plan/canonical.ts";

/**
 * A policy's text in the form that is compared and hashed: white space and the order of keys do not
 * matter. A text that is not JSON stays as it is.
 */
export function comparable(text: string): Json {
  try {
    return { document: JSON.parse(text) as Json };
  } catch (error) {
    if (error instanceof SyntaxError) return { text };
    throw error;
  }
}

/**
 * The hash of a set of inline policies in canonical form: white space and the order of keys do not
 * matter, the names of the policies do. A text that is not JSON stays as it is.
 */
export function hashOfPolicies(policies: { readonly [name: string]: string }): string {
  return hashOf(
    Object.entries(policies).map(([name, text]) => [name, comparable(text)]).sort(
      ([a], [b]) => String(a) < String(b) ? -1 : 1,
    ),
  );
}
