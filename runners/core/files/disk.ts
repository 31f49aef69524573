/**
 * The file system, as far as this program writes to it. Every method throws the system's error.
 *
 * @example Write two files to a `folder`, both or none
 * ```ts
 * import assert from "assert";
 * import { denoDisk } from "./runners/adapters/disk/deno_disk.ts";
 * import { writeFiles } from "./runners/core/files/write_files.ts";
 *
 * await writeFiles(denoDisk, [
 *   { path: `${folder}/out/plan.json`, text: "{}" },
 *   { path: `${folder}/out/plan.diff`, text: "" },
 * ]);
 * assert.equal(await denoDisk.kindOf(`${folder}/out/plan.diff`), "file");
 * ```
 */
export interface Disk {
  /** Makes a folder and those above it; one that is there stays as it is. */
  makeFolder(path: string): Promise<void>;
  /** What is at a path, or at the end of a link; null where there is nothing. */
  kindOf(path: string): Promise<"file" | "folder" | "other" | null>;
  /** Makes a file for writing. @throws also when there is one of that name */
  create(path: string, mode: number): Promise<OpenFile>;
  /** Gives a file another name, in the place of what is there. */
  rename(from: string, to: string): Promise<void>;
  /** Gives a file a second name. @throws also when that name is taken */
  link(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Waits until the names in a folder are on the disk, where the file system can do that. */
  syncFolder(path: string): Promise<void>;
}

export interface OpenFile {
  /** @returns how many bytes were taken, which may be fewer than there are */
  write(bytes: Uint8Array): Promise<number>;
  /** Waits until what was written is on the disk. */
  sync(): Promise<void>;
  close(): void;
}
