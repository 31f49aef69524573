import { resolve } from "node:path";
import type { Output } from "../infra/synth.ts";

/** Terraform's provider for AWS, in a folder as Terraform looks for it. */
export type Provider = { readonly folder: string; readonly version: string };

/** Where people and packages put providers (Terraform CLI, "Provider Installation"), and `/opt`. */
function usualPlaces(): string[] {
  const home = Deno.env.get("HOME") ?? "";
  return [
    ...namesIn("/opt").map((name) => `/opt/${name}`),
    `${home}/.terraform.d/plugins`,
    `${home}/.local/share/terraform/plugins`,
    "/usr/local/share/terraform/plugins",
    "/usr/share/terraform/plugins",
  ];
}

/** The provider in `GROUNDSKEEPER_TF_PLUGIN_DIR`, or in one of the usual places. */
function findProvider(): Provider | undefined {
  const named = Deno.env.get("GROUNDSKEEPER_TF_PLUGIN_DIR");
  const folders = named === undefined ? usualPlaces() : [resolve(named)];
  for (const folder of folders) {
    const versions = `${folder}/registry.terraform.io/hashicorp/aws`;
    for (const version of namesIn(versions)) {
      const isThere = namesIn(`${versions}/${version}`).some((machine) =>
        namesIn(`${versions}/${version}/${machine}`).some((name) =>
          name.startsWith("terraform-provider-aws")
        )
      );
      if (isThere) return { folder, version };
    }
  }
}

function isOnPath(program: string): boolean {
  return (Deno.env.get("PATH") ?? "").split(":").some((folder) =>
    namesIn(folder).includes(program)
  );
}

/** Why Terraform cannot be tried here; undefined: it can. */
export function missingTerraform(): string | undefined {
  if (!isOnPath("terraform")) return "terraform is not on the PATH";
  return findProvider() === undefined
    ? "no folder with terraform-provider-aws was found; name it in GROUNDSKEEPER_TF_PLUGIN_DIR"
    : undefined;
}

/** @throws Error that says what is not there */
function provider(): Provider {
  const missing = missingTerraform();
  if (missing !== undefined) throw new Error(`Cannot try Terraform: ${missing}`);
  return findProvider()!;
}

/** Makes a stack ask for the version of the provider that is there, for this run. */
export async function useProvider(folder: string): Promise<void> {
  const file = `${folder}/cdk.tf.json`;
  const stack = JSON.parse(await Deno.readTextFile(file));
  stack.terraform.required_providers.aws.version = provider().version;
  await Deno.writeTextFile(file, JSON.stringify(stack));
}

/** A resource as Terraform's state has it. */
export type Resource = {
  readonly address: string;
  readonly type: string;
  readonly values: Readonly<Record<string, unknown>>;
};

/** What Terraform works on, in a folder. */
export class Workspace {
  readonly #folder: string;
  readonly #env: Readonly<Record<string, string>>;

  private constructor(folder: string, env: Readonly<Record<string, string>>) {
    this.#folder = folder;
    this.#env = env;
  }

  /**
   * Makes a folder ready.
   *
   * @param env where AWS is, and as whom
   * @throws Error with what Terraform said, as all below
   */
  static async open(
    folder: string,
    env: Readonly<Record<string, string>> = {},
  ): Promise<Workspace> {
    const workspace = new Workspace(folder, env);
    await workspace.#run("init", "-input=false", `-plugin-dir=${provider().folder}`);
    return workspace;
  }

  /** What is wrong with the stack, or doubtful, by the schema of the provider. */
  async problems(): Promise<string[]> {
    const told = JSON.parse(await this.#run("validate", "-json")) as {
      diagnostics: readonly { summary: string; detail: string }[];
    };
    return told.diagnostics.map(({ summary, detail }) => `${summary}: ${detail}`);
  }

  async apply(): Promise<void> {
    await this.#run("apply", "-input=false", "-auto-approve");
  }

  /** @param address the only thing to destroy, with what needs it */
  async destroy(address?: string): Promise<void> {
    const target = address === undefined ? [] : [`-target=${address}`];
    await this.#run("destroy", "-input=false", "-auto-approve", ...target);
  }

  /** What another apply would change: attributes by the address of their resource. */
  async drift(): Promise<Record<string, string[]>> {
    await this.#run("plan", "-input=false", "-out=again.plan");
    const { resource_changes = [] } = JSON.parse(
      await this.#run("show", "-json", "again.plan"),
    ) as {
      resource_changes?: readonly {
        readonly address: string;
        readonly change: {
          readonly actions: readonly string[];
          readonly before: Readonly<Record<string, unknown>> | null;
          readonly after: Readonly<Record<string, unknown>> | null;
        };
      }[];
    };
    return Object.fromEntries(
      resource_changes.filter(({ change }) => change.actions.join() !== "no-op")
        .map(({ address, change: { before, after } }) => [
          address,
          Object.keys({ ...before, ...after }).filter((key) =>
            JSON.stringify(before?.[key] ?? null) !== JSON.stringify(after?.[key] ?? null)
          ).sort(),
        ]),
    );
  }

  /** What the last apply has made, as it was read from AWS. */
  async resources(): Promise<Resource[]> {
    const { values } = JSON.parse(await this.#run("show", "-json")) as {
      values?: { root_module: { resources?: Resource[] } };
    };
    return values?.root_module.resources ?? [];
  }

  async #run(...args: readonly string[]): Promise<string> {
    const { PATH = "", HOME = "" } = Deno.env.toObject();
    const { success, stdout, stderr } = await new Deno.Command("terraform", {
      args: [...args, ...args.includes("-json") ? [] : ["-no-color"]],
      cwd: this.#folder,
      clearEnv: true,
      env: {
        PATH,
        HOME,
        // Asks nobody whether there is a newer version.
        CHECKPOINT_DISABLE: "1",
        TF_IN_AUTOMATION: "1",
        TF_CLI_CONFIG_FILE: "/dev/null",
        ...this.#env,
      },
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    if (success || args[0] === "validate") return text(stdout);
    throw new Error(`terraform ${args[0]} in ${this.#folder}: ${text(stderr)}`);
  }
}

/** A stack of an output, made ready. */
export async function openStack(
  { outdir }: Pick<Output, "outdir">,
  stack: string,
  env: Readonly<Record<string, string>>,
): Promise<Workspace> {
  await useProvider(`${outdir}/stacks/${stack}`);
  return await Workspace.open(`${outdir}/stacks/${stack}`, env);
}

function namesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return [];
    }
    throw error;
  }
}
