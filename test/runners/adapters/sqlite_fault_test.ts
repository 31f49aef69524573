import assert from "assert";
import { toStoreError } from "../../../runners/adapters/sqlite/store_fault.ts";

/** What SQLite or the system says of a store, as its code, and what people read. */
const FAULTS: readonly (readonly [what: string, error: object, said: string])[] = [
  [
    "a full disk",
    { errcode: 13, message: "database or disk is full" },
    "database or disk is full. Free some space, then run again",
  ],
  [
    "a disk that fails, or a quota that is used up",
    { errcode: 778, message: "disk I/O error" },
    "disk I/O error. Look at the disk and at this user's quota, then run again",
  ],
  [
    "a read-only file system",
    { errcode: 8, message: "attempt to write a readonly database" },
    "attempt to write a readonly database. Let this user read and write the file and its folder, " +
    "on a file system that is mounted for writing",
  ],
  [
    "a quota that is used up before the file is made",
    { code: "EDQUOT", message: "Disk quota exceeded (os error 122)" },
    "the disk quota is used up. Make room, then run again",
  ],
  [
    "a file system without room for one more file",
    { code: "ENOSPC", message: "No space left on device (os error 28)" },
    "the disk is full. Make room, then run again",
  ],
  [
    "what nobody has foreseen",
    { message: "surprise" },
    "surprise. Look at the cause, then run again",
  ],
];

for (const [what, error, said] of FAULTS) {
  Deno.test(`a store that meets ${what} says so, with what to do`, () => {
    const thrown = Object.assign(new Error(), error);
    const told = toStoreError("open the store", { path: "gk.db", readOnly: false }, thrown);
    assert.equal(told.message, `Cannot open the store "gk.db": ${said}`);
    assert.deepEqual([told.exitCode, told.cause], [1, thrown]);
  });
}
