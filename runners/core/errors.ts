/** The exit codes, as README.md has them. If several hold, the first of 2, 4, 1, 3, 5, 0 wins. */
export const EXIT = { done: 0, failed: 1, usage: 2, partly: 3, refused: 4, found: 5 } as const;
export type ExitCode = typeof EXIT[keyof typeof EXIT];

/** A command that helps, such as `repo refresh`, and the sentence that leads to it. */
export type Help = {
  readonly sentence: string;
  /** The command, and the words behind it. */
  readonly words: readonly [command: string, ...words: string[]];
};

/** What a fault may have besides its message. */
type FaultOptions = ErrorOptions & {
  /** Told after the message, on lines of their own. */
  readonly help?: readonly Help[];
};

/**
 * A fault that people are told about: its message names action, subject and state, and what to do.
 * `code` is stable and kebab-case; it stands in documents and in the log.
 */
export class GroundskeeperError extends Error {
  override readonly name: string = "GroundskeeperError";
  readonly help: readonly Help[];
  constructor(
    readonly code: string,
    message: string,
    readonly exitCode: ExitCode,
    options: FaultOptions = {},
  ) {
    super(message, options);
    this.help = options.help ?? [];
  }
}

/** The command line asks for something that does not exist or contradicts itself: exit 2. */
export class UsageError extends GroundskeeperError {
  override readonly name = "UsageError";
  constructor(message: string, options?: FaultOptions) {
    super("usage", message, EXIT.usage, options);
  }
}

/** The configuration is wrong; one sentence per problem, each with its path: exit 2. */
export class ConfigError extends GroundskeeperError {
  override readonly name = "ConfigError";
  constructor(readonly problems: readonly string[], options?: ErrorOptions) {
    super("configuration", problems.join("\n"), EXIT.usage, options);
  }
}

/** AWS cannot be worked with at all or not as this account: credentials, identity, clock: exit 1. */
export class AwsAccessError extends GroundskeeperError {
  override readonly name = "AwsAccessError";
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(code, message, EXIT.failed, options);
  }
}

/** The store cannot be opened, read or written: exit 1. */
export class StoreError extends GroundskeeperError {
  override readonly name = "StoreError";
  constructor(message: string, options?: ErrorOptions) {
    super("store", message, EXIT.failed, options);
  }
}

/** A row cannot be read as it is. The store itself works. */
export class DamagedRowError extends StoreError {}

/** A call that the active role does not declare. It was refused before anything was sent. */
export class UndeclaredActionError extends GroundskeeperError {
  override readonly name = "UndeclaredActionError";
  constructor(readonly action: string, readonly role: string) {
    super(
      "undeclared-action",
      `Refused to call ${action}: the role "${role}" does not declare it. ` +
        `This is a defect of Groundskeeper; nothing was sent`,
      EXIT.failed,
    );
  }
}

/** A write was not sent, or failed and was taken back: AWS shows what was there before. */
export class WithoutEffectError extends GroundskeeperError {
  override readonly name = "WithoutEffectError";
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(code, message, EXIT.partly, options);
  }
}

/** The run was cut by SIGINT or SIGTERM: exit 3. */
export class InterruptedError extends GroundskeeperError {
  override readonly name = "InterruptedError";
  constructor() {
    super("interrupted", "Interrupted by a signal", EXIT.partly);
  }
}

/** What a thrown value means for whoever called the program. */
export type Fault = Readonly<Pick<GroundskeeperError, "code" | "message" | "exitCode">>;

/** An error that is not foreseen is a defect: exit code 1. */
export function faultOf(error: unknown): Fault {
  if (error instanceof GroundskeeperError) {
    return { code: error.code, message: error.message, exitCode: error.exitCode };
  }
  const message = `This is a defect of Groundskeeper, please report it: ${messageOf(error)}`;
  return { code: "defect", message, exitCode: EXIT.failed };
}

/** What an unknown thrown value says, for messages. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The name that AWS gave the error ("AccessDenied"), or the class's own name. */
export function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "Error";
}
