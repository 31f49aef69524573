import type { OwnOption, OwnValues, OwnVerb } from "../core/cli/request.ts";
import { UsageError } from "../core/errors.ts";

/** The run that is to be undone. */
const UNDO_RUN: OwnOption = {
  flags: "--undo-run <id>",
  description: "start again what this run has stopped, and restore protection that it has lifted",
  verbs: ["plan", "report", "apply"],
};

/**
 * The audit's own options. Those that stand for settings belong to `plan` and `explain`: a first plan
 * needs no configuration file.
 */
export const AUDIT_FLAGS: readonly OwnOption[] = [
  UNDO_RUN,
  ...Object.entries({
    "--required <keys>": "tag keys that every instance must have: owner,project",
    "--grace <duration>": "how long after its creation it may lack them: 45m",
    "--principals": "the value of the first required key must be an IAM user",
    "--states <states>": "instance states to read: running,stopped",
  }).map(([flags, description]) => ({ flags, description, setting: true })),
];

export const AUDIT_VERBS: readonly OwnVerb[] = [
  {
    name: "canary plan",
    summary: "show which canaries there are, which are missing, and what they cost",
    scoped: true,
    asks: false,
  },
  {
    name: "canary apply",
    summary: "make the canaries that are missing, or adopt an instance as one",
    own: [{ flags: "--adopt <id>", description: "take this stopped instance as the canary" }],
    scoped: true,
    asks: true,
  },
];

/**
 * Puts the audit's options over what the file says of it.
 *
 * @param file the file's `audit` part, not checked; undefined where there is none
 * @returns the part to be checked, or undefined where neither says anything
 * @throws UsageError when there is no key that --principals could be about
 */
export function withAuditFlags(file: unknown, flags: OwnValues): unknown {
  const { required, grace, principals, states } = flags;
  if ((required ?? grace ?? principals ?? states) === undefined) return file;
  const base = (file ?? {}) as { required?: unknown };
  const keys = typeof required === "string" ? list(required) : undefined;
  const rules = keys?.map((key) => ({ key })) ?? base.required;
  if (principals === true && !(Array.isArray(rules) && rules.length > 0)) {
    throw new UsageError("--principals is about the first required key: say --required too");
  }
  return {
    ...base,
    ...(rules === undefined ? {} : { required: principals === true ? withUsers(rules) : rules }),
    ...(typeof grace === "string" ? { grace } : {}),
    ...(typeof states === "string" ? { states: list(states) } : {}),
  };
}

function withUsers(rules: unknown): unknown {
  const [first, ...rest] = rules as Record<string, unknown>[];
  return [{ ...first, value: { principal: { users: true } } }, ...rest];
}

function list(text: string): string[] {
  return text.split(",").map((item) => item.trim()).filter((item) => item !== "");
}
