import { type Command, Option } from "commander";
import type { Found, JobCommand, OwnOption, VerbGroup } from "./request.ts";
import { addStoreOptions, commonOptions } from "./common_options.ts";
import { accountIds, collect, instant, wholeNumber } from "./option_values.ts";

/** Verbs, in the order of help, with what they may do said in their sentence. */
const VERBS = [
  ["plan", "show what apply would do; leaves no trace (the default)"],
  ["report", "plan, store what was seen, and publish documents; changes nothing in the accounts"],
  ["apply", "report, and make the changes"],
  ["explain", "tell everything about one thing: what was seen, judged and done, and what is next"],
  ["history", "list the runs"],
] as const;

/** Adds a job with its verbs. */
export function addJob(program: Command, job: JobCommand, found: Found): void {
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
    sub.action((...given: unknown[]) =>
      found({
        kind: "job",
        job: job.name,
        verb,
        subject: verb === "explain" ? String(given[0]) : null,
        options: commonOptions(sub.opts()),
        own: ownOptions(job.own, sub.opts()),
      })
    );
  }
  for (const group of job.groups) addGroup(command, job, group, found);
}

/** Adds `canary plan` and the like. */
function addGroup(job: Command, { name }: JobCommand, group: VerbGroup, found: Found): void {
  const command = job.command(group.name).summary(group.summary).description(group.summary)
    .helpCommand(false)
    .addHelpText("after", `\nExample:\n  groundskeeper ${name} ${group.name} plan`);
  for (const { name: verb, summary, own } of group.verbs) {
    const sub = command.command(verb).summary(summary).description(summary);
    addScopeOptions(addStoreOptions(sub));
    sub.addOption(new Option("--yes", "ask no question").hideHelp(verb !== "apply"));
    for (const { flags, description } of own) sub.option(flags, description);
    sub.addHelpText("after", `\nExample:\n  groundskeeper ${name} ${group.name} ${verb}`);
    sub.action(() =>
      found({
        kind: "job",
        job: name,
        verb: `${group.name} ${verb}`,
        subject: null,
        options: commonOptions(sub.opts()),
        own: ownOptions(own, sub.opts()),
      })
    );
  }
}

function ownOptions(
  own: readonly OwnOption[],
  options: Record<string, unknown>,
): { [name: string]: string | boolean } {
  return Object.fromEntries(
    own.map(({ flags }) => new Option(flags).attributeName())
      .filter((name) => options[name] !== undefined)
      .map((name) => [name, options[name] as string | boolean]),
  );
}

function exampleOf(job: JobCommand, verb: string): string {
  const examples: Record<string, string> = {
    plan: job.example,
    explain: `groundskeeper ${job.name} explain i-0123456789abcdef0`,
    apply: `groundskeeper ${job.name} apply --plan out/${job.name}-plan.json`,
  };
  return examples[verb] ?? `groundskeeper ${job.name} ${verb}`;
}

function addScopeOptions(command: Command): Command {
  return command
    .option("--account <id>", "look at this account only (repeatable)", accountIds)
    .option("--region <name>", "look at this region only (repeatable)", collect)
    .option("--accounts-file <file>", "look at the accounts in this file, one ID a line");
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
