import * as z from "zod";
import { pathText, problemsOf } from "../core/config/problems.ts";
import { repoContradictions, repoSchema } from "./config.ts";

/** A setting that the configuration here cannot have, and why. */
export type LeftOut = {
  /** Its path: `repo.filterConfig.blocklist.all[1]`. */
  readonly setting: string;
  readonly value: unknown;
  /** A sentence with what is allowed. */
  readonly why: string;
};

/** Settings of the job `repo` as they are written in the file. */
export type Settings = { readonly [key: string]: unknown };

/**
 * Takes out of settings what `config check` would refuse, until it refuses nothing.
 *
 * @returns the settings that are left, and what was taken out
 */
export function acceptable(
  settings: Settings,
): { readonly settings: Settings; readonly leftOut: readonly LeftOut[] } {
  const kept = structuredClone(settings);
  const leftOut: LeftOut[] = [];
  for (let why; (why = problemOf(kept));) {
    const path = culprit(kept, why);
    // Nothing of it is written down: then the defaults themselves would be wrong.
    if (path === undefined) throw new Error(`The defaults of repo are refused: ${why}`);
    leftOut.push({ setting: pathText(["repo", ...path]), value: takeOut(kept, path), why });
  }
  return { settings: kept, leftOut };
}

/** The first thing that `config check` would say; undefined: it accepts them. */
function problemOf(settings: Settings): string | undefined {
  const input = { repo: settings };
  const schema = z.strictObject({ repo: repoSchema });
  const read = schema.safeParse(input);
  return read.success
    ? repoContradictions(read.data.repo)[0]
    : problemsOf(read.error, input, schema)[0];
}

type Key = string | number;

/** The deepest part of the settings that a problem speaks of. It may name several settings. */
function culprit(settings: Settings, why: string): readonly Key[] | undefined {
  for (const { index } of why.matchAll(/\brepo(?=\.)/g)) {
    const path = pathIn(settings, why.slice(index + "repo".length));
    if (path.length > 0) return path;
  }
  return undefined;
}

/** How far a path as a sentence has it leads into a value. Keys may hold dots. */
function pathIn(part: unknown, text: string): Key[] {
  if (part === null || typeof part !== "object") return [];
  if (Array.isArray(part)) {
    const [found, index] = /^\[(\d+)\]/.exec(text) ?? [];
    const at = Number(index);
    return found && at < part.length ? [at, ...pathIn(part[at], text.slice(found.length))] : [];
  }
  const [key] = Object.keys(part)
    .filter((one) => text.startsWith(`.${one}`) && !/^[\w-]/.test(text.slice(one.length + 1)))
    .sort((a, b) => b.length - a.length);
  if (key === undefined) return [];
  const inner = (part as Record<string, unknown>)[key];
  return [key, ...pathIn(inner, text.slice(key.length + 1))];
}

/** Takes a part out, in place. @returns it */
function takeOut(settings: Settings, path: readonly Key[]): unknown {
  const above = path.slice(0, -1).reduce<unknown>(
    (part, key) => (part as Record<Key, unknown>)[key],
    settings,
  );
  const last = path.at(-1)!;
  if (Array.isArray(above)) return above.splice(Number(last), 1)[0];
  const part = above as Record<Key, unknown>;
  const value = part[last];
  delete part[last];
  return value;
}
