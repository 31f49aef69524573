import type { Json } from "../../core/json.ts";

/**
 * A policy's text in the form that is compared and hashed: white space and the order of keys do not
 * matter. A text that is no JSON counts as it stands.
 */
export function comparable(text: string): Json {
  try {
    return { document: JSON.parse(text) as Json };
  } catch (error) {
    if (error instanceof SyntaxError) return { text };
    throw error;
  }
}
