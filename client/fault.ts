/** What people can put right: the message names action, subject, state and what to do. */
export class ClientFault extends Error {
  override readonly name = "ClientFault";
}

/** The members of a JSON object; undefined where the text is none. */
export function jsonObject(text: string): { readonly [name: string]: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
