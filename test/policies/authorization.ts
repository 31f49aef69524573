import reference from "./authorization.json" with { type: "json" };

/** What the Service Authorization Reference says of an action. */
export type Authorization = {
  /** The ARNs of the types of resource that it can be allowed on; none: only on `*`. */
  readonly arns: readonly RegExp[];
  /** The condition keys that a request of it can have, with those of its types of resource. */
  readonly keys: readonly RegExp[];
};

const ACTIONS: Readonly<Record<string, { readonly resources: string; readonly keys: string }>> =
  reference.actions;
const ARNS: Readonly<Record<string, string>> = reference.arns;

/** IAM User Guide, "AWS global condition context keys": the reference names them for no action. */
const GLOBAL_KEYS = ["aws:ResourceOrgID"];

/** @throws Error for an action that is not in `authorization.json` */
export function authorizationOf(action: string): Authorization {
  const found = ACTIONS[action];
  if (found === undefined) {
    throw new Error(
      `test/policies/authorization.json does not have ${action}. If a job declares it, run: ` +
        "deno task catalogue",
    );
  }
  const [prefix] = action.split(":");
  return {
    arns: words(found.resources).map((type) => template(ARNS[`${prefix}:${type}`]!)),
    keys: [...words(found.keys), ...GLOBAL_KEYS].map(template),
  };
}

function words(text: string): string[] {
  return text === "" ? [] : text.split(" ");
}

/** `arn:${Partition}:ec2:${Region}:${Account}:instance/${InstanceId}` as a pattern. */
function template(text: string): RegExp {
  return new RegExp(`^${text.split(/\$\{\w+\}|<\w+>/).map(RegExp.escape).join(".*")}$`);
}
