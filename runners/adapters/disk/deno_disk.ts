import type { Disk } from "../../core/files/disk.ts";
import { systemCodeOf } from "../../core/files/file_error.ts";

/** The file system of this machine. Deno asks for read and write at both names of a rename. */
export const denoDisk: Disk = {
  makeFolder: (path) => Deno.mkdir(path, { recursive: true }),
  async kindOf(path) {
    try {
      const { isFile, isDirectory } = await Deno.stat(path);
      return isFile ? "file" : isDirectory ? "folder" : "other";
    } catch (error) {
      const isNothing = error instanceof Deno.errors.NotFound ||
        error instanceof Deno.errors.NotADirectory;
      if (isNothing) return null;
      throw error;
    }
  },
  create: (path, mode) => Deno.open(path, { write: true, createNew: true, mode }),
  rename: (from, to) => Deno.rename(from, to),
  link: (from, to) => Deno.link(from, to),
  remove: (path) => Deno.remove(path),
  async syncFolder(path) {
    try {
      using folder = await Deno.open(path, { read: true });
      await folder.sync();
    } catch (error) {
      if (!CANNOT_SYNC.has(systemCodeOf(error)) && !(error instanceof Deno.errors.NotCapable)) {
        throw error;
      }
    }
  },
};

/** The errors of a file system that cannot sync folders, or of a folder that cannot be read. */
const CANNOT_SYNC: ReadonlySet<string> = new Set([
  "EACCES",
  "EBADF",
  "EINVAL",
  "EISDIR",
  "ENOTSUP",
  "EOPNOTSUPP",
  "EPERM",
]);
