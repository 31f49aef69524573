import { ConfigError } from "../../core/errors.ts";
import type { Plugin } from "../../core/plugin/module.ts";

/** A role as hooks get it, with Repokid's keys. */
export type HookRole = {
  readonly role_id: string;
  readonly role_name: string;
  readonly account: string;
  readonly arn: string;
  /** RFC 3339. */
  readonly create_date: string;
  readonly tags: { readonly [key: string]: string };
};

/** What is decided of one permission. A hook may answer a new object, or change this one. */
export type HookDecision = {
  repoable: boolean;
  /** The reason of Groundskeeper's verdict, or the hook that gave the last one. */
  decider: string;
};

/** By action in lower case, as Repokid has it: `s3:getobject`. */
export type HookDecisions = {
  [action: string]: HookDecision;
};

/** What each hook gets and answers, with Repokid's keys. */
export type HookInputs = {
  BEFORE_REPO_ROLES: { account_number: string; roles: HookRole[] };
  DURING_REPOABLE_CALCULATION: {
    account_number: string;
    role_name: string;
    role_id: string;
    arn: string;
    potentially_repoable_permissions: HookDecisions;
    /** `repo.usageWindow` in days. */
    minimum_age: number;
  };
  DURING_REPOABLE_CALCULATION_BATCH: {
    role_batch: HookRole[];
    /** By the role's ARN. */
    potentially_repoable_permissions: { [arn: string]: HookDecisions };
    minimum_age: number;
  };
  AFTER_REPO: { role: HookRole; errors: string[] };
  AFTER_REPO_ROLES: { account_number: string; roles: HookRole[]; errors: string[] };
  AFTER_SCHEDULE_REPO: { roles: HookRole[] };
};

export type HookName = keyof HookInputs;

export const HOOKS: readonly HookName[] = [
  "BEFORE_REPO_ROLES",
  "DURING_REPOABLE_CALCULATION",
  "DURING_REPOABLE_CALCULATION_BATCH",
  "AFTER_REPO",
  "AFTER_REPO_ROLES",
  "AFTER_SCHEDULE_REPO",
];

/** Hooks that take part in a plan. They must answer at once; the others may answer a promise. */
export type CalculationHook = "DURING_REPOABLE_CALCULATION" | "DURING_REPOABLE_CALCULATION_BATCH";
export type EventHook = Exclude<HookName, CalculationHook>;

/** Whether a hook takes part in a plan. */
export function isCalculation(name: HookName): name is CalculationHook {
  return name === "DURING_REPOABLE_CALCULATION" || name === "DURING_REPOABLE_CALCULATION_BATCH";
}

/** A hook as a module declares it. A plain object is enough. */
export interface HookDeclaration<Name extends HookName = HookName> {
  readonly hook: Name;
  /** Hooks of one name are called in ascending order. */
  readonly priority: number;
  /** Answers its input, changed or not: the next hook gets that. */
  readonly call: (input: HookInputs[Name]) => unknown;
}

/**
 * Declares a hook, with its types. A module exports a list of them as `hooks`.
 *
 * @example
 * ```ts
 * import { implementsHook } from "./hook.ts";
 * export const hooks = [
 *   implementsHook("DURING_REPOABLE_CALCULATION", 1, (input) => {
 *     const decision = input.potentially_repoable_permissions["s3:getobject"];
 *     if (decision) decision.repoable = false;
 *     return input;
 *   }),
 * ];
 * ```
 */
export function implementsHook<Name extends HookName>(
  hook: Name,
  priority: number,
  call: (input: HookInputs[Name]) => unknown,
): HookDeclaration<Name> {
  return { hook, priority, call };
}

/** A hook, ready to be called. */
export interface Hook {
  /** The name of its module. Reasons have it as `hook:NAME`. */
  readonly name: string;
  readonly hook: HookName;
  readonly priority: number;
  // The input follows from the name of the hook; the answer is checked.
  readonly call: (input: unknown) => unknown;
}

/**
 * The hooks that modules export, in the order in which they are called: by priority, then as the
 * configuration and the modules name them.
 *
 * @throws ConfigError if a module exports none, or something that is no hook
 */
export function hooksOf(plugins: readonly Plugin[]): readonly Hook[] {
  const found = plugins.flatMap((plugin, index) => declared(plugin, `repo.hooks[${index}]`));
  return found.toSorted((a, b) => a.priority - b.priority);
}

function declared(plugin: Plugin, setting: string): Hook[] {
  const list = plugin.exports["hooks"];
  if (!Array.isArray(list) || list.length === 0) {
    throw new ConfigError([
      `${setting} is "${plugin.path}", which exports no hooks: it needs a list, such as ` +
      'export const hooks = [{hook: "AFTER_REPO", priority: 1, call: (input) => input}]',
    ]);
  }
  return list.map((one: unknown, at) => readHook(one, plugin.name, `${setting}: hooks[${at}]`));
}

function readHook(declaration: unknown, name: string, where: string): Hook {
  const { hook, priority, call } = (declaration ?? {}) as { [key: string]: unknown };
  const problem = !HOOKS.includes(hook as HookName)
    ? `hook must be one of ${HOOKS.join(", ")}, found ${JSON.stringify(hook) ?? "nothing"}`
    : typeof priority !== "number" || !Number.isFinite(priority)
    ? "priority must be a number"
    : typeof call !== "function"
    ? "call must be a function"
    : isCalculation(hook as HookName) && isAsync(call)
    ? `${hook} must answer at once, and its function is async: what must be waited for, such as ` +
      "the reading of a file, belongs into an exported function prepare, called once per run"
    : null;
  if (problem !== null) throw new ConfigError([`${where}: ${problem}`]);
  return {
    name,
    hook: hook as HookName,
    priority: priority as number,
    call: call as Hook["call"],
  };
}

function isAsync(call: unknown): boolean {
  return Object.prototype.toString.call(call) === "[object AsyncFunction]";
}
