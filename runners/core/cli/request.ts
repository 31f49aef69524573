import type { RunOptions } from "../run/context.ts";

/** What the command line asks for. */
export type Request =
  | { readonly kind: "text"; readonly text: string }
  | {
    readonly kind: "job";
    readonly job: string;
    readonly verb: string;
    /** What `explain` is asked about. */
    readonly subject: string | null;
    readonly options: CommonOptions;
    /** Options that only this job has, by name; checked by the job. */
    readonly own: { readonly [name: string]: string | boolean };
  }
  | {
    readonly kind: "tool";
    readonly command: "config init" | "config check" | "config schema" | "permissions" | "changes";
    readonly subject: string | null;
    readonly role: string | null;
    readonly options: Pick<CommonOptions, "config" | "json" | "verbose" | "accounts">;
  };

/** Takes what was found on the command line. */
export type Found = (request: Request) => void;

/** The options of contracts section 2 that every job has. */
export interface CommonOptions extends RunOptions {
  /** The configuration file; null: groundskeeper.json where the person stands, or none. */
  readonly config: string | null;
  readonly accountsFile: string | null;
  readonly json: boolean;
  readonly verbose: boolean;
}

/** What the command line knows of a job. */
export interface JobCommand {
  readonly name: string;
  readonly summary: string;
  /** Shown in its help. */
  readonly example: string;
  /** Options of its own for `plan` and `explain`. */
  readonly own: readonly OwnOption[];
  /** Verbs of its own, each of two words. */
  readonly groups: readonly VerbGroup[];
}

export interface OwnOption {
  readonly flags: string;
  readonly description: string;
}

/** Verbs of a job about one of its own things: `canary plan`, `canary apply`. */
export interface VerbGroup {
  readonly name: string;
  readonly summary: string;
  readonly verbs: readonly {
    /** "apply" asks, or needs --yes. */
    readonly name: "plan" | "apply";
    readonly summary: string;
    readonly own: readonly OwnOption[];
  }[];
}
