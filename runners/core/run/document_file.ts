import { messageOf, UsageError } from "../errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { digestOf } from "../plan/document.ts";

/**
 * Reads a plan or a snapshot and makes sure that it is complete and as it was written.
 *
 * @param what for messages: "plan" or "snapshot"
 * @throws UsageError for a file that is missing, cut short, edited, or of another kind
 */
export async function readDocumentFile(
  path: string,
  what: string,
  schema: string,
): Promise<JsonObject> {
  return documentIn(await readText(path, what), path, what, schema);
}

/** The document in the text of such a file. */
export function documentIn(text: string, path: string, what: string, schema: string): JsonObject {
  const refuse = (why: string, options?: ErrorOptions): never => {
    throw new UsageError(`Cannot use the ${what} "${path}": ${why}`, options);
  };
  const document = parse(text, refuse);
  if (document["schema"] !== schema) {
    const found = JSON.stringify(document["schema"]);
    refuse(`its schema is ${found}, and this version reads "${schema}". Make a new one`);
  }
  if (document["digest"] !== digestOf(document)) {
    refuse("it was edited after it was written. Make a new one");
  }
  return document;
}

/**
 * Reads a file that a person has named.
 *
 * @param what the file is, in a sentence: `plan`
 * @throws UsageError where it cannot be read
 */
export async function readText(path: string, what: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    throw unreadable(path, what, error);
  }
}

/** Why a file that a person has named cannot be read. */
export function unreadable(path: string, what: string, error: unknown): UsageError {
  const state = error instanceof Deno.errors.NotFound ? "there is no such file" : messageOf(error);
  return new UsageError(`Cannot read the ${what} "${path}": ${state}`, { cause: error });
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
