import { dirname } from "node:path";
import { storeFault, toStoreError } from "./store_fault.ts";

/**
 * Makes the file where there is none, readable by this user alone, and leaves one that is there.
 *
 * @throws StoreError when it cannot be made, or what is there cannot be a store.
 */
export function ensureFile(path: string): void {
  try {
    Deno.openSync(path, { write: true, createNew: true, mode: 0o600 }).close();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      const state = `there is no folder "${dirname(path)}"`;
      throw storeFault("open the store", path, state, "Make the folder, or name another path", {
        cause: error,
      });
    }
    if (!(error instanceof Deno.errors.AlreadyExists)) {
      throw toStoreError("open the store", { path, readOnly: false }, error);
    }
    refuseUnfitFile(path, Deno.statSync(path));
  }
}

/**
 * Whether there is something in the file. A file of no bytes was made a moment ago by a program
 * that has not committed anything yet.
 *
 * @throws StoreError when that cannot be told, or what is there cannot be a store.
 */
export function hasContent(path: string): boolean {
  try {
    const info = Deno.statSync(path);
    refuseUnfitFile(path, info);
    return info.size > 0;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw toStoreError("open the store", { path, readOnly: true }, error);
  }
}

/**
 * Refuses a file in write-ahead mode, which SQLite cannot read without making two files beside it.
 *
 * It looks at the bytes (sqlite.org/fileformat.html, "file format version numbers"), since asking
 * SQLite makes them. To close a file drops this process's locks on it, so this must not happen
 * while another thread of the process writes the store.
 *
 * @throws StoreError
 */
export function refuseWriteAheadLog(path: string): void {
  const header = new Uint8Array(20);
  try {
    using file = Deno.openSync(path, { read: true });
    file.readSync(header);
  } catch (error) {
    throw toStoreError("read the store", { path, readOnly: true }, error);
  }
  const isDatabase = new TextDecoder().decode(header.subarray(0, 16)) === "SQLite format 3\0";
  if (isDatabase && header[18] === 2) {
    throw storeFault(
      "read the store",
      path,
      "it was switched to a write-ahead log, which nobody can read without leaving a trace",
      'The next "report" or "apply" switches it back when it starts',
    );
  }
}

/** The smallest page that SQLite has, in bytes. It takes a file of a single byte for an empty one. */
const SMALLEST_PAGE = 512;

function refuseUnfitFile(path: string, { isDirectory, size }: Deno.FileInfo): void {
  if (isDirectory) throw storeFault("open the store", path, "it is a directory", "Name a file");
  if (size === 0 || size >= SMALLEST_PAGE) return;
  const state = `its ${size} bytes are too few for a store`;
  throw storeFault("open the store", path, state, "Name another path, or restore it from a backup");
}
