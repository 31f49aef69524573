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
