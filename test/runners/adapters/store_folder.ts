import { createHash } from "node:crypto";

/** Does `work` with a new folder and the path of a store in it, which is not there yet. */
export async function withFolder(
  work: (folder: string, path: string) => void | Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "groundskeeper-store-" });
  try {
    await work(folder, `${folder}/groundskeeper.db`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Everything that a trace would change: names, modes, times and contents of a folder's files. */
export function fingerprint(folder: string): string[] {
  const info = Deno.statSync(folder);
  const files = [...Deno.readDirSync(folder)].map(({ name }) => {
    const { mode, mtime, size } = Deno.statSync(`${folder}/${name}`);
    const hash = createHash("sha256").update(Deno.readFileSync(`${folder}/${name}`)).digest("hex");
    return [name, mode, mtime?.getTime(), size, hash].join(" ");
  });
  return [`${folder} ${info.mode} ${info.mtime?.getTime()}`, ...files.sort()];
}
