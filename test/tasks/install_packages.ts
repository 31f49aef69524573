import { ROOT } from "../architecture/module_graph.ts";

/**
 * Installs what some files import, by a deno.json and a lock of their own.
 *
 * @throws Error with what Deno said, if it cannot
 */
export async function installPackages(config: string, files: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["install", "-q", "--frozen", `--config=${config}`, "--entrypoint", ...files],
    cwd: ROOT,
  }).output();
  if (success) return;
  const said = new TextDecoder().decode(stderr).trim();
  throw new Error(`Cannot install the packages of ${config}: ${said}`);
}

/** Installs what `infra` imports: CDKTF, and the bindings of Terraform's provider. */
export function installInfra(config = "infra/deno.json"): Promise<void> {
  const needs = [...Deno.readDirSync(`${ROOT}runners`)].map(({ name }) =>
    `runners/${name}/needs.ts`
  )
    .filter(exists);
  return installPackages(config, ["infra/main.ts", ...needs]);
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(`${ROOT}${path}`).isFile;
  } catch (error) {
    // A file is no folder that could have it.
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return false;
    }
    throw error;
  }
}
