import { pathToFileURL } from "node:url";
import { filesBelow, ROOT } from "../architecture/module_graph.ts";

/** How many files a group has: so few that two at a time end at about the same time. */
const TOGETHER = 20;

/**
 * The test files of these folders in groups. `deno test` loads what a file imports once more for
 * each file, which took a quarter of the CPU; for a group it is loaded once.
 *
 * @param folders from the project's root
 * @param into where the modules that import a group are written
 * @returns what `deno test` is to run
 */
export async function groupedTests(folders: readonly string[], into: string): Promise<string[]> {
  const grouped = await Promise.all(folders.map(async (folder) => {
    const files = (await filesBelow(folder)).filter((path) => path.endsWith("_test.ts")).sort();
    const alone = files.filter(hasSnapshots);
    const others = files.filter((path) => !alone.includes(path));
    const modules: string[] = [];
    while (others.length > 0) {
      const imports = others.splice(0, TOGETHER)
        .map((path) => `import "${pathToFileURL(`${ROOT}${path}`)}";\n`);
      const module = `${into}/${folder.replaceAll("/", "_")}_${modules.length + 1}.ts`;
      await Deno.writeTextFile(module, imports.join(""));
      modules.push(module);
    }
    return [...alone, ...modules];
  }));
  return grouped.flat();
}

/** Snapshots lie beside the file that `deno test` is given. */
function hasSnapshots(path: string): boolean {
  const slash = path.lastIndexOf("/");
  const snapshot = `${ROOT}${path.slice(0, slash)}/__snapshots__${path.slice(slash)}.snap`;
  try {
    return Deno.statSync(snapshot).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
