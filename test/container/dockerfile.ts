/** An instruction of a Dockerfile, with all behind its name. */
export type Instruction = { readonly name: string; readonly text: string };

/** The instructions of a Dockerfile, without comments, each on one line. */
export function instructionsIn(dockerfile: string): Instruction[] {
  const lines = dockerfile.split("\n").filter((line) => !line.startsWith("#")).join("\n");
  return lines.replaceAll(/\\\n\s*/g, "").split("\n").filter((line) => line !== "")
    .map((line) => {
      const [, name = "", text = ""] = /^(\w+) +(.*)$/.exec(line) ?? [];
      return { name, text };
    });
}

/** What a COPY copies: the stage that it comes from, or the context; and where to. */
export function copied(text: string) {
  const [, from] = /--from=(\S+)/.exec(text) ?? [];
  const words = text.split(/\s+/).filter((word) => !word.startsWith("--"));
  return { from, sources: words.slice(0, -1), to: words.at(-1)! };
}

/** The variables of an ENV. */
export function variablesIn(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(/\s+/).map((pair) => {
      const at = pair.indexOf("=");
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

/** Whether a `.dockerignore` that leaves out all, and takes some in again, lets a file through. */
export function isInContext(dockerignore: string, path: string): boolean {
  const [all, ...taken] = dockerignore.split("\n").filter((line) => line !== "");
  if (all !== "*" || !taken.every((line) => line.startsWith("!"))) {
    throw new Error(".dockerignore must begin with *, and then only take files in");
  }
  return taken.map((line) => line.slice(1)).some((pattern) =>
    path === pattern || path.startsWith(`${pattern}/`) ||
    new RegExp(`^${pattern.replaceAll(".", "\\.").replaceAll("*", "[^/]*")}$`).test(path)
  );
}
