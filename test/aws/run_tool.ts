/** Runs a program to its end. */

/**
 * Runs a program and returns what it printed.
 * @param purpose what it is for, as in "Cannot <purpose>"
 * @param advice what to do if it fails
 * @throws Error with the program's own error output
 */
export async function runTool(
  command: string,
  args: readonly string[],
  purpose: string,
  advice?: string,
): Promise<string> {
  const { success, code, stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  if (success) return text(stdout);
  const told = text(stderr) || text(stdout) || "it printed nothing";
  throw new Error(
    `Cannot ${purpose}: ${command} ${args.slice(0, 4).join(" ")} ended with code ${code}: ` +
      `${told}${advice === undefined ? "" : `\n${advice}`}`,
  );
}
