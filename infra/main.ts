/**
 * `deno task synth [--config FILE]`: Terraform JSON for the configured organization in `cdktf.out/`,
 * and the CloudFormation templates of a member account. It reads the configuration and nothing of AWS.
 * cdktf-cli starts it, too (`cdktf.json`), and names the folder by CDKTF_OUTDIR.
 */
import { relative } from "node:path";
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";
import { App } from "cdktf";
import { ConfigError, EXIT, messageOf, UsageError } from "../runners/core/errors.ts";
import { jsonText } from "../runners/core/json_text.ts";
import { readInstallation } from "./configuration.ts";
import type { Installation } from "./installation.ts";
import { eventsTemplate, memberTemplate, type Template } from "./member_template.ts";
import { eventsStacks } from "./stacks/events.ts";
import { hubStack } from "./stacks/hub.ts";
import { managementStack } from "./stacks/management.ts";
import { memberStack } from "./stacks/member.ts";
import { membersStack } from "./stacks/members.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const EXAMPLE = `${ROOT}infra/example.json`;

async function main(args: readonly string[]): Promise<number> {
  try {
    const directory = Deno.env.get("INIT_CWD") ?? Deno.cwd();
    const path = configFrom(args) ?? Deno.env.get("GROUNDSKEEPER_CONFIG") ?? EXAMPLE;
    const installation = await readInstallation(path, directory, new Date());
    const outdir = Deno.env.get("CDKTF_OUTDIR") ?? `${ROOT}cdktf.out`;
    console.error(told(outdir, synthesize(installation, outdir), directory));
    return EXIT.done;
  } catch (error) {
    if (!(error instanceof ConfigError || error instanceof UsageError)) throw error;
    console.error(error instanceof ConfigError ? error.problems.join("\n") : messageOf(error));
    return EXIT.usage;
  }
}

/** @throws UsageError for anything but `--config FILE` */
function configFrom(args: readonly string[]): string | undefined {
  try {
    return parseArgs({ args: [...args], options: { config: { type: "string" } } }).values.config;
  } catch (cause) {
    throw new UsageError(`${messageOf(cause)}. Usage: deno task synth [--config FILE]`, { cause });
  }
}

/** Writes the stacks and the templates. @returns the names of the stacks, in the order of their deployment */
function synthesize(installation: Installation, outdir: string): string[] {
  const { events, members, infra: { hub, guards: { targets } } } = installation;
  const app = new App({ outdir });
  const templates: Record<string, Template> = { member: memberTemplate(installation) };
  if (members === "organizations") {
    membersStack(app, "members", installation, templates.member!, [hub.region]);
  } else {
    for (const { id } of members) memberStack(app, installation, id);
  }
  hubStack(app, installation);
  if (events) {
    templates.events = eventsTemplate(events);
    eventsStacks(app, installation, events);
    if (members === "organizations") {
      membersStack(app, "events", installation, templates.events, events.regions);
    }
  }
  if (targets.length > 0) managementStack(app, installation);
  app.synth();
  for (const [name, template] of Object.entries(templates)) {
    Deno.writeTextFileSync(`${outdir}/${name}.template.json`, jsonText(template));
  }
  return app.node.children.map(({ node }) => node.id);
}

/**
 * What was written, and what to do next.
 *
 * A stack of an earlier configuration stays in the folder: Terraform needs it to remove what it made.
 *
 * @param directory where the person stands
 */
function told(outdir: string, stacks: readonly string[], directory: string): string {
  const from = relative(directory, outdir);
  const shown = from.startsWith("..") ? outdir : from;
  const folder = (stack: string) => quoted(`${shown}/stacks/${stack}`);
  const linesOf = (stack: string, command: string) =>
    ["init", command].map((one) => `  terraform -chdir=${folder(stack)} ${one}`);
  const earlier = [...Deno.readDirSync(`${outdir}/stacks`)].map(({ name }) => name)
    .filter((name) => !stacks.includes(name)).sort();
  return [
    `Wrote ${countOf(stacks)} to ${shown}.`,
    "To deploy them, in this order:",
    ...stacks.flatMap((stack) => linesOf(stack, "apply")),
    ...earlier.length === 0 ? [] : [
      `${countOf(earlier)} of an earlier configuration ${earlier.length === 1 ? "is" : "are"} ` +
      "still there. To remove what was deployed with it, and then its folder:",
      ...earlier.flatMap((stack) => linesOf(stack, `destroy && rm -r ${folder(stack)}`)),
    ],
  ].join("\n");
}

function countOf({ length }: readonly string[]): string {
  return length === 1 ? "1 stack" : `${length} stacks`;
}

/** A path as a shell takes it. */
function quoted(path: string): string {
  return /^[\w+,.@:/-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
