import type { RunOptions } from "../run/context.ts";

export type Request =
  | { readonly kind: "text"; readonly text: string }
  | {
    readonly kind: "job";
    readonly job: string;
    readonly verb: string;
    /** What a verb such as `explain` is about, its words joined by a space. */
    readonly subject: string | null;
    readonly options: CommonOptions;
    /** Options that only this job has, by name; checked by the job. */
    readonly own: OwnValues;
  }
  | {
    readonly kind: "tool";
    readonly command:
      | "config init"
      | "config check"
      | "config line"
      | "config schema"
      | "permissions"
      | "changes"
      | "reports setup"
      | "reports replay";
    readonly subject: string | null;
    readonly role: string | null;
    /** Whether `permissions` asks the accounts for the roles. */
    readonly check: boolean;
    /** The job, its verb and all behind them that `config line` is asked for. */
    readonly line: readonly string[];
    /** Which entries of the journal `changes` prints. */
    readonly entries: JournalQuestion;
    readonly options: Pick<CommonOptions, "config" | "json" | "verbose" | "accounts">;
    /** Options that only this command has, by name. */
    readonly own: OwnValues;
  };

/** Which entries of the journal are asked for: all that are retained, or some. */
export type JournalQuestion = {
  readonly run: string | null;
  /** The ARN of what was changed. */
  readonly target: string | null;
  readonly since: Date | null;
};

/** A job's own options, by name: a text, a switch, or the values of one that may be repeated. */
export type OwnValues = {
  readonly [name: string]: string | boolean | readonly string[];
};

export type Found = (request: Request) => void;

export type CommonOptions = Omit<RunOptions, "narrowed"> & {
  /** The configuration file; null: groundskeeper.json where the person stands, or none. */
  readonly config: string | null;
  readonly accountsFile: string | null;
  readonly json: boolean;
  readonly verbose: boolean;
};

/** What the command line knows of a job. */
export type JobCommand = {
  readonly name: string;
  readonly summary: string;
  /** Shown in its help. */
  readonly example: string;
  /** What `explain` is asked about. */
  readonly explains: Argument & { readonly example: string };
  /** Options of its own. Absent: none. */
  readonly own?: readonly OwnOption[];
  /** Verbs of its own. Absent: none. */
  readonly verbs?: readonly OwnVerb[];
  /** What the first words of verbs of two words are about, in the order of help. */
  readonly groups?: readonly { readonly name: string; readonly summary: string }[];
};

export type OwnOption = {
  /** As commander writes them: `--role <arn>`, `--remove <action...>`. */
  readonly flags: string;
  readonly description: string;
  /** The verbs that have it; absent: `plan` and `explain`. */
  readonly verbs?: readonly string[];
  /** It stands for a setting: follow-up commands say it again. */
  readonly setting?: boolean;
};

/** What stands behind a verb, as commander writes it: `<role>`, `<role> [action]`. */
export type Argument = {
  readonly argument: string;
  readonly description: string;
};

export type OwnVerb = {
  /** One word, or two that begin with one of the job's `groups`: `canary plan`. */
  readonly name: string;
  readonly summary: string;
  readonly subject?: Argument;
  readonly own?: readonly OwnOption[];
  /** @default the verb alone */
  readonly example?: string;
  /** Whether it asks AWS, and its scope can be narrowed. @default false */
  readonly scoped?: boolean;
  /** Whether it asks a person, and --yes answers. false: --yes is understood. Absent: it is not. */
  readonly asks?: boolean;
};
