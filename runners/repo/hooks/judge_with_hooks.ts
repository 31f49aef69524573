import { modeOf } from "../decide/eligibility.ts";
import type { RepoPlanning } from "../planning.ts";
import type { EvaluatedRole } from "../evaluate_role.ts";
import { calculateWithHooks } from "./calculate.ts";
import type { Hook } from "./hook.ts";

/** Lets the calculation hooks turn what was decided of roles, as far as they may. */
export function judgeWithHooks(
  roles: readonly EvaluatedRole[],
  hooks: readonly Hook[],
  { config }: RepoPlanning,
): readonly EvaluatedRole[] {
  if (hooks.length === 0) return roles;
  const calculated = calculateWithHooks(roles, hooks, config);
  return roles.map((one, index) => {
    const { decided, ineligible, notes } = calculated[index]!;
    const reasons = [...one.ineligible, ...ineligible];
    return {
      ...one,
      decided,
      ineligible: reasons,
      mode: modeOf(one.role, reasons, config),
      notes: [...one.notes, ...notes],
    };
  });
}
