/**
 * `deno task synth [--config FILE]`: Terraform JSON for the configured organization in `cdktf.out/`,
 * and the CloudFormation template of a member account. It reads the configuration and nothing of AWS.
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
import { memberTemplate } from "./member_template.ts";
import { hubStack } from "./stacks/hub.ts";
import { managementStack } from "./stacks/management.ts";
import { memberStack } from "./stacks/member.ts";
import { membersStack } from "./stacks/members.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const EXAMPLE = `${ROOT}infra/example.json`;

/** Where the template of a member account is written, in the folder of the output. */
const TEMPLATE = "member.template.json";

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

/** Writes the stacks and the template. @returns the names of the stacks, in the order of their deployment */
function synthesize(installation: Installation, outdir: string): string[] {
  const { members, infra: { guards: { targets } } } = installation;
  const app = new App({ outdir });
  const names: string[] = [];
  if (members === "organizations") {
    membersStack(app, installation);
    names.push("members");
  } else {
    for (const { id } of members) {
      memberStack(app, installation, id);
      names.push(`member-${id}`);
    }
  }
  hubStack(app, installation);
  names.push("hub");
  if (targets.length > 0) {
    managementStack(app, installation);
    names.push("management");
  }
  app.synth();
  Deno.writeTextFileSync(`${outdir}/${TEMPLATE}`, jsonText(memberTemplate(installation)));
  return names;
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
