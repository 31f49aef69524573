import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { UsageError } from "../errors.ts";
import type { RunOptions } from "../run/context.ts";

/** What the command line asks for. */
export type Request =
  | { readonly kind: "text"; readonly text: string }
  | {
    readonly kind: "job";
    readonly job: string;
    readonly verb: string;
    /** What `explain` is asked about. */
    readonly subject: string | null;
    readonly options: CommonOptions;
    /** Options that only this job has, by name; checked by the job. */
    readonly own: { readonly [name: string]: string | boolean };
  }
  | {
    readonly kind: "tool";
    readonly command: "config init" | "config check" | "config schema" | "permissions" | "changes";
    readonly subject: string | null;
    readonly role: string | null;
    readonly options: Pick<CommonOptions, "config" | "json" | "verbose" | "accounts">;
  };

/** The options of contracts section 2 that every job has. */
export interface CommonOptions extends RunOptions {
  /** The configuration file; null: groundskeeper.json where the person stands, or none. */
  readonly config: string | null;
  readonly accountsFile: string | null;
  readonly json: boolean;
  readonly verbose: boolean;
}

/** What the command line knows of a job. */
export interface JobCommand {
  readonly name: string;
  readonly summary: string;
  /** Shown in its help. */
  readonly example: string;
  /** Options of its own for `plan` and `explain`. */
  readonly own: readonly { readonly flags: string; readonly description: string }[];
}

/** Verbs, in the order of help, with what they may do said in their sentence. */
const VERBS = [
  ["plan", "show what apply would do; leaves no trace (the default)"],
  ["report", "plan, store what was seen, and publish documents; changes nothing in the accounts"],
  ["apply", "report, and make the changes"],
  ["explain", "tell everything about one thing: what was seen, judged and done, and what is next"],
  ["history", "list the runs"],
] as const;

/**
 * Reads the command line.
 *
 * @throws UsageError with what was meant, perhaps, and where help is
 */
export function readCommandLine(
  args: readonly string[],
  jobs: readonly JobCommand[],
  version: string,
): Request {
  let request: Request | undefined;
  let printed = "";
  const program = new Command("groundskeeper")
    .description("Keeps an AWS organization clean. Only apply changes anything.")
    .version(`groundskeeper ${version}`, "--version", "show the version")
    .helpOption("-h, --help", "show help")
    .helpCommand(false)
    .showSuggestionAfterError();
  for (const job of jobs) addJob(program, job, (found) => request = found);
  addTools(program, jobs, (found) => request = found);
  program.addHelpText("after", `\nExample:\n  ${jobs[0]?.example ?? ""}`);
  quiet(program, (text) => printed += text);
  try {
    program.parse(withDefaultVerb(args, jobs), { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0 || error.code === "commander.help") {
      return { kind: "text", text: printed };
    }
    throw new UsageError(usageText(error, program, args));
  }
  return request ?? { kind: "text", text: program.helpInformation() };
}

/** `plan` where a job is named alone; a default of commander's would take a misspelt verb for it. */
function withDefaultVerb(args: readonly string[], jobs: readonly JobCommand[]): string[] {
  const [job, next, ...rest] = args;
  const bare = jobs.some(({ name }) => name === job) &&
    (next === undefined || (next.startsWith("-") && next !== "--help" && next !== "-h"));
  return bare ? [job!, "plan", ...(next === undefined ? [] : [next]), ...rest] : [...args];
}

type Found = (request: Request) => void;

function addJob(program: Command, job: JobCommand, found: Found): void {
  const command = program.command(job.name).summary(job.summary).description(job.summary)
    .helpCommand(false)
    .addHelpText("after", `\nExample:\n  ${job.example}`);
  for (const [verb, summary] of VERBS) {
    const sub = command.command(verb).summary(summary)
      .description(summary);
    if (verb === "explain") {
      sub.argument("<id>", "an instance ID, or an account and region: 111111111111/us-east-1");
    }
    if (verb === "history") addStoreOptions(sub);
    else addRunOptions(sub, verb);
    if (verb === "plan" || verb === "explain") {
      for (const { flags, description } of job.own) sub.option(flags, description);
    }
    sub.addHelpText("after", `\nExample:\n  ${exampleOf(job, verb)}`);
    sub.action((...given: unknown[]) => {
      const options = sub.opts<Record<string, unknown>>();
      found({
        kind: "job",
        job: job.name,
        verb,
        subject: verb === "explain" ? String(given[0]) : null,
        options: commonOptions(options),
        own: Object.fromEntries(
          job.own.map(({ flags }) => new Option(flags).attributeName())
            .filter((name) => options[name] !== undefined)
            .map((name) => [name, options[name] as string | boolean]),
        ),
      });
    });
  }
}

function exampleOf(job: JobCommand, verb: string): string {
  const examples: Record<string, string> = {
    plan: job.example,
    explain: `groundskeeper ${job.name} explain i-0123456789abcdef0`,
    apply: `groundskeeper ${job.name} apply --plan out/${job.name}-plan.json`,
  };
  return examples[verb] ?? `groundskeeper ${job.name} ${verb}`;
}

function addStoreOptions(command: Command): Command {
  return command
    .option("--config <file>", "the configuration (default: groundskeeper.json, then none)")
    .option("--json", "print one JSON document")
    .option("-v, --verbose", "tell more on stderr");
}

function addRunOptions(command: Command, verb: string): void {
  addStoreOptions(command)
    .option("--account <id>", "look at this account only (repeatable)", accountIds)
    .option("--region <name>", "look at this region only (repeatable)", collect)
    .option("--accounts-file <file>", "look at the accounts in this file, one ID a line");
  if (verb !== "explain") {
    command
      .option("--out <dir>", verb === "plan" ? "write the plan there" : "write the records there")
      .option(
        "--max-changes <n>",
        "refuse more changes than this; only lowers limits",
        wholeNumber,
      );
  }
  if (verb === "plan" || verb === "explain") {
    command
      .option("--snapshot <dir>", "plan from a stored observation, without AWS; hypothetical")
      .option("--save-snapshot <dir>", "store what is observed")
      .option("--as-of <time>", "plan for another moment, RFC 3339; hypothetical", instant)
      // Of no effect here, and understood, so that a script can pass the same to every verb.
      .addOption(new Option("--slot <time>").argParser(instant).hideHelp())
      .addOption(new Option("--yes").hideHelp());
  } else {
    // Refused with a reason of their own, which says more than "unknown option".
    command
      .addOption(new Option("--snapshot <dir>").hideHelp())
      .addOption(new Option("--as-of <time>").argParser(instant).hideHelp())
      .option("--save-snapshot <dir>", "store what is observed")
      .option("--slot <time>", "the scheduled time that this run stands for, RFC 3339", instant)
      .addOption(new Option("--yes", "ask no question").hideHelp(verb !== "apply"));
  }
  if (verb === "apply") {
    command.option("--plan <file>", "apply only what stands equal in this plan");
  }
}

function addTools(program: Command, jobs: readonly JobCommand[], found: Found): void {
  const tool = (
    command: Command,
    name: Extract<Request, { kind: "tool" }>["command"],
    example = name as string,
  ): Command =>
    command.addHelpText("after", `\nExample:\n  groundskeeper ${example}`).action(
      (...given: unknown[]) => {
        const options = command.opts<Record<string, unknown>>();
        found({
          kind: "tool",
          command: name,
          subject: typeof given[0] === "string" ? given[0] : null,
          role: typeof options["role"] === "string" ? options["role"] : null,
          options: commonOptions(options),
        });
      },
    );
  const config = program.command("config").summary("write, check or describe the configuration")
    .description("Write, check or describe the configuration").helpCommand(false)
    .addHelpText("after", "\nExample:\n  groundskeeper config init");
  tool(
    addStoreOptions(config.command("init")).summary("write a first groundskeeper.json")
      .description("Write a first groundskeeper.json, with its settings explained"),
    "config init",
  );
  tool(
    addStoreOptions(config.command("check")).summary("check the configuration whole")
      .description("Check the configuration whole, and show how services are started with it"),
    "config check",
  );
  tool(
    addStoreOptions(config.command("schema")).summary("print its JSON Schema")
      .description("Print the JSON Schema of the configuration"),
    "config schema",
  );
  tool(
    addStoreOptions(program.command("permissions").argument("<job>", names(jobs)))
      .option("--role <name>", "only this role")
      .summary("print the IAM policies that a job's roles need")
      .description("Print the IAM policies that a job's roles need"),
    "permissions",
    `permissions ${jobs[0]?.name ?? "<job>"}`,
  );
  tool(
    addStoreOptions(program.command("changes"))
      .option("--account <id>", "only this account (repeatable)", accountIds)
      .summary("print the journal: every intent and what became of it")
      .description("Print the journal: every intent and what became of it"),
    "changes",
  );
}

function names(jobs: readonly JobCommand[]): string {
  return jobs.map(({ name }) => name).join(" | ");
}

function commonOptions(options: Record<string, unknown>): CommonOptions {
  const text = (name: string) => typeof options[name] === "string" ? options[name] : null;
  const time = (name: string) => options[name] instanceof Date ? options[name] : null;
  return {
    config: text("config"),
    accounts: (options["account"] as string[] | undefined) ?? [],
    regions: (options["region"] as string[] | undefined) ?? [],
    accountsFile: text("accountsFile"),
    snapshotDirectory: text("snapshot"),
    saveSnapshotDirectory: text("saveSnapshot"),
    asOf: time("asOf"),
    planFile: text("plan"),
    slot: time("slot"),
    outDirectory: text("out"),
    maxChanges: typeof options["maxChanges"] === "number" ? options["maxChanges"] : null,
    yes: options["yes"] === true,
    json: options["json"] === true,
    verbose: options["verbose"] === true,
  };
}

function collect(value: string, earlier: string[] | undefined): string[] {
  return [...(earlier ?? []), value];
}

function accountIds(value: string, earlier: string[] | undefined): string[] {
  if (!/^\d{12}$/.test(value)) {
    throw new InvalidArgumentError("It must be an account ID: twelve digits.");
  }
  return collect(value, earlier);
}

function wholeNumber(value: string): number {
  if (!/^\d{1,6}$/.test(value)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(value);
}

const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/i;

function instant(value: string): Date {
  const date = new Date(value);
  if (!RFC_3339.test(value) || Number.isNaN(date.getTime()) || !isDay(value.slice(0, 10))) {
    throw new InvalidArgumentError('It must be a time such as "2026-11-20T12:00:00Z".');
  }
  return date;
}

/** `Date` takes 30 February for 2 March. */
function isDay(text: string): boolean {
  return new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text) ?? false;
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
  const said = error.message.replace(/^error: /, "").replace(
    /\n\(?(Did you mean [^)]*)\)?$/,
    ". $1",
  );
  const sentence = said.charAt(0).toUpperCase() + said.slice(1);
  const job = program.commands.find((command) => command.name() === args[0])?.name();
  const help = ["groundskeeper", ...(job ? [job] : []), "--help"].join(" ");
  return `${sentence.replace(/\.$/, "")}${/\?$/.test(sentence) ? "" : "."} See ${help}`;
}
