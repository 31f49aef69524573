import { LOGIN_MAX_BYTES } from "../runners/core/contract/login.ts";

/** Where the events wait, unless client.json says another folder. */
export const DEFAULT_SPOOL = "/var/spool/groundskeeper";

/** The most events that wait. The oldest are dropped for newer ones, and counted. */
export const SPOOL_CAP = 1_000;

const EVENT_FILE = /^[0-9A-HJKMNP-TV-Z]{26}\.json$/;

/** An event that is not complete after this time was cut while it was written. */
const WRITING_MAX_MS = 3_600_000;

/**
 * The events that wait: a file each, named after its ULID, so that names sort by age. Several
 * processes may work with it at once. `tmp` has what is being written: systemd watches the folder
 * above it, and sees complete events only. `dropped` has one byte for each dropped event, because
 * appending a byte counts right also where many do it at once.
 */
export class Spool {
  constructor(readonly folder: string) {}

  /**
   * Stores an event completely or not at all, also if the power fails, and drops the oldest events
   * that are too many. An event that cannot be stored is counted as dropped where that is possible.
   *
   * @throws Error what the disk says, or that the folder belongs to somebody else
   */
  add(id: string, text: string): void {
    const temporary = `${this.folder}/tmp/${id}`;
    try {
      privateFolder(this.folder);
      privateFolder(`${this.folder}/tmp`);
      using file = Deno.openSync(temporary, { write: true, createNew: true, mode: 0o600 });
      writeAll(file, new TextEncoder().encode(text));
      file.syncSync();
      Deno.renameSync(temporary, `${this.folder}/${id}.json`);
    } catch (error) {
      try {
        ifThere(() => Deno.removeSync(temporary));
        this.#countDropped();
      } catch {
        // Where nothing can be counted either, the first error is the one to tell.
      }
      throw error;
    }
    using folder = Deno.openSync(this.folder, { read: true });
    folder.syncSync();
    const names = this.names();
    for (const name of names.slice(0, Math.max(0, names.length - SPOOL_CAP))) this.drop(name);
  }

  /** The files of the events, oldest first. */
  names(): string[] {
    const entries = ifThere(() => [...Deno.readDirSync(this.folder)]) ?? [];
    return entries.map(({ name }) => name).filter((name) => EVENT_FILE.test(name)).sort();
  }

  /** The text of an event; undefined if it is gone, null if it is larger than any event. */
  read(name: string): string | null | undefined {
    return ifThere(() => {
      const path = `${this.folder}/${name}`;
      const { isFile, size } = Deno.lstatSync(path);
      return isFile && size <= LOGIN_MAX_BYTES ? Deno.readTextFileSync(path) : null;
    });
  }

  /** Removes an event that was sent. */
  remove(name: string): void {
    ifThere(() => Deno.removeSync(`${this.folder}/${name}`));
  }

  /** Removes an event and counts it. One that another process has removed is not counted. */
  drop(name: string): void {
    const removed = ifThere(() => {
      Deno.removeSync(`${this.folder}/${name}`, { recursive: true });
      return true;
    });
    if (removed) this.#countDropped();
  }

  /** Drops what was cut while it was written. */
  dropUnfinished(nowMs: number): void {
    for (const { name } of ifThere(() => [...Deno.readDirSync(`${this.folder}/tmp`)]) ?? []) {
      const written = ifThere(() => Deno.lstatSync(`${this.folder}/tmp/${name}`).mtime?.getTime());
      if (nowMs - (written ?? nowMs) > WRITING_MAX_MS) this.drop(`tmp/${name}`);
    }
  }

  /** How many events were dropped since the spool was made. */
  dropped(): number {
    return ifThere(() => Deno.statSync(`${this.folder}/dropped`).size) ?? 0;
  }

  #countDropped(): void {
    ifThere(() =>
      Deno.writeTextFileSync(`${this.folder}/dropped`, ".", { append: true, mode: 0o600 })
    );
  }
}

/** Makes a folder that only this user enters. @throws Error if it is somebody else's */
function privateFolder(path: string): void {
  try {
    Deno.mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
  const { isDirectory, uid, mode } = Deno.lstatSync(path);
  if (!isDirectory || uid !== Deno.uid()) {
    throw new Error(`Cannot use the spool ${path}: it is not a folder of this user. Remove it`);
  }
  if (((mode ?? 0) & 0o077) !== 0) Deno.chmodSync(path, 0o700);
}

function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) {
    written += file.writeSync(bytes.subarray(written));
  }
}

/** What `work` returns, or undefined where a file or folder is not there. */
function ifThere<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return undefined;
    }
    throw error;
  }
}
