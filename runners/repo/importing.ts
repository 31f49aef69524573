import { ConfigError } from "../core/errors.ts";
import type { JsonObject } from "../core/json.ts";
import { acceptable } from "./import_check.ts";

/** What became of a key of Repokid's configuration. */
export type ImportNote = {
  /** With dots: `filter_config.AgeFilter.minimum_age`. */
  readonly key: string;
  /** A phrase: `repo.usageWindow and repo.minimumAge: "90d"`. */
  readonly became: string;
};

export type ImportedConfig = {
  /** The part `repo` of a configuration. What is not in it keeps its default. */
  readonly config: JsonObject;
  readonly notes: readonly ImportNote[];
  /** What says something and could not be carried over, each with what to do. */
  readonly left: readonly ImportLeft[];
};

/** A value that this configuration cannot have as it is. */
export type ImportLeft = {
  /** Repokid's key, or the path of the setting that it would have become. */
  readonly key: string;
  readonly value: unknown;
  /** A sentence: what is allowed, and what holds instead. */
  readonly why: string;
};

/** An object of Repokid's configuration. */
export type Part = { readonly [key: string]: unknown };

/** What an import comes to, key by key. */
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

  /** Whole days become a duration; null where they are none. */
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
    const { settings, leftOut } = acceptable(this.config);
    for (const { setting, value, why } of leftOut) {
      this.#left.push({ key: setting, value, why });
      this.note(setting, "not carried over; see below");
    }
    return { config: settings as JsonObject, notes: this.#notes, left: this.#left };
  }
}
