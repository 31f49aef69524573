import { type Command, Option } from "commander";
import { commandTree } from "./command_line.ts";
import { type NextCommand, shellWord } from "./next_command.ts";
import type { JobCommand, OwnOption, OwnValues, Request } from "./request.ts";

/** An option with its value, as two words, or a switch. */
type Given = readonly [option: string, value?: string];

/**
 * Follow-up commands of a run: called as the person has called the program, with the same
 * configuration and the same scope, as far as the follow-up takes them.
 *
 * @param name how the person has called the program: `deno task groundskeeper`
 * @param request what the person asks for; undefined where it could not be understood
 */
export function nextCommands(
  jobs: readonly JobCommand[],
  name: string,
  request: Request | undefined,
): NextCommand {
  let tree: Command | undefined;
  return (command, ...words) => {
    tree ??= commandTree(jobs, name, () => {});
    const taken = optionsOf(tree, command);
    const same = sameAgain(jobs, request)
      .filter(([option]) => taken.has(option) && !words.includes(option));
    return [name, command, ...[...words, ...same.flat()].map((word) => shellWord(word!))].join(" ");
  };
}

/** The options that a follow-up says again: about what, and by which rules, was asked. */
function sameAgain(jobs: readonly JobCommand[], request: Request | undefined): Given[] {
  if (!request || request.kind === "text") return [];
  const { config, accounts } = request.options;
  const scope = [...given("--config", config), ...accounts.flatMap((id) => given("--account", id))];
  if (request.kind === "tool") return scope;
  const { options } = request;
  return [
    ...scope,
    ...options.regions.flatMap((name) => given("--region", name)),
    ...given("--accounts-file", options.accountsFile),
    ...given("--snapshot", options.snapshotDirectory),
    ...given("--as-of", options.asOf?.toISOString()),
    ...given("--max-changes", options.maxChanges?.toString()),
    ...settingsAgain(jobs.find(({ name }) => name === request.job)?.own ?? [], request.own),
  ];
}

/** The options of a request that stand for settings of its job. */
export function settingsAgain(options: readonly OwnOption[], own: OwnValues): Given[] {
  return options.filter(({ setting }) => setting).flatMap(({ flags }): Given[] => {
    const option = new Option(flags);
    const value = own[option.attributeName()];
    if (value === undefined || value === false) return [];
    return value === true
      ? [[option.long!]]
      : [value].flat().map((one) => [option.long!, String(one)]);
  });
}

function given(option: string, value: string | null | undefined): Given[] {
  return value === null || value === undefined ? [] : [[option, value]];
}

/** The long names of the options that a command offers. */
function optionsOf(tree: Command, command: string): ReadonlySet<string> {
  const found = command.split(" ").reduce<Command | undefined>(
    (above, word) => above?.commands.find((one) => one.name() === word),
    tree,
  );
  if (!found) throw new Error(`There is no command "${command}"`);
  return new Set(found.options.filter(({ hidden }) => !hidden).map(({ long }) => long!));
}
