import { messageOf, UsageError } from "../errors.ts";
import { digestOf } from "../plan/document.ts";

/** A document with a schema and a digest over all the rest of it. */
export type DigestedDocument = { readonly schema: string; readonly digest: string } & {
  readonly [key: string]: unknown;
};

/**
 * Reads a plan or a snapshot and makes sure that it is whole and as it was written.
 *
 * @param what for messages: "plan" or "snapshot"
 * @throws UsageError for a file that is missing, cut short, edited, or of another kind
 */
export async function readDocumentFile(
  path: string,
  what: string,
  schema: string,
): Promise<DigestedDocument> {
  const text = await readText(path, what);
  const document = parse(text, path, what);
  if (document["schema"] !== schema) {
    throw new UsageError(
      `Cannot use the ${what} "${path}": its schema is ${JSON.stringify(document["schema"])}, ` +
        `and this version reads "${schema}"`,
    );
  }
  if (document["digest"] !== digestOf(document)) {
    throw new UsageError(
      `Cannot use the ${what} "${path}": it was edited after it was written. Make a new one`,
    );
  }
  return document as DigestedDocument;
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
    const state = error instanceof Deno.errors.NotFound
      ? "there is no such file"
      : messageOf(error);
    throw new UsageError(`Cannot read the ${what} "${path}": ${state}`, { cause: error });
  }
}

function parse(text: string, path: string, what: string): { [key: string]: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    if (value !== null && typeof value === "object" && !Array.isArray(value)) {
      return value as { [key: string]: unknown };
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UsageError(
      `Cannot use the ${what} "${path}": it is not whole (${error.message}). Make a new one`,
      { cause: error },
    );
  }
  throw new UsageError(`Cannot use the ${what} "${path}": it holds no document`);
}
