import { EXIT, GroundskeeperError, messageOf } from "../errors.ts";

/** What the system says, as a state and what a person does about it. */
const FAULTS: Readonly<Record<string, readonly [state: string, remedy: string]>> = {
  EACCES: ["permission denied", "Let this user write there"],
  EDQUOT: ["the disk quota is used up", "Make room"],
  EEXIST: ["a file is in the place of a directory", "Move it away"],
  EFBIG: ["the file is too large for this file system", "Name a file on another one"],
  EIO: ["the disk answers with an error", "Look at the disk"],
  EISDIR: ["it is a directory", "Name a file"],
  ELOOP: ["its links lead in a circle", "Remove one of them"],
  EMFILE: ["this process has too many open files", "Raise the limit (ulimit -n)"],
  ENAMETOOLONG: ["its name is too long", "Name a shorter one"],
  ENFILE: ["this machine has too many open files", "Close some of its programs"],
  ENODEV: ["it is a device or a pipe", "Name a file"],
  ENOENT: ["its directory was removed meanwhile", "Run again"],
  ENOSPC: ["the disk is full", "Make room"],
  ENOTDIR: ["a file is in the place of a directory", "Move it away"],
  EPERM: ["operation not permitted", "Let this user write there"],
  // V8 has no longer string, so that nobody could read it again.
  ERR_STRING_TOO_LONG: ["it is longer than half a gigabyte", "Name fewer Regions"],
  EROFS: ["the file system is read-only", "Mount it for writing"],
};

/** An error as the system has it, for what it does not say by itself. */
export function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}

/** The system's name of an error, such as "ENOSPC"; "" where it has none. */
export function systemCodeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/** The state that an error of the system means, and what to do; undefined where it is not known. */
export function systemFault(error: unknown): readonly [state: string, remedy: string] | undefined {
  return FAULTS[systemCodeOf(error)];
}

/** A file could not be written; what was there before is there still. */
export class FileError extends GroundskeeperError {
  override readonly name = "FileError";
  /** The state and what to do, without the end of the sentence. */
  readonly fault: string;

  /**
   * @param path the file that was to be written
   * @param folder the folder to write in
   * @param cause what the file system or Deno threw
   * @param isTaken there is a file of that name, which was not to be replaced
   */
  constructor(path: string, folder: string, cause: unknown, readonly isTaken = false) {
    const fault = faultText(cause, folder);
    super("file", `Cannot write "${path}": ${fault}`, EXIT.partly, { cause });
    this.fault = fault;
  }
}

function faultText(error: unknown, folder: string): string {
  const [state, remedy] = error instanceof Deno.errors.NotCapable
    ? notCapable(error, folder)
    : systemFault(error) ?? [messageOf(error), "Name a file that this user can write"];
  return `${state}. ${remedy}`;
}

function notCapable({ message }: Error, folder: string): readonly [string, string] {
  // Deno guards /dev, /proc and /sys, whatever else it was given.
  return message.includes("all access")
    ? ["it belongs to the system", "Name another place"]
    : ["Deno was not given it", `Add --allow-read=${folder} --allow-write=${folder}`];
}
