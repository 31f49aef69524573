import * as z from "zod";
import type { Failure } from "../aws/failure.ts";
import { messageOf } from "../errors.ts";

/** The values of a list, each once, in the order of the file. */
type ListedValues = { readonly values: readonly string[] };

/**
 * Reads a list of values that the configuration names: one in each line, or a JSON array of strings
 * if the file's name ends in `.json`. Empty lines do not count, nor lines that begin with `#`, nor
 * the spaces around a value.
 *
 * @returns why it cannot be read, where it cannot: half a list is none
 */
export async function readListFile(path: string): Promise<ListedValues | Failure> {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(await Deno.readFile(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      return { reason: "missing", detail: "there is no such file" };
    }
    const detail = error instanceof TypeError ? "it is no UTF-8 text" : messageOf(error);
    return { reason: "unreadable", detail: `it cannot be read: ${detail}` };
  }
  const values = path.endsWith(".json") ? jsonValues(text) : lineValues(text);
  if (values === undefined) {
    return { reason: "unreadable", detail: "it is no JSON array of strings" };
  }
  return values.length === 0
    ? { reason: "empty", detail: "it has no value" }
    : { values: [...new Set(values)] };
}

function lineValues(text: string): string[] {
  return text.split(/\r?\n/).map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}

function jsonValues(text: string): string[] | undefined {
  try {
    return z.array(z.string()).parse(JSON.parse(text)).map((value) => value.trim())
      .filter((value) => value !== "");
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return undefined;
    throw error;
  }
}
