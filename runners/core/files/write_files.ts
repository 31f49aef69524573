import { dirname, join } from "node:path";
import type { Disk } from "./disk.ts";
import { FileError, systemCodeOf, systemError } from "./file_error.ts";

/** A file as it is to be. */
export type NewFile = {
  readonly path: string;
  /** The text, or its pieces: all of it may be longer than a string can be. */
  readonly text: string | Iterable<string>;
  /** What the user and others may do with it; 0o600, for this user alone, if left out. */
  readonly mode?: number;
};

/** Writes files as {@linkcode writeFiles} does, to the disk that the run was given. */
export type FileWriter = (files: readonly NewFile[]) => Promise<void>;

/**
 * Writes files, so that nobody ever finds a part of one under its name, and hardly ever a new one
 * beside an old one: all of them are written and synced under temporary names in the same folders,
 * and renamed then. Makes the folders. Where this throws, the earlier files are as they were; only
 * where the renaming itself was cut, some of them are the new ones, complete.
 *
 * Everything that this program writes goes through here, but for the store, which SQLite writes.
 *
 * @param options.replace false: a file that is there is an error
 * @throws FileError after the temporary files were removed; and whatever `text` throws
 */
export async function writeFiles(
  disk: Disk,
  files: readonly NewFile[],
  { replace = true }: { readonly replace?: boolean } = {},
): Promise<void> {
  /** The names of temporary files, each with the file's own. */
  const temporaries = new Map<string, string>();
  let current = files[0]?.path ?? "";
  let isNaming = false;
  try {
    for (const file of files) {
      const { path } = file;
      current = path;
      await disk.makeFolder(dirname(path));
      await refuseUnfit(disk, path);
      // Not made of the file's own name, which may be as long as a name can be.
      const temporary = join(dirname(path), `.groundskeeper-${crypto.randomUUID()}.tmp`);
      temporaries.set(temporary, path);
      await writeSynced(disk, temporary, file);
    }
    isNaming = true;
    for (const [temporary, path] of temporaries) {
      current = path;
      await (replace ? disk.rename(temporary, path) : disk.link(temporary, path));
      if (replace) temporaries.delete(temporary);
    }
    for (const folder of new Set(files.map(({ path }) => dirname(path)))) {
      await disk.syncFolder(folder);
    }
  } catch (error) {
    const isOfSystem = systemCodeOf(error) !== "" || error instanceof Deno.errors.NotCapable;
    if (!isOfSystem) throw error;
    const isTaken = isNaming && systemCodeOf(error) === "EEXIST";
    throw new FileError(current, dirname(current), error, isTaken);
  } finally {
    // One that cannot be removed is not what the person must know.
    await Promise.allSettled(temporaries.keys().map((temporary) => disk.remove(temporary)));
  }
}

/** A device would be replaced by a file where this user may do that, and so break the machine. */
async function refuseUnfit(disk: Disk, path: string): Promise<void> {
  const kind = await disk.kindOf(path);
  if (kind === "folder") throw systemError("EISDIR");
  if (kind === "other") throw systemError("ENODEV");
}

async function writeSynced(
  disk: Disk,
  path: string,
  { text, mode = 0o600 }: NewFile,
): Promise<void> {
  const file = await disk.create(path, mode);
  try {
    for (const bytes of blocksOf(typeof text === "string" ? [text] : text)) {
      for (let written = 0; written < bytes.length;) {
        const taken = await file.write(bytes.subarray(written));
        if (taken <= 0) throw systemError("EIO");
        written += taken;
      }
    }
    // Else a power cut may leave the new name with nothing in it.
    await file.sync();
  } finally {
    file.close();
  }
}

/** So many characters are written at once; a piece that is longer goes by itself. */
const BLOCK = 65_536;

function* blocksOf(pieces: Iterable<string>): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  let block = "";
  for (const piece of pieces) {
    block += piece;
    if (block.length < BLOCK) continue;
    yield encoder.encode(block);
    block = "";
  }
  yield encoder.encode(block);
}
