import { isJsonObject, jsonIn } from "../runners/core/contract/json.ts";
import { LOGIN_MAX_BYTES } from "../runners/core/contract/login.ts";
import { ulid } from "../runners/core/contract/ulid.ts";
import type { SpooledEvent } from "./event.ts";

/** Where the events wait, unless client.json says another folder. */
export const DEFAULT_SPOOL = "/var/spool/groundskeeper";

/** The most events that wait. The oldest are dropped for newer ones, and counted. */
export const SPOOL_CAP = 1_000;

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
   * that are too many. Counts one that it cannot store. @throws Error why it cannot
   */
  add(event: SpooledEvent): void {
    const temporary = `${this.folder}/tmp/${event.id}`;
    try {
      for (const folder of [this.folder, `${this.folder}/tmp`]) makePrivate(folder);
      Deno.writeTextFileSync(temporary, JSON.stringify(event), { createNew: true, mode: 0o600 });
      sync(temporary);
      Deno.renameSync(temporary, `${this.folder}/${event.id}.json`);
    } catch (error) {
      try {
        this.remove(`tmp/${event.id}`);
        this.#countDropped();
      } catch {
        // Where nothing can be counted either, the first error is the one to tell.
      }
      throw error;
    }
    sync(this.folder);
    for (const name of this.names().slice(0, -SPOOL_CAP)) this.drop(name);
  }

  /** The files of the events, oldest first. */
  names(): string[] {
    return namesIn(this.folder).filter((name) => /^[0-9A-Z]{26}\.json$/.test(name)).sort();
  }

  /** The event of a file; undefined if the file is gone, null if it is damaged. */
  read(name: string): SpooledEvent | null | undefined {
    const path = `${this.folder}/${name}`;
    return ifThere(() => {
      const { isFile, size } = Deno.lstatSync(path);
      if (!isFile || size > LOGIN_MAX_BYTES) return null;
      const [event] = jsonIn(Deno.readTextFileSync(path)).filter(isJsonObject);
      const isTo = ["queueUrl", "helloQueueUrl"].includes(String(event?.["to"]));
      return isTo && `${event?.["id"]}.json` === name ? event as unknown as SpooledEvent : null;
    });
  }

  /** Removes a file. @returns whether it was there: another process may have been faster */
  remove(name: string): boolean {
    return ifThere(() => {
      Deno.removeSync(`${this.folder}/${name}`, { recursive: true });
      return true;
    }) ?? false;
  }

  /** Removes an event that was not sent, and counts it. */
  drop(name: string): void {
    if (this.remove(name)) this.#countDropped();
  }

  /** Drops what was cut while it was written: what is not complete after an hour. */
  dropUnfinished(nowMs: number): void {
    for (const name of namesIn(`${this.folder}/tmp`)) {
      const written = ifThere(() => Deno.lstatSync(`${this.folder}/tmp/${name}`).mtime);
      if (written && nowMs - written.getTime() > 3_600_000) this.drop(`tmp/${name}`);
    }
  }

  /**
   * Makes it the spool of this instance. An image has the spool of the instance that it was made of,
   * whose events this one must not tell of: those before its launch.
   */
  own(instanceId: string, launchedMs: number): void {
    const owner = ifThere(() => Deno.readTextFileSync(`${this.folder}/instance`)) || instanceId;
    const launch = owner === instanceId ? "" : ulid(launchedMs);
    for (const name of this.names().filter((one) => one < launch)) {
      this.remove(name);
      console.error(`Removed ${name}: it happened on the instance that the image was made of`);
    }
    if (owner !== instanceId) this.remove("dropped");
    Deno.writeTextFileSync(`${this.folder}/instance`, instanceId, { mode: 0o600 });
  }

  /** How many events were dropped since the spool was made. */
  dropped(): number {
    return ifThere(() => Deno.statSync(`${this.folder}/dropped`).size) ?? 0;
  }

  #countDropped(): void {
    const counter = `${this.folder}/dropped`;
    ifThere(() => Deno.writeTextFileSync(counter, ".", { append: true, mode: 0o600 }));
  }
}

/** Makes a folder that only this user enters. @throws Error if it is somebody else's */
function makePrivate(path: string): void {
  Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
  const { isDirectory, uid, mode } = Deno.lstatSync(path);
  if (!isDirectory || uid !== Deno.uid()) {
    throw new Error(`Cannot use the spool ${path}: it is not a folder of this user. Remove it`);
  }
  if (((mode ?? 0) & 0o077) !== 0) Deno.chmodSync(path, 0o700);
}

/** Waits until a file, or the names in a folder, are on the disk. */
function sync(path: string): void {
  using file = Deno.openSync(path);
  file.syncSync();
}

function namesIn(folder: string): string[] {
  return ifThere(() => [...Deno.readDirSync(folder)].map(({ name }) => name)) ?? [];
}

/** What `work` returns, or undefined where a file is not there. */
function ifThere<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
