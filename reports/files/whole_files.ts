import { basename, dirname, join } from "node:path";

/**
 * Writes files so that nobody ever reads half of one, and hardly ever a new one beside
 * an old one: all of them are written and flushed to temporary files beside them, then renamed. A
 * disk that fills up leaves what was there.
 *
 * @throws the system's error, after the temporary files were removed
 */
export async function writeWholeFiles(contents: ReadonlyMap<string, string>): Promise<void> {
  const temporaries: string[] = [];
  try {
    for (const [path, content] of contents) {
      const temporary = join(dirname(path), `.${basename(path)}.${crypto.randomUUID()}.tmp`);
      temporaries.push(temporary);
      await writeFlushed(temporary, content);
    }
    for (const [i, path] of [...contents.keys()].entries()) {
      await Deno.rename(temporaries[i] ?? "", path);
    }
  } catch (error) {
    await Promise.allSettled(temporaries.map((temporary) => Deno.remove(temporary)));
    throw error;
  }
}

/** Flushed before it is renamed: else a power cut may leave the new name with no content. */
async function writeFlushed(path: string, content: string): Promise<void> {
  using file = await Deno.open(path, { write: true, createNew: true });
  const bytes = new TextEncoder().encode(content);
  for (let written = 0; written < bytes.length;) {
    written += await file.write(bytes.subarray(written));
  }
  await file.sync();
}
