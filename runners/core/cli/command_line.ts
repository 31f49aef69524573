import { Command, CommanderError } from "commander";
import { UsageError } from "../errors.ts";
import { addExample, addStoreOptions, commonOptions } from "./common_options.ts";
import { addJob, ownOptions } from "./job_commands.ts";
import { accountIds, arnInAccount, dayOrInstant, runId } from "./option_values.ts";
import type { Found, JobCommand, JournalQuestion, OwnOption, Request } from "./request.ts";

/**
 * Reads the command line.
 *
 * @param name how the person has called the program
 * @throws UsageError with what was meant, perhaps, and where help is
 */
export function readCommandLine(
  args: readonly string[],
  jobs: readonly JobCommand[],
  version: string,
  name = "groundskeeper",
): Request {
  let request: Request | undefined;
  let printed = "";
  const program = commandTree(jobs, name, (found) => request = found)
    .version(`groundskeeper ${version}`, "--version", "show the version");
  quiet(program, (text) => printed += text);
  const words = withLineApart(withDefaultVerb(args, jobs));
  try {
    program.parse(words, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0 || error.code === "commander.help") {
      return { kind: "text", text: printed };
    }
    throw new UsageError(usageText(error, program, words));
  }
  return request ?? { kind: "text", text: program.helpInformation() };
}

/** Every command with its options; `found` is told which one was given. */
export function commandTree(jobs: readonly JobCommand[], name: string, found: Found): Command {
  const program = new Command(name)
    .description(
      "Keeps an AWS organization clean. Only apply and serve change anything in its accounts.",
    )
    .helpOption("-h, --help", "show help")
    .helpCommand(false)
    .showSuggestionAfterError();
  for (const job of jobs) addJob(program, job, found);
  addTools(program, jobs, found);
  return addExample(program, name, jobs[0]?.example ?? "");
}

/** `plan` where a job is named alone; a default of commander's would take a misspelt verb for it. */
function withDefaultVerb(args: readonly string[], jobs: readonly JobCommand[]): string[] {
  const [job, next, ...rest] = args;
  const bare = jobs.some(({ name }) => name === job) &&
    (next === undefined || (next.startsWith("-") && next !== "--help" && next !== "-h"));
  return bare ? [job!, "plan", ...(next === undefined ? [] : [next]), ...rest] : [...args];
}

/** What stands behind `config line` and its own options is another command line, with others. */
function withLineApart(args: readonly string[]): readonly string[] {
  if (args[0] !== "config" || args[1] !== "line") return args;
  const job = args.findIndex((word, index) =>
    index > 1 && !word.startsWith("-") && args[index - 1] !== "--config"
  );
  return job < 0 ? args : [...args.slice(0, job), "--", ...args.slice(job)];
}

/** Keeps commander from printing and exiting by itself. */
function quiet(command: Command, print: (text: string) => void): void {
  command.exitOverride().configureOutput({
    writeOut: print,
    // Help for a command that needs another word; errors are written by outputError.
    writeErr: print,
    outputError: () => {},
  });
  for (const sub of command.commands) quiet(sub, print);
}

/** "error: unknown command 'plam'\n(Did you mean plan?)" as sentences, with where help is. */
function usageText(error: CommanderError, program: Command, args: readonly string[]): string {
  const said = error.message.replace(/^error: /, "");
  const sentence = capitalized(said.replace(/\n\(?(Did you mean [^)]*)\)?$/, ". $1"));
  const help = [program.name(), ...commandsIn(args, program), "--help"].join(" ");
  const end = /[.?]$/.test(sentence) ? "" : ".";
  return `${sentence}${end}\nTo see what there is:\n  ${help}`;
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The commands that were named, as far as there are such: a job, a group, a verb. */
function commandsIn([name, ...rest]: readonly string[], parent: Command): string[] {
  const found = parent.commands.find((command) => command.name() === name);
  return found ? [found.name(), ...commandsIn(rest, found)] : [];
}

type Tool = Extract<Request, { kind: "tool" }>["command"];

/** The first words of commands of two words that belong to no job. */
const TOOL_GROUPS: Readonly<Record<string, string>> = {
  config: "write, check or describe the configuration",
  reports: "publish what the runs have left: the daily mail, and documents for Elasticsearch",
};

/**
 * The commands that belong to no job, each with its line in the list, what its help adds, and options
 * of its own.
 */
const TOOLS: readonly (readonly [
  name: Tool,
  summary: string,
  more: string,
  own?: readonly OwnOption[],
])[] = [
  ["config init", "write a first groundskeeper.json", ", with its settings explained"],
  [
    "config check",
    "check the complete configuration",
    ", and show how services are started with it",
  ],
  [
    "config line",
    "print the command that runs a verb as a service",
    ", with the permissions that it needs",
  ],
  ["config schema", "print the JSON Schema of the configuration", ""],
  ["permissions", "print the IAM policies that a job's roles need", ""],
  ["changes", "print the journal: every intent and what became of it", ""],
  [
    "reports setup",
    "make Elasticsearch ready for documents",
    ": templates, aliases, and policies where there are none. Run it again after each update",
  ],
  [
    "reports replay",
    "send Elasticsearch the documents that it does not have",
    ", from the files of the runs",
  ],
  [
    "forecast",
    "say what will happen and when, if nobody does anything",
    ", over all jobs, from the store alone",
    [{ flags: "--days <days>", description: "how far to look ahead, 1 to 366 (default: 14)" }],
  ],
  [
    "reports digest",
    "send the mail of a day to each owner",
    ": what was done, what was refused and what comes next, from the store alone. " +
    "A mail is sent once",
    [
      { flags: "--day <date>", description: "a day in UTC (default: yesterday)" },
      { flags: "--out <dir>", description: "write the mails there, and send nothing" },
      {
        flags: "--again",
        description: "also send mails whose sending was cut; they may arrive a second time",
      },
    ],
  ],
];

function addTools(program: Command, jobs: readonly JobCommand[], found: Found): void {
  // They have roles and run as services, as jobs do.
  const served = [...jobs.map(({ name }) => name), "reports"].join(" | ");
  const groups = new Map(
    Object.entries(TOOL_GROUPS).map(([word, summary]) => {
      const group = program.command(word).summary(summary).description(capitalized(summary))
        .helpCommand(false);
      const [first] = TOOLS.find(([name]) => name.startsWith(`${word} `))!;
      return [word, addExample(group, program.name(), `groundskeeper ${first}`)];
    }),
  );
  for (const [name, summary, more, own = []] of TOOLS) {
    const [word, second] = name.split(" ");
    const tool = second ? groups.get(word!)!.command(second) : program.command(word!);
    for (const { flags, description } of own) tool.option(flags, description);
    addStoreOptions(tool).summary(summary).description(capitalized(summary) + more);
    let example: string = name;
    if (name === "config line") {
      tool.argument("<job>", served)
        .argument("<verb...>", "the verb, and its options");
      example = `config line ${jobs[0]?.name ?? "<job>"} report`;
    }
    if (name === "permissions") {
      tool.argument("<job>", served)
        .option("--role <name>", "only this role")
        .option("--check", "compare the roles in the accounts with what this version needs")
        .option("--account <id>", "with --check: only this account (repeatable)", accountIds);
      example = `permissions ${jobs[0]?.name ?? "<job>"}`;
    }
    if (name === "changes" || name === "forecast") {
      tool.option("--account <id>", "only this account (repeatable)", accountIds);
    }
    if (name === "changes") {
      tool.option("--run <id>", "only the changes of this run", runId)
        .option("--target <arn>", "only the changes of this resource", arnInAccount)
        .option("--since <date>", "only since this day or instant, in UTC", dayOrInstant);
    }
    if (name === "reports digest") {
      tool.option(
        "--account <id>",
        "with --out: only this account (repeatable)",
        accountIds,
      );
    }
    addExample(tool, program.name(), `groundskeeper ${example}`).action((...given: unknown[]) => {
      const { role = null, check = false, run = null, target = null, since = null } = tool.opts<
        Partial<JournalQuestion> & { role?: string; check?: boolean }
      >();
      found({
        kind: "tool",
        command: name,
        subject: typeof given[0] === "string" ? given[0] : null,
        role,
        check,
        line: name === "config line" ? given.slice(0, 2).flat().map(String) : [],
        entries: { run, target, since },
        options: commonOptions(tool.opts()),
        own: ownOptions(own, tool.opts()),
      });
    });
  }
}
