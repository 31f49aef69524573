import type { Json } from "../../core/json.ts";
import { EXIT, messageOf, UsageError } from "../../core/errors.ts";
import { importRepokidConfig } from "../migration/repokid_config.ts";
import { answer, type VerbAnswer } from "./answer.ts";

/**
 * `repo import-config`: Repokid's configuration in Groundskeeper's words, as `config check` accepts
 * it, with what became of each key. Nothing is written. Exit code 3 if a value could not be
 * carried over.
 *
 * @param path of the file, for messages
 * @throws UsageError if it is no JSON; ConfigError if it is no configuration of Repokid
 */
export function importConfigVerb(text: string, path: string): VerbAnswer {
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
      [{ heading: "For groundskeeper.json:" }, {
        command: JSON.stringify(config, null, 2).split("\n"),
      }],
      [
        { heading: "What became of each key:" },
        {
          columns: ["key", "became"],
          rows: notes.map(({ key, became }) => [key, became]),
          show: Infinity,
        },
      ],
      left.length === 0 ? [] : [{ heading: "Not carried over:" }, {
        items: left.map(({ key, value, why }) => ({
          name: `${key}: ${JSON.stringify(value) ?? "nothing"}. ${why}`,
        })),
        show: Infinity,
      }],
    ],
    // These values are as JSON.parse has read them.
    { config, notes, left: left as Json },
    left.length === 0 ? EXIT.done : EXIT.partly,
  );
}
