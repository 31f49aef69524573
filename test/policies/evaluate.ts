/**
 * IAM's decision for the policies that this project prints: what no local server gets right, such
 * as tags of the resource, is tried against tables of requests.
 *
 * Knows what these policies use and throws at anything else, so that nothing is passed over
 * (IAM user guide, "Policy evaluation logic" and "IAM JSON policy elements: Condition operators").
 */

/** What somebody asks for. */
export interface PolicyRequest {
  readonly action: string;
  readonly resource: string;
  /** Condition keys with their values; several of them for keys such as aws:TagKeys. */
  readonly context?: { readonly [key: string]: string | readonly string[] };
}

interface Statement {
  readonly Effect: "Allow" | "Deny";
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: {
    readonly [operator: string]: { readonly [key: string]: string | readonly string[] };
  };
}

export interface Policy {
  readonly Statement: readonly Statement[];
}

/** Whether the policy allows the request: some Allow, and no Deny. */
export function isAllowed(policy: Policy, request: PolicyRequest): boolean {
  const matching = policy.Statement.filter((statement) => applies(statement, request));
  return matching.some(({ Effect }) => Effect === "Allow") &&
    !matching.some(({ Effect }) => Effect === "Deny");
}

function applies(statement: Statement, { action, resource, context = {} }: PolicyRequest): boolean {
  return list(statement.Action).some((pattern) => glob(pattern, action, "i")) &&
    list(statement.Resource).some((pattern) => glob(pattern, resource)) &&
    Object.entries(statement.Condition ?? {}).every(([operator, keys]) =>
      Object.entries(keys).every(([key, wanted]) =>
        holds(operator, list(wanted), context[key] === undefined ? [] : list(context[key]))
      )
    );
}

function holds(operator: string, wanted: readonly string[], found: readonly string[]): boolean {
  switch (operator) {
    case "StringEquals":
      return found.length > 0 && found.every((value) => wanted.includes(value));
    case "StringLike":
      return found.length > 0 &&
        found.every((value) => wanted.some((pattern) => glob(pattern, value)));
    case "ForAllValues:StringLike":
      return found.every((value) => wanted.some((pattern) => glob(pattern, value)));
    case "ForAllValues:StringEquals":
      return found.every((value) => wanted.includes(value));
    case "Null":
      return (found.length === 0) === (wanted[0] === "true");
    default:
      throw new Error(`The condition operator ${operator} is not known here`);
  }
}

function list(value: string | readonly string[]): readonly string[] {
  return typeof value === "string" ? [value] : value;
}

function glob(pattern: string, text: string, flags = ""): boolean {
  const escaped = pattern.replaceAll(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`, flags).test(text);
}
