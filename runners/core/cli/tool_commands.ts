import type { Command } from "commander";
import type { Found, JobCommand, Request } from "./request.ts";
import { addExample, addStoreOptions, commonOptions } from "./common_options.ts";
import { accountIds } from "./option_values.ts";

/** Adds the commands that belong to no job. */
export function addTools(program: Command, jobs: readonly JobCommand[], found: Found): void {
  const tool = (
    command: Command,
    name: Extract<Request, { kind: "tool" }>["command"],
    example = name as string,
  ): Command =>
    addExample(command, program.name(), `groundskeeper ${example}`).action(
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
    .description("Write, check or describe the configuration").helpCommand(false);
  addExample(config, program.name(), "groundskeeper config init");
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
