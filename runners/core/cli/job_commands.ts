import { type Command, Option } from "commander";
import {
  type Argument,
  FAIL_ON,
  FINDINGS_FORMATS,
  type Found,
  type JobCommand,
  type OwnOption,
  type OwnValues,
  type OwnVerb,
} from "./request.ts";
import { addExample, addStoreOptions, commonOptions } from "./common_options.ts";
import { accountIds, instant, regionNames, wholeNumber } from "./option_values.ts";

/** Verbs, in the order of help, with what they may do said in their sentence. */
const VERBS = [
  ["plan", "show what apply would do; leaves no trace (the default)"],
  ["report", "plan, store what was seen, and publish documents; changes nothing in the accounts"],
  ["apply", "report, and make the changes"],
  ["explain", "tell everything about one thing: what was seen, judged and done, and what is next"],
  ["history", "list the runs"],
] as const;

export function addJob(program: Command, job: JobCommand, found: Found): void {
  const name = program.name();
  const command = program.command(job.name).summary(job.summary).description(job.summary)
    .helpCommand(false);
  addExample(command, name, job.example);
  const examples: Readonly<Record<string, string>> = {
    plan: job.example,
    explain: job.explains.example,
    apply: `groundskeeper ${job.name} apply --plan out/${job.name}-plan.json`,
  };
  for (const [verb, summary] of VERBS) {
    const sub = command.command(verb).summary(summary).description(summary);
    if (verb === "explain") addArguments(sub, job.explains);
    if (verb === "history") addUnusedSlot(addStoreOptions(sub));
    else addRunOptions(sub, verb);
    const own = (job.own ?? []).filter(({ verbs = ["plan", "explain"] }) => verbs.includes(verb));
    const example = examples[verb] ?? `groundskeeper ${job.name} ${verb}`;
    addExample(addOwn(sub, job, verb, own, found), name, example);
  }
  const { verbs = [], groups = [] } = job;
  for (const verb of verbs.filter(({ name }) => !name.includes(" "))) {
    addOwnVerb(command, job, verb, found);
  }
  for (const { name: group, summary } of groups) {
    const sub = command.command(group).summary(summary).description(summary).helpCommand(false);
    const own = verbs.filter(({ name }) => name.startsWith(`${group} `));
    addExample(sub, name, `groundskeeper ${job.name} ${own[0]!.name}`);
    for (const verb of own) addOwnVerb(sub, job, verb, found);
  }
}

function addOwnVerb(above: Command, job: JobCommand, verb: OwnVerb, found: Found): void {
  const { name, summary, subject, own = [], scoped = false, asks } = verb;
  const command = above.command(name.split(" ").at(-1)!).summary(summary).description(summary);
  if (subject) addArguments(command, subject);
  addUnusedSlot(addStoreOptions(command));
  if (scoped) addScopeOptions(command);
  if (asks !== undefined) {
    command.addOption(new Option("--yes", "ask no question").hideHelp(!asks));
  }
  const example = verb.example ?? `groundskeeper ${job.name} ${name}`;
  const program = (above.parent?.parent ?? above.parent)!;
  addExample(addOwn(command, job, name, own, found), program.name(), example);
}

/** Adds a verb's own options, and tells when it is given. */
function addOwn(
  command: Command,
  { name }: JobCommand,
  verb: string,
  own: readonly OwnOption[],
  found: Found,
): Command {
  for (const { flags, description } of own) command.option(flags, description);
  return command.action((...given: unknown[]) =>
    found({
      kind: "job",
      job: name,
      verb,
      subject: subjectOf(given),
      options: commonOptions(command.opts()),
      own: ownOptions(own, command.opts()),
    })
  );
}

function addArguments(command: Command, { argument, description }: Argument): void {
  const [first, ...rest] = argument.split(" ");
  command.argument(first!, description);
  for (const more of rest) command.argument(more);
}

/** The words behind the verb; commander hands the options and the command after them. */
function subjectOf(given: readonly unknown[]): string | null {
  const words = given.slice(0, -2).flat().filter((word) => typeof word === "string");
  return words.length === 0 ? null : words.join(" ");
}

/** The values of options of a command's own, from what commander has parsed. */
export function ownOptions(
  own: readonly OwnOption[],
  options: Record<string, unknown>,
): OwnValues {
  return Object.fromEntries(
    own.map(({ flags }) => new Option(flags).attributeName())
      .filter((name) => options[name] !== undefined)
      .map((name) => [name, options[name] as OwnValues[string]]),
  );
}

function addScopeOptions(command: Command): Command {
  return command
    .option("--account <id>", "read this account only (repeatable)", accountIds)
    .option("--region <name>", "read this region only (repeatable)", regionNames)
    .option("--accounts-file <file>", "read the accounts in this file, one ID a line");
}

/** Of no effect, and understood, so that scripts and schedules can pass the same to every verb. */
function addUnusedSlot(command: Command): Command {
  return command.addOption(new Option("--slot <time>").argParser(instant).hideHelp());
}

function addRunOptions(command: Command, verb: string): void {
  addScopeOptions(addStoreOptions(command));
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
    addUnusedSlot(command)
      .option("--snapshot <dir>", "plan from a stored observation, without AWS; hypothetical")
      .option("--save-snapshot <dir>", "store what is observed")
      .option("--as-of <time>", "plan for another moment, RFC 3339; hypothetical", instant)
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
  if (verb === "plan" || verb === "report") {
    command.addOption(
      new Option("--format <name>", "print the findings in a form for other programs")
        .choices(FINDINGS_FORMATS).conflicts("json"),
    );
  }
  if (verb === "plan") {
    command.addOption(
      new Option("--fail-on <what>", "end with exit code 5 if there are any").choices(FAIL_ON),
    );
  }
  if (verb === "apply") {
    command.option("--plan <file>", "apply only what stands equal in this plan");
  }
}
