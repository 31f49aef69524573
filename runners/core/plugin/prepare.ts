import type { Account, Session } from "../aws/sessions.ts";
import { EXIT, GroundskeeperError, messageOf, UndeclaredActionError } from "../errors.ts";
import type { Log } from "../log/log.ts";
import type { Plugin } from "./module.ts";

/** What a module's `prepare` is handed: once per run, before anything is planned. */
export interface Preparing {
  /** What the configuration says for it under its name; undefined: nothing. */
  readonly settings: unknown;
  /** The folder of the configuration's file, for paths in the settings. */
  readonly directory: string;
  readonly accounts: readonly Account[];
  /** The instant that the run is for. */
  readonly now: Date;
  /**
   * A session of the observing role, which may do what the job declares and what the module's
   * `permissions` name; null where the run asks AWS nothing: from a snapshot.
   */
  readonly session: ((account: Account) => Promise<Session>) | null;
  readonly log: Log;
}

/**
 * Calls a module's `prepare`, if it has one. Here it may wait for what its rules will need, which are
 * called while planning and must answer at once.
 *
 * @throws GroundskeeperError when it fails: its rules would judge by less than they are meant to
 */
export async function preparePlugin(plugin: Plugin, preparing: Preparing): Promise<void> {
  const { prepare } = plugin.exports;
  if (prepare === undefined) return;
  if (typeof prepare !== "function") {
    throw new GroundskeeperError(
      "plugin-failed",
      `Cannot use "${plugin.path}": it exports prepare, which is no function`,
      EXIT.usage,
    );
  }
  try {
    await prepare(preparing);
  } catch (error) {
    throw new GroundskeeperError(
      "plugin-failed",
      `Cannot prepare "${plugin.path}": ${whyOf(error)}. Nothing was planned without it`,
      EXIT.failed,
      { cause: error },
    );
  }
}

/** A call that a module does not declare is its own fault, and none of this program. */
function whyOf(error: unknown): string {
  return error instanceof UndeclaredActionError
    ? `it calls ${error.action}, and its permissions do not name that. Nothing was sent`
    : messageOf(error);
}
