/** A value that JSON can hold. Everything that is stored, printed or hashed is one. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

export type JsonObject = { readonly [key: string]: Json };

/** The value of a text that comes from outside; nothing if it is no JSON. */
export function jsonIn(text: string | undefined): unknown[] {
  try {
    return [JSON.parse(text ?? "")];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

export function isJsonObject(value: unknown): value is JsonObject {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
