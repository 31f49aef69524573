import { textTable, visible, wrapText } from "../../core/cli/table.ts";
import type { Json } from "../../core/json.ts";
import { EXIT, messageOf, UsageError } from "../../core/errors.ts";
import { importRepokidConfig } from "../import_config.ts";
import { answer, type RenderInput, type VerbAnswer } from "./answer.ts";

/**
 * `repo import-config`: Repokid's configuration in Groundskeeper's words, as `config check` accepts
 * it, with what became of each key. Nothing is written. Exit code 3 where a value could not be
 * carried over.
 *
 * @param path of the file, for messages
 * @throws UsageError where it is no JSON; ConfigError where it is none of Repokid's
 */
export function importConfigVerb(text: string, path: string, { style }: RenderInput): VerbAnswer {
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`Cannot read "${path}": it is no JSON (${messageOf(error)})`, {
      cause: error,
    });
  }
  const { config: repo, notes, left } = importRepokidConfig(input);
  const config = { version: 1, repo };
  return answer(
    [
      style.bold("For groundskeeper.json:"),
      JSON.stringify(config, null, 2),
      style.bold("What became of each key:"),
      textTable(
        [{ title: "key" }, { title: "became" }],
        notes.map(({ key, became }) => [visible(key), visible(became)]),
        style,
      ),
      left.length === 0 ? "" : [
        style.bold("Not carried over:"),
        ...left.flatMap(({ key, value, why }) =>
          wrapText(
            `${visible(key)}: ${visible(JSON.stringify(value) ?? "nothing")}. ${visible(why)}`,
            style.width,
            "  ",
          )
        ),
      ].join("\n"),
    ],
    { config, notes, left } as unknown as Json,
    left.length === 0 ? EXIT.done : EXIT.partly,
  );
}
