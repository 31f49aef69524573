import { ConfigError } from "../../core/errors.ts";
import type { Plugin } from "../../core/plugin/module.ts";
import { type Hook, type HookName, HOOKS, isCalculation } from "./hook.ts";

/**
 * The hooks that modules export, in the order in which they are called: by priority, then as the
 * configuration and the modules name them.
 *
 * @throws ConfigError where a module exports none, or something that is none
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
