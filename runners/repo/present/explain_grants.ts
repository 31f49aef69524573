import { MalformedPolicyError, parsePolicy, type PolicyDocument } from "../policy/document.ts";
import { type Grant, grantsOf } from "../policy/granted.ts";
import type { ObservedAccount, ObservedRole } from "../observed.ts";
import { nameOfArn } from "./changes.ts";

/** A statement that speaks of an action, and whether its policy is a managed one. */
export type RoleGrant = Grant & {
  /** The ARN of the managed policy; null: an inline policy. */
  readonly managed: string | null;
};

/** Which statements of a role's policies speak of some actions, and which policies are not read. */
export function roleGrants(
  actions: readonly string[],
  role: ObservedRole,
  account: ObservedAccount,
): { readonly grants: readonly RoleGrant[]; readonly unread: readonly string[] } {
  const policies = [
    ...Object.entries(role.inline).map(([name, text]) => ({ name, text, managed: null })),
    ...role.attached.map((arn) => ({
      name: nameOfArn(arn),
      text: account.managed[arn]?.document ?? null,
      managed: arn,
    })),
  ];
  const unread: string[] = [];
  const grants = policies.flatMap(({ name, text, managed }) => {
    const parsed = text === null ? `${name} was not read` : parse(text, name);
    if (typeof parsed === "string") {
      unread.push(parsed);
      return [];
    }
    return distinct(actions.flatMap((action) => grantsOf(action, [parsed])))
      .map((grant): RoleGrant => ({ ...grant, managed }));
  });
  return { grants, unread };
}

function parse(text: string, name: string): PolicyDocument | string {
  try {
    return parsePolicy(text, name);
  } catch (error) {
    if (error instanceof MalformedPolicyError) return error.message;
    throw error;
  }
}

function distinct(grants: readonly Grant[]): Grant[] {
  const key = ({ statement, pattern }: Grant) => `${statement} ${pattern}`;
  return [...new Map(grants.map((grant) => [key(grant), grant])).values()];
}

/** 'policy "app", statement 1 (Sid "read"): "s3:Get*" on arn:aws:s3:::a, under a condition'. */
export function grantText(grant: RoleGrant): string {
  const { policy, statement, sid, element, pattern, resources, conditional, managed } = grant;
  return `${managed === null ? "inline policy" : "managed policy"} "${policy}", statement ` +
    `${statement + 1}${sid === null ? "" : ` (Sid "${sid}")`}: ` +
    (element === "Action" ? `"${pattern}"` : `all but ${pattern}`) +
    ` on ${resources === "*" ? "all resources" : resources}` +
    (conditional ? ", under a condition" : "");
}
