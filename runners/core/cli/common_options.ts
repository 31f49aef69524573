import type { Command } from "commander";
import { type CommonOptions, FAIL_ON, FINDINGS_FORMATS } from "./request.ts";

/** Adds what every command has that reads the configuration. */
export function addStoreOptions(command: Command): Command {
  return command
    .option("--config <file>", "the configuration (default: groundskeeper.json, then none)")
    .option("--json", "print one JSON document")
    .option("-v, --verbose", "tell more on stderr");
}

/** Adds an example to a command's help, as the person has called the program. */
export function addExample(command: Command, name: string, example: string): Command {
  return command.addHelpText(
    "after",
    `\nExample:\n  ${example.replace(/^groundskeeper(?= )/, name)}`,
  );
}

/** The options that every job has, from what commander has parsed. */
export function commonOptions(options: Record<string, unknown>): CommonOptions {
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
    format: FINDINGS_FORMATS.find((format) => format === options["format"]) ?? null,
    failOn: FAIL_ON.find((what) => what === options["failOn"]) ?? null,
    verbose: options["verbose"] === true,
  };
}
