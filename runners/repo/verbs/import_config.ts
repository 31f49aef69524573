import { textTable, visible } from "../../core/cli/table.ts";
import type { Json } from "../../core/json.ts";
import { messageOf, UsageError } from "../../core/errors.ts";
import { importRepokidConfig } from "../import_config.ts";
import { answer, type Telling, type VerbAnswer } from "./answer.ts";

/**
 * `repo import-config`: Repokid's configuration in Groundskeeper's words, with what became of each
 * key. Nothing is written.
 *
 * @param path of the file, for messages
 * @throws UsageError where it is no JSON; ConfigError where it is none of Repokid's
 */
export function importConfigVerb(text: string, path: string, { style }: Telling): VerbAnswer {
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`Cannot read "${path}": it is no JSON (${messageOf(error)})`, {
      cause: error,
    });
  }
  const { config, notes } = importRepokidConfig(input);
  return answer(
    [
      style.bold("The part of groundskeeper.json:"),
      JSON.stringify({ repo: config }, null, 2),
      style.bold("What became of each key:"),
      textTable(
        [{ title: "key" }, { title: "became" }],
        notes.map(({ key, became }) => [visible(key), visible(became)]),
        style,
      ),
    ],
    { config: { repo: config }, notes } as unknown as Json,
  );
}
