/**
 * Lets SQLite leave it to the system when the store is written to the disk, for its effect only:
 * nobody cuts the power of a test, and the disk took half of the time.
 */

import { DatabaseSync } from "node:sqlite";

const { exec } = DatabaseSync.prototype;
DatabaseSync.prototype.exec = function (sql) {
  exec.call(this, sql === "PRAGMA synchronous = EXTRA" ? "PRAGMA synchronous = OFF" : sql);
};
