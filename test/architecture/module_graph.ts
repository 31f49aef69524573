import { relative } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's folder. */
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** One file of the project and what it imports, types included; paths from the root. */
export type Module = {
  readonly path: string;
  readonly imports: readonly string[];
  /** Packages of npm, as `npm:zod@4.6.7`. Absent: none. */
  readonly packages?: readonly string[];
  /** Those of both that are imported only when they are needed: by `import()`. Absent: none. */
  readonly later?: readonly string[];
  /** Those of both of which only types are imported: they are not loaded. Absent: none. */
  readonly types?: readonly string[];
};

type DenoInfo = {
  readonly modules: readonly {
    readonly specifier: string;
    readonly dependencies?: readonly {
      readonly code?: { readonly specifier?: string };
      readonly type?: { readonly specifier?: string };
      readonly isDynamic?: boolean;
    }[];
  }[];
};

/**
 * The real module graph of all source files below some folders, as Deno resolves it.
 *
 * @param config the deno.json by which they are resolved
 */
export async function moduleGraph(
  folders: readonly string[],
  config = "deno.json",
): Promise<Module[]> {
  const entries = (await Promise.all(folders.map(filesBelow))).flat();
  const modules = new Map<string, Module>();
  for (const entry of entries) {
    if (modules.has(entry)) continue;
    for (const found of await denoInfo(entry, config)) modules.set(found.path, found);
  }
  return [...modules.values()];
}

async function denoInfo(entry: string, config: string): Promise<Module[]> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "--no-npm", `--config=${config}`, entry],
    cwd: ROOT,
  }).output();
  if (!success) throw new Error(`deno info ${entry}: ${new TextDecoder().decode(stderr)}`);
  const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as DenoInfo;
  return modules.filter(({ specifier }) => isOurs(specifier)).map((module) => {
    const found = (module.dependencies ?? []).flatMap(({ code, type, isDynamic = false }) =>
      [code?.specifier, type?.specifier].flatMap((specifier) =>
        specifier === undefined || !(isOurs(specifier) || specifier.startsWith("npm:")) ? [] : [{
          name: isOurs(specifier) ? pathOf(specifier) : specifier,
          isDynamic,
          isType: code === undefined,
        }]
      )
    );
    const names = found.map(({ name }) => name);
    return {
      path: pathOf(module.specifier),
      imports: names.filter((name) => !name.startsWith("npm:")),
      packages: names.filter((name) => name.startsWith("npm:")),
      later: found.filter(({ isDynamic }) => isDynamic).map(({ name }) => name),
      types: found.filter(({ isType }) => isType).map(({ name }) => name),
    };
  });
}

function isOurs(specifier: string): boolean {
  return specifier.startsWith("file:") && pathOf(specifier).match(/^(?!\.\.)/) !== null;
}

function pathOf(specifier: string): string {
  return relative(ROOT, fileURLToPath(specifier));
}

/** The TypeScript files below a folder, as paths from the root. */
export async function filesBelow(folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const entry of Deno.readDir(`${ROOT}${folder}`)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) files.push(...await filesBelow(path));
    else if (entry.name.endsWith(".ts")) files.push(path);
  }
  return files;
}
