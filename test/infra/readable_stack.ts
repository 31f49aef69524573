import type { Stack } from "./synth.ts";

/**
 * A stack as a person reads it: JSON texts are taken apart, what all resources of a type have is
 * said once, and a policy that has been shown is named by the resource that has it.
 *
 * @param shown policies that are shown elsewhere, by their JSON; those of this stack are added
 */
export function readableStack(stack: Stack, shown: Map<string, string>): string {
  const { resource, ...rest } = stack;
  const resources = Object.entries(resource).map(([type, byName]) => {
    const named = Object.entries(byName).map(([name, value]) =>
      [name, withoutShown(takenApart(value), name, shown)] as const
    );
    const values = named.map(([, value]) => value);
    const common = named.length < 3 ? undefined : inAll(values);
    return [type, {
      ...common === undefined ? {} : { "each of them": common },
      ...Object.fromEntries(named.map(([name, value]) => [name, beyond(value, common)])),
    }];
  });
  return Deno.inspect({
    ...takenApart(rest) as object,
    resource: inLines(Object.fromEntries(resources)),
  }, {
    depth: 99,
    breakLength: 100,
    iterableLimit: Infinity,
    strAbbreviateSize: Infinity,
  });
}

/** The policies of the template of member accounts, by their JSON, each with where it is. */
export function policiesOfTemplate(template: string): Map<string, string> {
  const { Resources } = JSON.parse(template) as {
    Resources: Record<string, { Type: string; Properties: RoleOfTemplate }>;
  };
  const roles = Object.values(Resources).filter(({ Type }) => Type === "AWS::IAM::Role");
  return new Map(
    roles.flatMap(({ Properties: { RoleName, AssumeRolePolicyDocument, Policies } }) =>
      [AssumeRolePolicyDocument, ...Policies.map(({ PolicyDocument }) => PolicyDocument)]
        .map((policy) => [JSON.stringify(policy), templated(RoleName)] as const)
    ),
  );
}

type RoleOfTemplate = {
  readonly RoleName: string;
  readonly AssumeRolePolicyDocument: object;
  readonly Policies: readonly { readonly PolicyDocument: object }[];
};

const templated = (role: string) => `that of ${role} in member.template.json`;

/** Without what CDKTF notes for itself, and with JSON texts as what they say. */
function takenApart(value: unknown): unknown {
  if (typeof value === "string") return /^[[{]/.test(value) ? takenApart(JSON.parse(value)) : value;
  if (Array.isArray(value)) return value.map(takenApart);
  if (!isObject(value)) return value;
  if (value.name === "GROUNDSKEEPER_CONFIG_TEXT") return { ...value, value: "the configuration" };
  if ("AWSTemplateFormatVersion" in value) return `the template "${value.Description}"`;
  const known = Object.entries(value).filter(([key]) => key !== "//");
  return Object.fromEntries(known.map(([key, member]) => [key, takenApart(member)]));
}

/** With as many texts of a long list on a line as fit. */
function inLines(value: unknown): unknown {
  if (Array.isArray(value) && value.length > 8 && value.every((one) => typeof one === "string")) {
    return value.reduce<string[]>((lines, text) => {
      const line = `${lines.at(-1)} ${text}`;
      return lines.length > 0 && line.length < 80
        ? [...lines.slice(0, -1), line]
        : [...lines, text];
    }, []);
  }
  if (Array.isArray(value)) return value.map(inLines);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, inLines(member)]));
}

/** With the names of policies that have been shown in their place. */
function withoutShown(value: unknown, owner: string, shown: Map<string, string>): unknown {
  if (Array.isArray(value)) return value.map((one) => withoutShown(one, owner, shown));
  if (!isObject(value)) return value;
  if ("Statement" in value) {
    const text = JSON.stringify(value);
    const seen = shown.get(text);
    if (seen === undefined) shown.set(text, `that of ${owner}`);
    return seen ?? value;
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, withoutShown(member, owner, shown)]),
  );
}

/** What all values have; undefined: nothing. */
function inAll(values: readonly unknown[]): unknown {
  const [first, ...others] = values;
  if (others.every((one) => JSON.stringify(one) === JSON.stringify(first))) return first;
  if (values.every(isSingle)) {
    const common = inAll(values.map(([one]) => one));
    return common === undefined ? undefined : [common];
  }
  if (!values.every(isObject)) return undefined;
  const common = Object.keys(first as object).flatMap((key) => {
    const members = values.map((one) => one[key]);
    const found = members.includes(undefined) ? undefined : inAll(members);
    return found === undefined ? [] : [[key, found]];
  });
  return common.length === 0 ? undefined : Object.fromEntries(common);
}

/** What a value has besides what all have. */
function beyond(value: unknown, common: unknown): unknown {
  if (common === undefined || JSON.stringify(value) === JSON.stringify(common)) return value;
  if (isSingle(value) && isSingle(common)) return [beyond(value[0], common[0])];
  if (!isObject(value) || !isObject(common)) return value;
  return Object.fromEntries(
    Object.entries(value).filter(([key, member]) =>
      JSON.stringify(member) !== JSON.stringify(common[key])
    ).map(([key, member]) => [key, beyond(member, common[key])]),
  );
}

function isSingle(value: unknown): value is [unknown] {
  return Array.isArray(value) && value.length === 1 && isObject(value[0]);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
