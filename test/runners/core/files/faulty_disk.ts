import { denoDisk } from "../../../../runners/adapters/disk/deno_disk.ts";
import type { Disk } from "../../../../runners/core/files/disk.ts";
import { type FileWriter, writeFiles } from "../../../../runners/core/files/write_files.ts";

/** Writes to this machine's disk. */
export const toDisk: FileWriter = (files) => writeFiles(denoDisk, files);

/** What the system says when it does not write. */
export const CODES = [
  "ENOSPC",
  "EROFS",
  "EDQUOT",
  "EACCES",
  "EISDIR",
  "ENOENT",
  "ENAMETOOLONG",
  "EIO",
] as const;

/** What happens at an operation of a disk, counted from 0. */
export interface DiskFault {
  readonly at: number;
  /**
   * A code of the system; "short": a write takes one byte only, which is no fault; "nothing": a
   * write takes none.
   */
  readonly what: typeof CODES[number] | "short" | "nothing";
  /** All that follows fails too, but for removals: a full disk stays full. */
  readonly lasts: boolean;
}

/** The disk of this machine, on which one operation fails, with what was asked of it. */
export function faultyDisk(
  fault: DiskFault,
): { readonly disk: Disk; readonly asked: readonly string[] } {
  const asked: string[] = [];
  const meets = (operation: string, isWrite = false): boolean => {
    const now = asked.push(operation) - 1;
    if (now !== fault.at && !(fault.lasts && now > fault.at)) return false;
    if (fault.what !== "short" && fault.what !== "nothing") {
      throw Object.assign(new Error(`${fault.what} (of a test)`), { code: fault.what });
    }
    return isWrite;
  };
  const at = async <Result>(operation: string, work: () => Promise<Result>): Promise<Result> => {
    meets(operation);
    return await work();
  };
  const disk: Disk = {
    makeFolder: (path) => at("makeFolder", () => denoDisk.makeFolder(path)),
    kindOf: (path) => denoDisk.kindOf(path),
    create: (path, mode) =>
      at("create", async () => {
        const file = await denoDisk.create(path, mode);
        return {
          // deno-lint-ignore require-await -- as a system's call, it rejects and does not throw
          write: async (bytes) =>
            !meets("write", true)
              ? file.write(bytes)
              : fault.what === "short"
              ? file.write(bytes.subarray(0, 1))
              : 0,
          sync: () => at("sync", () => file.sync()),
          close: () => file.close(),
        };
      }),
    rename: (from, to) => at("rename", () => denoDisk.rename(from, to)),
    link: (from, to) => at("link", () => denoDisk.link(from, to)),
    remove: (path) => denoDisk.remove(path),
    syncFolder: (path) => at("syncFolder", () => denoDisk.syncFolder(path)),
  };
  return { disk, asked };
}
