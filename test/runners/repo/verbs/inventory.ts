import { PLAIN_COMMAND } from "../../../../runners/core/cli/next_command.ts";
import { textStyle } from "../../../../runners/core/cli/text_style.ts";
import { terminalText } from "../../../../runners/core/text/terminal_text.ts";
import type { Store } from "../../../../runners/core/store/store.ts";
import type { RefreshedAccount } from "../../../../runners/repo/inventory/refresh_account.ts";
import type { Refreshing } from "../../../../runners/repo/inventory/write_roles.ts";
import type { ManagedPolicy, ObservedRole } from "../../../../runners/repo/observed.ts";
import type { Answering, VerbAnswer } from "../../../../runners/repo/verbs/answer.ts";
import { refreshVerb } from "../../../../runners/repo/verbs/refresh.ts";
import { JUDGED } from "../inventory/roles.ts";

/** A small world whose accounts can be refreshed, for tests of the verbs. */

export const NOW = new Date("2026-11-20T12:00:00.000Z");

export const answering: Answering = {
  now: NOW,
  command: PLAIN_COMMAND,
};

/** The same at another instant. */
export function answeringAt(now: string): Answering {
  return { ...answering, now: new Date(now) };
}

/** What people read of an answer. */
export function said({ text }: Pick<VerbAnswer, "text">, width = 100): string {
  return terminalText(text, { style: textStyle({ color: false, width }), now: NOW });
}

/** What an account answers: its roles, or the error after some of them. */
export interface World {
  readonly [account: string]: {
    readonly roles: readonly ObservedRole[];
    readonly managed?: readonly ManagedPolicy[];
    readonly fails?: Error;
  };
}

/** Refreshes the accounts of a world. */
export async function refresh(
  store: Store,
  world: World,
  at: Date = NOW,
  part: Partial<Refreshing> = {},
): Promise<VerbAnswer> {
  const accounts = Object.keys(world).map((id) => ({
    id,
    name: id === "111111111111" ? "prod" : "data",
  }));
  return await refreshVerb(accounts, {
    store,
    clock: { now: () => at },
    sightMs: 14 * 86_400_000,
    judge: () => JUDGED,
    open: ({ id }) =>
      Promise.resolve({
        partition: "aws",
        roles: async function* (managed) {
          const { roles, managed: policies = [], fails } = world[id]!;
          for (const policy of policies) managed.set(policy.arn, policy);
          yield* roles;
          await Promise.resolve();
          if (fails) throw fails;
        },
      }),
    ...part,
  }, { ...answering, now: at });
}

/** What a refresh says of the accounts. */
export function accountsIn({ json }: VerbAnswer): readonly RefreshedAccount[] {
  return (json as unknown as { accounts: RefreshedAccount[] }).accounts;
}
