import { messageOf, StoreError } from "../../core/errors.ts";
import { systemFault } from "../../core/files/file_error.ts";

/** SQLite's result codes (sqlite.org/rescode.html): the primary code is the low byte. */
const BUSY = 5, READONLY = 8, IOERR = 10, CORRUPT = 11, FULL = 13, CANTOPEN = 14, NOTADB = 26;
/** The file was moved or deleted while it was open. */
const READONLY_DBMOVED = READONLY | (4 << 8);

/** SQLite's own words for the codes: Deno 2.9.6 leaves the code out of what opening, `exec` and
 * `prepare` throw. */
const WORDS: readonly (readonly [words: string, code: number])[] = [
  ["database is locked", BUSY],
  ["attempt to write a readonly database", READONLY],
  ["disk I/O error", IOERR],
  ["database disk image is malformed", CORRUPT],
  ["database or disk is full", FULL],
  ["unable to open database file", CANTOPEN],
  ["file is not a database", NOTADB],
];

/** The connection on which something failed. */
export type StoreFile = {
  readonly path: string;
  readonly readOnly: boolean;
};

/**
 * A StoreError from anything thrown while `action` was tried; a StoreError passes unchanged.
 *
 * @param action What was tried, as it follows "Cannot": `open the store`.
 */
export function toStoreError(action: string, place: StoreFile, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const [state, advice] = describe(place, error);
  return storeFault(action, place.path, state, advice, { cause: error });
}

/** A StoreError that names action, subject and state, and says what to do. */
export function storeFault(
  action: string,
  path: string,
  state: string,
  advice: string,
  options?: ErrorOptions,
): StoreError {
  return new StoreError(`Cannot ${action} "${path}": ${state}. ${advice}`, options);
}

function describe({ path, readOnly }: StoreFile, error: unknown): [state: string, advice: string] {
  const message = messageOf(error);
  if (error instanceof Deno.errors.NotCapable) {
    return [message, `Start Deno with permission to read and write "${path}"`];
  }
  if (error instanceof Deno.errors.PermissionDenied) return [message, LET_USER_WRITE];
  // What migrations meet in a row of an earlier version.
  if (/^(malformed JSON|NOT NULL constraint failed)/.test(message)) {
    return [`a row of it is damaged (${message})`, "Restore it from a backup"];
  }
  const code = codeOf(error, message);
  if (code === READONLY_DBMOVED) {
    return ["the file was moved or deleted while it was open", "Put it back, then run again"];
  }
  switch (code & 0xff) {
    case BUSY:
      return ["another program holds it", "Let that program end, then run again"];
    case READONLY:
      return readOnly ? halfDone(path) : [message, LET_USER_WRITE];
    case IOERR:
      // A quota that is used up is one too; SQLite knows of a full disk only.
      return [message, "Look at the disk and at this user's quota, then run again"];
    case CORRUPT:
      return [`it is damaged (${message})`, "Restore it from a backup"];
    case FULL:
      return [message, "Free some space, then run again"];
    case CANTOPEN:
      return [message, LET_USER_WRITE];
    case NOTADB:
      return ["it is not an SQLite database", "Name another path, or restore it from a backup"];
    default: {
      const [state, remedy] = systemFault(error) ?? [message, "Look at the cause"];
      return [state, `${remedy}, then run again`];
    }
  }
}

const LET_USER_WRITE = "Let this user read and write the file and its folder, on a file system " +
  "that is mounted for writing";

/** The only case in which reading must write: a journal must be rolled back first. */
function halfDone(path: string): [state: string, advice: string] {
  return [
    "a program was killed while it wrote, and what it left half done must be taken back first",
    `The next "report" or "apply" does that when it starts; until then keep "${path}-journal", ` +
    "without it the store is lost",
  ];
}

function codeOf(error: unknown, message: string): number {
  if (error instanceof Error && "errcode" in error && typeof error.errcode === "number") {
    return error.errcode;
  }
  return WORDS.find(([words]) => message.startsWith(words))?.[1] ?? 0;
}
