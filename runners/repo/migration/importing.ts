import * as z from "zod";
import { pathText, problemsOf } from "../../core/config/problems.ts";
import { ConfigError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import { repoContradictions, repoSchema } from "../config.ts";

/** What became of a key of Repokid's configuration. */
type ImportNote = {
  /** With dots: `filter_config.AgeFilter.minimum_age`. */
  readonly key: string;
  /** A phrase: `repo.usageWindow and repo.minimumAge: "90d"`. */
  readonly became: string;
};

export type ImportedConfig = {
  /** The part `repo` of a configuration. A setting that is not in it has its default. */
  readonly config: JsonObject;
  readonly notes: readonly ImportNote[];
  /** Values that could not be carried over, each with what to do. */
  readonly left: readonly ImportLeft[];
};

/** A value that this configuration does not allow. */
type ImportLeft = {
  /** Repokid's key, or the path of the setting that it would have become: `repo.pinned[1]`. */
  readonly key: string;
  readonly value: unknown;
  /** A sentence: what is allowed, and what holds instead. */
  readonly why: string;
};

/** An object of Repokid's configuration, or of this one. */
export type Part = { readonly [key: string]: unknown };

/** Collects the result of an import, key by key. */
export class Importing {
  readonly config: { [key: string]: unknown } = {};
  readonly #notes: ImportNote[] = [];
  readonly #problems: string[] = [];
  readonly #left: ImportLeft[] = [];

  note(key: string, became: string): void {
    this.#notes.push({ key, became });
  }

  problem(sentence: string): void {
    this.#problems.push(sentence);
  }

  set(key: string, setting: string, value: unknown): void {
    this.config[setting] = value;
    this.note(key, `repo.${setting}: ${JSON.stringify(value)}`);
  }

  leave(key: string, value: unknown, why: string): void {
    this.#left.push({ key, value, why });
    this.note(key, "not carried over; see below");
  }

  /** A number of days as a duration; null: it is no whole number. */
  days(key: string, value: unknown): string | null {
    if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value < 1_000_000) {
      return `${value}d`;
    }
    this.leave(key, value, `${key} must be a whole number of days. The default holds`);
    return null;
  }

  part(key: string, value: unknown): Part {
    if (value !== null && typeof value === "object" && !Array.isArray(value)) return value as Part;
    this.leave(key, value, `${key} must be an object`);
    return {};
  }

  texts(key: string, value: unknown): readonly string[] {
    if (Array.isArray(value) && value.every((one) => typeof one === "string")) return value;
    this.problem(`${key} must be a list of strings, found ${JSON.stringify(value)}`);
    return [];
  }

  end(): ImportedConfig {
    if (this.#problems.length > 0) throw new ConfigError(this.#problems);
    const config = structuredClone(this.config);
    // Takes out one part after the other, until `config check` would refuse nothing.
    for (let why; (why = problemOf(config));) {
      const path = culprit(config, why);
      // No imported part is the cause: then the defaults themselves would be wrong.
      if (path === undefined) throw new Error(`The defaults of repo are refused: ${why}`);
      this.leave(pathText(["repo", ...path]), takeOut(config, path), why);
    }
    return { config: config as JsonObject, notes: this.#notes, left: this.#left };
  }
}

/** The first problem that `config check` would tell; undefined: it accepts the settings. */
function problemOf(settings: Part): string | undefined {
  const input = { repo: settings };
  const schema = z.strictObject({ repo: repoSchema });
  const read = schema.safeParse(input);
  return read.success
    ? repoContradictions(read.data.repo)[0]
    : problemsOf(read.error, input, schema)[0];
}

type Key = string | number;

/** The path of the deepest imported part that a problem names. It may name several settings. */
function culprit(settings: Part, why: string): readonly Key[] | undefined {
  for (const { index } of why.matchAll(/\brepo(?=\.)/g)) {
    const path = pathIn(settings, why.slice(index + "repo".length));
    if (path.length > 0) return path;
  }
  return undefined;
}

/** How far the path in a sentence leads into a value. Keys may have dots. */
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
function takeOut(settings: Part, path: readonly Key[]): unknown {
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
