import { messageOf, UsageError } from "../errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { digestOf } from "../plan/document.ts";

/**
 * Reads a plan or a snapshot and makes sure that it is complete and as it was written.
 *
 * @param what for messages: "plan" or "snapshot"
 * @throws UsageError for a file that is missing, cut short, edited, or of another kind
 */
export function readDocumentFile(
  path: string,
  what: string,
  ...schemas: readonly string[]
): JsonObject {
  const text = readText(path, what);
  const refuse = (why: string, options?: ErrorOptions): never => {
    throw new UsageError(`Cannot use the ${what} "${path}": ${why}`, options);
  };
  const document = parse(text, refuse);
  if (!schemas.some((schema) => schema === document["schema"])) {
    const found = JSON.stringify(document["schema"]);
    const read = schemas.map((schema) => `"${schema}"`).join(" or ");
    refuse(`its schema is ${found}, and this version reads ${read}. Make a new one`);
  }
  if (document["digest"] !== digestOf(document)) {
    refuse("it was edited after it was written. Make a new one");
  }
  return document;
}

/**
 * Reads a file that a person has named. At once: a plan waits for nothing, and reads parts.
 *
 * @param what the file is, in a sentence: `plan`
 * @throws UsageError where it cannot be read
 */
export function readText(path: string, what: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    const state = error instanceof Deno.errors.NotFound
      ? "there is no such file"
      : messageOf(error);
    throw new UsageError(`Cannot read the ${what} "${path}": ${state}`, { cause: error });
  }
}

function parse(
  text: string,
  refuse: (why: string, options?: ErrorOptions) => never,
): JsonObject {
  try {
    const value: Json = JSON.parse(text);
    if (isJsonObject(value)) return value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return refuse(`it is not complete (${error.message}). Make a new one`, { cause: error });
  }
  return refuse("it holds no document");
}
