import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import * as z from "zod";
import { ACTION_FORMS } from "../aws/action.ts";
import type { Account, Session } from "../aws/session.ts";
import {
  ConfigError,
  EXIT,
  type ExitCode,
  GroundskeeperError,
  messageOf,
  UndeclaredActionError,
} from "../errors.ts";
import type { Log } from "../log/log.ts";
import type { Permission } from "../needs/needs.ts";

/** A module of one's own, as the configuration names it. */
export type Plugin = {
  /** Its file's name without folder and ending: `./filters/keep_tag.ts` is `keep_tag`. */
  readonly name: string;
  /** As the configuration says it. */
  readonly path: string;
  readonly exports: { readonly [name: string]: unknown };
  /** What it asks for in AWS. It stands in the policy of the role that observes. */
  readonly permissions: readonly Permission[];
};

const MODULE = /\.(ts|mts|js|mjs)$/;

/** Whether a text means a file and not a name. */
export function isModulePath(text: string): boolean {
  return MODULE.test(text);
}

/** What a module is called in reasons and in its settings. */
export function pluginName(path: string): string {
  return path.replace(/^.*[/\\]/, "").replace(MODULE, "");
}

/**
 * Loads a module.
 *
 * @param directory what its path is relative to: the folder of the configuration's file
 * @param setting where the configuration names it, for messages: `repo.filters[0]`
 * @throws ConfigError when it cannot be loaded: a rule that is not there must not be taken for one
 * that has nothing against a change
 */
export async function loadPlugin(
  path: string,
  directory: string,
  setting: string,
): Promise<Plugin> {
  const file = resolve(directory, path);
  let exports: { readonly [name: string]: unknown };
  try {
    // Its file is known only now, and it may be of any kind.
    exports = await import(pathToFileURL(file).href);
  } catch (error) {
    const why = messageOf(error).replace(/\.$/, "");
    throw new ConfigError(
      [`${setting} cannot be loaded from "${file}": ${why}. Nothing was run`],
      { cause: error },
    );
  }
  const permissions = permissionsOf(exports["permissions"], setting);
  return { name: pluginName(path), path, exports, permissions };
}

const PERMISSIONS = z.array(z.strictObject({
  action: z.string().regex(ACTION_FORMS.action),
  resources: z.array(z.string().min(1)).min(1).exactOptional(),
  why: z.string().min(1),
}));

/**
 * A module that observes may read IAM and nothing more of it, whatever else it asks for. IAM takes
 * actions in any case of letters.
 */
const WRITES_IAM =
  /^(iam:(?!(Get|List|Generate|Simulate))|sts:|organizations:(?!(List|Describe)))/i;

function permissionsOf(exported: unknown, setting: string): readonly Permission[] {
  if (exported === undefined) return [];
  const read = PERMISSIONS.safeParse(exported);
  if (!read.success) {
    throw new ConfigError([
      `${setting} exports "permissions", which must be a list such as [{"action": ` +
      '"s3:GetObject", "resources": ["arn:aws:s3:::a/*"], "why": "reads the list of …"}], with ' +
      "whole actions",
    ]);
  }
  const writing = read.data.find(({ action }) => WRITES_IAM.test(action));
  if (writing) {
    throw new ConfigError([
      `${setting} asks for ${writing.action}: a module may read IAM and the organization, ` +
      "and not change them or become another role",
    ]);
  }
  return read.data.map((one) => ({ ...one, why: `${one.why} (${setting})` }));
}

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
  const failed = (message: string, exitCode: ExitCode, cause?: unknown) =>
    new GroundskeeperError("plugin-failed", message, exitCode, { cause });
  if (typeof prepare !== "function") {
    const fault = "it exports prepare, which is no function";
    throw failed(`Cannot use "${plugin.path}": ${fault}`, EXIT.usage);
  }
  try {
    await prepare(preparing);
  } catch (error) {
    const fault = `${whyOf(error)}. Nothing was planned without it`;
    throw failed(`Cannot prepare "${plugin.path}": ${fault}`, EXIT.failed, error);
  }
}

/** A call that a module does not declare is its own fault, and none of this program. */
function whyOf(error: unknown): string {
  return error instanceof UndeclaredActionError
    ? `it calls ${error.action}, and its permissions do not name that. Nothing was sent`
    : messageOf(error);
}
