import * as z from "zod";
import { ACTION_FORMS } from "../../core/aws/action.ts";
import { compareText } from "../../core/plan/canonical.ts";
import { lowerCase } from "../catalogue/glob.ts";

/** The inline policy of a role that denies what `--remove … --deny` named, and nothing else. */
export const DENY_POLICY = "groundskeeper-deny";

const shape = z.strictObject({
  Version: z.literal("2012-10-17"),
  Statement: z.tuple([
    z.strictObject({
      Effect: z.literal("Deny"),
      Action: z.array(z.string().regex(ACTION_FORMS.action)).min(1),
      Resource: z.literal("*"),
    }),
  ]),
});

/** The texts that IAM keeps of inline policies, by name. */
type Texts = {
  readonly [name: string]: string;
};

/**
 * What the deny policy of a role denies: single actions, on all resources, without a condition.
 *
 * @returns empty: there is no such policy; null: there is one of another shape, which somebody else
 * has made
 */
export function deniedBy(policies: Texts): readonly string[] | null {
  if (!Object.hasOwn(policies, DENY_POLICY)) return [];
  try {
    const read = shape.safeParse(JSON.parse(policies[DENY_POLICY]!));
    return read.success ? read.data.Statement[0].Action : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** The text of a deny policy: its actions are sorted, each once whatever its case. */
export function denyText(actions: Iterable<string>): string {
  const byLower = new Map<string, string>();
  for (const action of actions) {
    if (!byLower.has(lowerCase(action))) byLower.set(lowerCase(action), action);
  }
  const Action = [...byLower].sort(([a], [b]) => compareText(a, b)).map(([, action]) => action);
  return JSON.stringify(
    { Version: "2012-10-17", Statement: [{ Effect: "Deny", Action, Resource: "*" }] },
    null,
    2,
  );
}
