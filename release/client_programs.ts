/** The client's programs as they are released: bundles that Deno runs, and executables. */

const PROGRAMS = ["login", "client"] as const;

/** The machines that executables are made for, by the name that Linux has for each. */
const TARGETS = {
  x86_64: "x86_64-unknown-linux-gnu",
  aarch64: "aarch64-unknown-linux-gnu",
} as const;

/** How a command ended, and what it said on stderr. */
export type RunDeno = (args: readonly string[]) => Promise<{
  readonly success: boolean;
  readonly said: string;
}>;

/**
 * Makes an executable of each program for each machine, with its permission set in it. All of them
 * or none: Deno fetches the runtime that goes into them, and this may fail.
 *
 * @param root the checkout, whose out/client has the bundles
 * @returns the files, from the root
 * @throws Error with what Deno said
 */
export async function compileClient(root: string, runDeno: RunDeno = deno): Promise<string[]> {
  const folder = await Deno.makeTempDir({ prefix: "groundskeeper-compile-" });
  try {
    const names: string[] = [];
    for (const program of PROGRAMS) {
      for (const [machine, target] of Object.entries(TARGETS)) {
        const name = `groundskeeper-${program}-${machine}`;
        const { success, said } = await runDeno([
          "compile",
          "-q",
          `--config=${root}/client/deno.json`,
          `-P=${program}`,
          `--target=${target}`,
          `--output=${folder}/${name}`,
          `${root}/out/client/groundskeeper-${program}.js`,
        ]);
        if (!success) throw new Error(`Cannot compile ${name}: ${said}`);
        names.push(name);
      }
    }
    const files = names.map((name) => `out/client/${name}`);
    for (const name of names) {
      await Deno.copyFile(`${folder}/${name}`, `${root}/out/client/${name}`);
    }
    return files;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/**
 * Without DENORT_BIN: it names the runtime that goes into the executables, and with Deno itself
 * there each of them would be a prompt with all permissions.
 */
const deno: RunDeno = async (args) => {
  const { DENORT_BIN: _, ...env } = Deno.env.toObject();
  const command = new Deno.Command(Deno.execPath(), {
    args: [...args],
    clearEnv: true,
    env: { ...env, NO_COLOR: "1" },
  });
  const { success, stderr } = await command.output();
  const [said = ""] = new TextDecoder().decode(stderr).trim().split("\n\nStack backtrace");
  return { success, said };
};

/** The lines of `sha256sum` for files of one folder. @param files from the root */
export async function checksums(root: string, files: readonly string[]): Promise<string> {
  const lines = await Promise.all(files.map(async (file) => {
    const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(`${root}/${file}`));
    return `${new Uint8Array(digest).toHex()}  ${file.replace(/.*\//, "")}\n`;
  }));
  return lines.join("");
}

/**
 * Makes what a release has of the client, with the checksums in out/client/SHA256SUMS.
 *
 * @returns the files, and why there are no executables if there are none
 */
export async function buildClient(root: string, runDeno: RunDeno = deno) {
  const { success, said } = await runDeno(["task", "-q", `--cwd=${root}`, "bundle"]);
  if (!success) throw new Error(`Cannot bundle the client: ${said}`);
  const files = PROGRAMS.map((program) => `out/client/groundskeeper-${program}.js`);
  let missing: string | undefined;
  try {
    files.push(...await compileClient(root, runDeno));
  } catch (error) {
    missing = (error as Error).message;
  }
  const sums = "out/client/SHA256SUMS";
  await Deno.writeTextFile(`${root}/${sums}`, await checksums(root, files));
  return { files: [...files, sums], missing };
}

/** `deno task compile`: the bundles and the executables, or exit 1 where there is no runtime. */
async function main(): Promise<number> {
  const { files, missing } = await buildClient(new URL("..", import.meta.url).pathname);
  console.log(files.join("\n"));
  if (missing === undefined) return 0;
  console.error(
    `There are no executables. ${missing}\nThe bundles run with Deno: client/README.md`,
  );
  return 1;
}

if (import.meta.main) Deno.exit(await main());
