import type { Ineligible } from "../decide/decision.ts";
import type { ObservedAccount, ObservedRole } from "../observed.ts";

/** Says which roles are left alone. */
export interface RoleFilter {
  /** What it is called in reasons, and in `repo.filterConfig`. */
  readonly name: string;
  /**
   * Why the role is left alone, or null. It never throws: a filter that cannot answer leaves the
   * role alone.
   */
  judge(role: ObservedRole, account: ObservedAccount, now: Date): Ineligible | null;
}
