/**
 * `deno task install [--root DIR]`: puts the command `groundskeeper` into a folder that is on the PATH.
 *
 * `deno install --global` cannot: it copies deno.json and resolves anew, without the lock.
 */

import { dirname, resolve } from "node:path";
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";

const CHECKOUT = fileURLToPath(new URL("../", import.meta.url));

/** By this line a file is known as one that may be replaced. */
const MARK = '# Written by "deno task install".';

function main(args: readonly string[]): number {
  const root = rootOf(args);
  if (root === undefined) {
    console.error("Usage: deno task install [--root DIR]   (without HOME, say --root)");
    return 2;
  }
  const folder = `${root}/bin`;
  const path = `${folder}/groundskeeper`;
  try {
    write(path);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    console.error(`Cannot write "${path}": ${error.message}. To install elsewhere, say --root DIR`);
    return 2;
  }
  console.log(`Wrote ${path}. It runs the program in ${CHECKOUT}`);
  if ((Deno.env.get("PATH") ?? "").split(":").includes(folder)) {
    console.log("To begin:\n  groundskeeper --help");
  } else {
    console.log("Its folder is not on your PATH. Add this line to the profile of your shell:");
    console.log(`  export PATH=${word(folder)}:"$PATH"`);
  }
  return 0;
}

/** @throws Error where it cannot be written, or another program has this name */
function write(path: string): void {
  if (isOfOthers(path)) throw new Error("another program has this name");
  Deno.mkdirSync(dirname(path), { recursive: true });
  Deno.writeTextFileSync(`${path}.new`, command(Deno.execPath()), { mode: 0o755 });
  Deno.renameSync(`${path}.new`, path);
}

/** Where `deno install --global` would put it, unless the person says where. */
function rootOf(args: readonly string[]): string | undefined {
  try {
    const { values } = parseArgs({ args: [...args], options: { root: { type: "string" } } });
    const home = Deno.env.get("HOME");
    const usual = Deno.env.get("DENO_INSTALL_ROOT") ?? (home && `${home}/.deno`);
    const root = values.root ?? usual;
    return root && resolve(Deno.env.get("INIT_CWD") ?? Deno.cwd(), root);
  } catch {
    return undefined;
  }
}

function isOfOthers(path: string): boolean {
  try {
    return !Deno.readTextFileSync(path).includes(MARK);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** The command, as a script that becomes the program. A person stands where the shell stands. */
function command(deno: string): string {
  return `#!/bin/sh
${MARK}
unset INIT_CWD
exec ${word(deno)} run -q --cached-only -P=groundskeeper \\
  --config=${word(`${CHECKOUT}deno.json`)} ${word(`${CHECKOUT}runners/main.ts`)} "$@"
`;
}

/** As a shell takes it for one word. */
function word(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

if (import.meta.main) Deno.exit(main(Deno.args));
