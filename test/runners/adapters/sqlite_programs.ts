/** How a program is started. */
export interface Start {
  readonly permissions: readonly string[];
  /** The working directory, if not this process's. */
  readonly cwd?: string | undefined;
}

/** Starts one of the programs of this folder, which open stores in processes of their own. */
export function startProgram(
  name: "sqlite_storm.ts" | "sqlite_visitor.ts",
  { permissions, cwd }: Start,
  ...args: string[]
): Deno.ChildProcess {
  const program = new URL(name, import.meta.url).href;
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--cached-only", "--no-prompt", ...permissions, program, ...args],
    ...(cwd === undefined ? {} : { cwd }),
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}
