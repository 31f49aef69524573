import { partsOf } from "../../../runners/core/parts.ts";
import type { RepoJobPlan } from "../../../runners/repo/repo_plan.ts";
import type { Asked } from "../../../runners/repo/config.ts";
import { type Extensions, NO_EXTENSIONS } from "../../../runners/repo/extensions.ts";
import { hooksOf } from "../../../runners/repo/hooks/hook.ts";
import { judgeWithHooks } from "../../../runners/repo/hooks/calculate.ts";
import type { ObservedRole } from "../../../runners/repo/observed.ts";
import { plan } from "../../../runners/repo/plan.ts";
import type { Earlier, RepoPlanning } from "../../../runners/repo/planning.ts";
import { anAccount, NOW, settings } from "./decide/deciding.ts";

/** Plans of a few roles in memory, for tests of complete plans. */

const NOTHING_EARLIER: Earlier = {
  roles: new Map(),
  versions: new Map(),
  optOuts: new Map(),
  schedules: new Map(),
  tracked: new Map(),
};

/** A policy that allows these actions on everything. */
export function allowing(...actions: readonly string[]): string {
  return statements({ Action: actions, Resource: "*" });
}

/** A policy of statements that allow. */
export function statements(...said: readonly { readonly [key: string]: unknown }[]): string {
  const Statement = said.map((one) => ({ Effect: "Allow", ...one }));
  return JSON.stringify({ Version: "2012-10-17", Statement });
}

/** What was observed, and what was asked. No permission of a role counts as new. */
export function planningOf(
  roles: readonly ObservedRole[],
  { asked = {}, earlier = {}, repo = {} }: {
    readonly asked?: Partial<Asked>;
    readonly earlier?: Partial<Earlier>;
    readonly repo?: { readonly [key: string]: unknown };
  } = {},
): RepoPlanning {
  return {
    config: settings({ trustFirstScan: true, ...repo }, asked),
    observed: partsOf([anAccount(roles)]),
    earlier: { ...NOTHING_EARLIER, ...earlier },
    now: NOW,
  };
}

/** Extensions with one module that exports these hooks. */
export function withHooks(...hooks: readonly unknown[]): Extensions {
  const found = hooksOf([{ name: "ours", path: "./ours.ts", exports: { hooks }, permissions: [] }]);
  return {
    ...NO_EXTENSIONS,
    hooks: found,
    judge: (roles, planning) => judgeWithHooks(roles, found, planning),
  };
}

/** Plans them. */
export function planned(
  planning: RepoPlanning,
  extensions: Extensions = NO_EXTENSIONS,
): RepoJobPlan {
  return plan(planning, extensions);
}
