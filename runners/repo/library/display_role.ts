import { systemClock } from "../../core/clock.ts";
import { parseRoleReference } from "../role_reference.ts";
import { saidPlainly } from "../verbs/answer.ts";
import { knownRole } from "../verbs/known_role.ts";
import { readKnowledge, type RoleKnowledge, roleVerb } from "../verbs/role.ts";
import type { RepoLibrary } from "./library.ts";

/** What the inventory knows of a role, and the same for people. */
export type DisplayedRole = RoleKnowledge & {
  /** As `repo role` prints it, without colours, at most 100 characters wide. */
  readonly text: string;
};

/**
 * What the inventory knows of a role: its versions, its numbers over time, its evidence, opt-out and
 * schedule. Reads the store alone, and asks AWS nothing.
 *
 * @param role its ARN, or `ACCOUNT/NAME`
 * @throws UsageError where the inventory does not know it: {@linkcode updateRoleCache} first
 * @throws StoreError
 *
 * @example Show what is known of a role; `library` is as in `examples/repo/library.ts`
 * ```ts
 * import assert from "assert";
 * import { displayRole, updateRoleCache } from "./runners/repo/mod.ts";
 *
 * await updateRoleCache("111111111111", library);
 * const { role, versions, text } = await displayRole("111111111111/checkout-api", library);
 * assert.deepEqual([role.name, versions.length], ["checkout-api", 1]);
 * console.log(text);
 * ```
 */
export async function displayRole(
  role: string,
  library: Pick<RepoLibrary, "store" | "clock">,
): Promise<DisplayedRole> {
  const reference = parseRoleReference(role);
  const { clock = systemClock } = library;
  const store = library.store.openToRead();
  try {
    const row = await knownRole(store, reference);
    const text = await saidPlainly(clock, (answering) => roleVerb(store, reference, answering));
    return { ...await readKnowledge(store, row), text };
  } finally {
    store.close();
  }
}
