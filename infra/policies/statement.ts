/** One statement of a policy, as IAM writes it. */
export type Statement = {
  readonly Sid: string;
  readonly Effect: "Allow" | "Deny";
  /** In policies of trust, queues and topics. */
  readonly Principal?: "*" | { readonly [kind: string]: string | readonly string[] };
  readonly Action: string | readonly string[];
  /** Absent in a trust policy, which is about its own role. */
  readonly Resource?: string | readonly string[];
  readonly Condition?: Condition;
};

export type Condition = {
  readonly [operator: string]: { readonly [key: string]: string | readonly string[] };
};

export type PolicyDocument = {
  readonly Version: "2012-10-17";
  readonly Statement: readonly Statement[];
};

export function documentOf(statements: readonly Statement[]): PolicyDocument {
  return { Version: "2012-10-17", Statement: statements };
}
