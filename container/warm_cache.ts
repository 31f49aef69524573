/**
 * Imports every module of the program, and every package that one of them loads late, so that V8's
 * code cache has them before the first run.
 */

import { fileURLToPath, pathToFileURL } from "node:url";

const CHECKOUT = fileURLToPath(new URL("../", import.meta.url));

function modulesBelow(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    return isDirectory ? modulesBelow(path) : name.endsWith(".ts") ? [path] : [];
  });
}

for (const path of ["runners", "reports"].flatMap((room) => modulesBelow(`${CHECKOUT}${room}`))) {
  await import(pathToFileURL(path).href);
  const late = Deno.readTextFileSync(path).matchAll(/\bimport\(\s*"([^".][^"]*)"/g);
  for (const [, name] of late) await import(name!);
}
