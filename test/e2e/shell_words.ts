/**
 * Takes a line apart as a shell does where it is pasted. Nothing that it names is started.
 *
 * @throws Error where bash does not take the line
 */
export function shellWords(line: string): string[] {
  const script = `groundskeeper() { printf '%s\\0' "$@"; }\njq() { cat; }\n${line}\n`;
  const { success, stdout, stderr } = new Deno.Command("bash", {
    args: ["--noprofile", "--norc", "-eu", "-c", script],
    env: { LC_ALL: "C.UTF-8" },
    stdin: "null",
  }).outputSync();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (!success || stderr.length > 0) throw new Error(`bash does not take it: ${text(stderr)}`);
  return text(stdout).split("\0").slice(0, -1);
}
