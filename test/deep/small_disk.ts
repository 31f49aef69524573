/** A file system of its own in memory, for what happens when it is full or read-only. */
export interface SmallDisk extends AsyncDisposable {
  /** Fills it, but for so many bytes. */
  fill(leave?: number): Promise<void>;
  /** Makes room again. */
  free(): Promise<void>;
  readOnly(): Promise<void>;
}

/** Whether this process may mount: as root of its own machine, not in most containers. */
export async function mayMount(): Promise<boolean> {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return false;
  const folder = await Deno.makeTempDir();
  try {
    return await run("mount", "-t", "tmpfs", "none", folder) && await run("umount", folder);
  } finally {
    await Deno.remove(folder);
  }
}

/** Mounts a small file system at a folder, which is made. Disposing of it takes it away. */
export async function smallDisk(folder: string, bytes: number): Promise<SmallDisk> {
  await Deno.mkdir(folder, { recursive: true });
  await must("mount", "-t", "tmpfs", "-o", `size=${bytes}`, "none", folder);
  const filler = `${folder}/.filler`;
  return {
    fill: async (leave = 0) => {
      await Deno.writeFile(filler, new Uint8Array(bytes)).catch((error: Error) => {
        if (!("code" in error) || error.code !== "ENOSPC") throw error;
      });
      if (leave > 0) await Deno.truncate(filler, (await Deno.stat(filler)).size - leave);
    },
    free: () => Deno.remove(filler),
    readOnly: () => must("mount", "-o", "remount,ro", folder),
    [Symbol.asyncDispose]: () => must("umount", folder),
  };
}

async function run(program: string, ...args: string[]): Promise<boolean> {
  return (await new Deno.Command(program, { args, stdout: "null", stderr: "null" }).output())
    .success;
}

async function must(program: string, ...args: string[]): Promise<void> {
  if (!await run(program, ...args)) throw new Error(`${program} ${args.join(" ")} failed`);
}
