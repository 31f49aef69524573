import { messageOf } from "../../runners/core/errors.ts";

/** What the system says, as a state and what a person does about it. */
const FAULTS: Readonly<Record<string, readonly [state: string, remedy: string]>> = {
  EACCES: ["permission denied", "Let this user write to it"],
  EDQUOT: ["the disk quota is used up", "Make room"],
  EEXIST: ["it is a file, not a directory", "Move it away"],
  ENOSPC: ["the disk is full", "Make room"],
  ENOTDIR: ["it is a file, not a directory", "Move it away"],
  EPERM: ["operation not permitted", "Let this user write to it"],
  EROFS: ["the file system is read-only", "Mount it for writing"],
};

/**
 * Why a directory could not be written to, for people: its state, and what to do.
 *
 * @param error what the file system or Deno threw
 */
export function fileFault(error: unknown, directory: string): string {
  const [state, remedy] = error instanceof Deno.errors.NotCapable
    ? ["Deno was not given it", `Add --allow-read=${directory} --allow-write=${directory}`]
    : FAULTS[codeOf(error)] ?? [messageOf(error), "Make it a directory that this user can write"];
  return `${state}. ${remedy}, or name another directory with reports.directory`;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
