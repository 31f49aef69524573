import { type NextCommand, PLAIN_COMMAND } from "../../core/cli/next_command.ts";
import type { Clock } from "../../core/clock.ts";
import { EXIT, type ExitCode, UsageError } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";
import type { Answer } from "../../core/program.ts";
import type { ReadStore } from "../../core/store/store.ts";
import type { Text } from "../../core/text/sections.ts";
import { plainText } from "../../core/text/terminal_text.ts";
import type { RoleReference } from "../config.ts";
import { findRole } from "../inventory/role_state.ts";
import type { RoleRow } from "../planning.ts";

export type VerbAnswer = Answer;

/** The instant of an answer, and how a command in it is written for this user. */
export type Answering = { readonly now: Date; readonly command: NextCommand };

/** How many rows of a list of the inventory are shown. */
export const INVENTORY_LISTED = 100;

export function answer(text: Text, json: Json, exitCode: ExitCode = EXIT.done): VerbAnswer {
  return { text, json, exitCode };
}

/** The answer of a verb as plain text, without a terminal. */
export async function saidPlainly(
  clock: Clock,
  verb: (answering: Answering) => Promise<VerbAnswer>,
): Promise<string> {
  const now = clock.now();
  return plainText((await verb({ now, command: PLAIN_COMMAND })).text, now);
}

/**
 * The row of a role that a person names.
 *
 * @throws UsageError if the inventory does not know it
 */
export async function knownRole(store: ReadStore, reference: RoleReference): Promise<RoleRow> {
  const row = await findRole(store, reference);
  if (row) return row;
  throw new UsageError(
    `Cannot find the role "${typed(reference)}": the inventory does not know it`,
    {
      help: [{ sentence: "If it is new", words: ["repo refresh", "--account", reference.account] }],
    },
  );
}

/** A role as a command line takes it. */
export function typed({ account, name }: RoleReference): string {
  return `${account}/${name}`;
}
