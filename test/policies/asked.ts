import type { Call } from "../aws/call_log.ts";
import type { PolicyRequest } from "./evaluate.ts";

/** What IAM knows of what a call names. */
export type Names = {
  /** The ARN of a role, with its path. Throws an Error if there is none of this name. */
  readonly roleArn: (account: string, name: string) => string;
  /** The ARN of a unit or a root of AWS Organizations, by its ID. Throws if there is none. */
  readonly unitArn: (id: string) => string;
  /** The ID of the organization that all accounts are in; undefined: there is none. */
  readonly organizationId: string | undefined;
};

/** A call as rules read it. */
export type Asked = Pick<Call, "action" | "parameters" | "instanceTags"> & Names & {
  readonly account: string;
  readonly partition: string;
  /** The ARN of what a service has in the Region of the call, by default in its account. */
  readonly arn: (service: string, resource: string, account?: string) => string;
};

export type Context = NonNullable<PolicyRequest["context"]>;

/** What IAM decides for a call of one action. */
export type Rule = (asked: Asked) => PolicyRequest[];

export type Rules = { readonly [action: string]: Rule };

/** One request, on the resource that the call names. */
export function on(
  resource: (asked: Asked) => string,
  context: (asked: Asked) => Context = () => ({}),
): Rule {
  return (asked) => [{
    action: asked.action,
    resource: resource(asked),
    context: context(asked),
  }];
}

/** The same rule for several actions. */
export function each(actions: readonly string[], rule: Rule): Rules {
  return Object.fromEntries(actions.map((action) => [action, rule]));
}

/** A key with its value, if there is one. */
export function given(key: string, value: string | undefined): Context {
  return value === undefined ? {} : { [key]: value };
}

/** Tags by their keys; without a value where only the key is named. */
export type Tags = Readonly<Record<string, string | undefined>>;

/** The tags that stand at `name.1.Key` and so on, in EC2's and in IAM's form. */
export function tagsAt(parameters: Call["parameters"], name: string): Tags {
  const tags: Record<string, string | undefined> = {};
  for (let n = 1; parameters[`${name}.${n}.Key`] !== undefined; n++) {
    tags[parameters[`${name}.${n}.Key`]!] = parameters[`${name}.${n}.Value`];
  }
  return tags;
}

/** The condition keys of the tags that a request sets or removes. */
export function requestTags(tags: Tags): Context {
  return { ...tagKeys("RequestTag", tags), "aws:TagKeys": Object.keys(tags) };
}

/** The condition keys of each tag. */
export function tagKeys(kind: "ResourceTag" | "RequestTag", tags: Tags): Context {
  return Object.fromEntries(
    Object.entries(tags).flatMap(([key, value]) =>
      value === undefined ? [] : [[`aws:${kind}/${key}`, value]]
    ),
  );
}
