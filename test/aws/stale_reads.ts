/**
 * IAM is eventually consistent: "changes … might not be immediately visible" (IAM user guide,
 * "Troubleshooting IAM"). After a write of an inline policy, reads of it answer what was there before
 * so many times. moto's changes are seen at once.
 */

import type { Answer } from "./answer.ts";
import type { Call } from "./call_log.ts";
import { type CallMatch, matches } from "./match.ts";

type Ask = (form: Readonly<Record<string, string>>) => Promise<Answer>;

interface Old {
  readonly answer: Answer;
  left: number;
}

const writes: ReadonlySet<string> = new Set(["iam:PutRolePolicy", "iam:DeleteRolePolicy"]);

export class StaleReads {
  readonly #rules: { readonly match: CallMatch; readonly reads: number }[] = [];
  /** By account, action, role and policy. */
  readonly #old = new Map<string, Old>();

  /** From now on, so many reads after a matching write are old. Returns what ends it. */
  add(match: CallMatch, reads: number): () => void {
    const rule = { match, reads };
    this.#rules.unshift(rule);
    return () => {
      const at = this.#rules.indexOf(rule);
      if (at >= 0) this.#rules.splice(at, 1);
    };
  }

  /** Before a write: keeps what reads answer now. */
  async beforeWrite(call: Call, ask: Ask): Promise<void> {
    if (!writes.has(call.action)) return;
    const rule = this.#rules.find(({ match }) => matches(match, call));
    if (rule === undefined) return;
    const { RoleName = "", PolicyName = "" } = call.parameters;
    const old = async (Action: string, form: Readonly<Record<string, string>>) => {
      const answer = await ask({ Action, ...form });
      this.#old.set(keyOf(call.account, `iam:${Action}`, form), { answer, left: rule.reads });
    };
    await old("ListRolePolicies", { RoleName });
    await old("GetRolePolicy", { RoleName, PolicyName });
  }

  /** The old answer to a read; null when the new one is due. */
  answer(call: Call): Answer | null {
    const { RoleName = "", PolicyName } = call.parameters;
    const form = PolicyName === undefined ? { RoleName } : { RoleName, PolicyName };
    const old = this.#old.get(keyOf(call.account, call.action, form));
    if (old === undefined || old.left <= 0) return null;
    old.left--;
    return old.answer;
  }
}

function keyOf(
  account: string | null,
  action: string,
  form: Readonly<Record<string, string>>,
): string {
  return [account, action, form["RoleName"], form["PolicyName"] ?? ""].join(" ");
}
