import type { Call } from "../aws/call_log.ts";
import {
  type Asked,
  type Context,
  given,
  on,
  requestTags,
  type Rule,
  type Rules,
  tagKeys,
  type Tags,
  tagsAt,
} from "./asked.ts";

/** What IAM decides for calls of EC2, with the tags that the proxy has noted before them. */
export const EC2_RULES: Rules = {
  "ec2:DescribeInstanceAttribute": on(({ parameters, arn }) =>
    arn("ec2", `instance/${parameters["InstanceId"]}`)
  ),
  "ec2:StopInstances": onInstances("InstanceId"),
  "ec2:StartInstances": onInstances("InstanceId"),
  "ec2:TerminateInstances": onInstances("InstanceId"),
  "ec2:ModifyInstanceAttribute": onInstances("InstanceId", ({ parameters }) => ({
    "ec2:Attribute": changedAttributes(parameters),
  })),
  "ec2:CreateTags": onInstances("ResourceId", changedTags),
  "ec2:DeleteTags": onInstances("ResourceId", changedTags),
  "ec2:RunInstances": launch,
};

/** One request for each instance that the parameter names, with its tags. */
function onInstances(name: string, context: (asked: Asked) => Context = () => ({})): Rule {
  return (asked) =>
    listed(asked.parameters, name).map((id) => {
      const tags = asked.instanceTags?.[id];
      if (!tags) {
        throw new Error(`The proxy has not noted the tags of ${id} before ${asked.action}`);
      }
      return {
        action: asked.action,
        resource: asked.arn("ec2", `instance/${id}`),
        context: { ...context(asked), ...tagKeys("ResourceTag", tags) },
      };
    });
}

function changedTags({ parameters }: Asked): Context {
  return requestTags(tagsAt(parameters, "Tag"));
}

/** `DisableApiStop.Value=true`: the attributes, as `ec2:Attribute` has them. */
function changedAttributes(parameters: Call["parameters"]): string[] {
  return Object.keys(parameters).flatMap((name) => /^(\w+)\.Value$/.exec(name)?.[1] ?? []);
}

/** The values of `Name.1`, `Name.2` and so on, or of `Name` alone. */
function listed(parameters: Call["parameters"], name: string): string[] {
  const isOne = new RegExp(`^${name}(\\.\\d+)?$`);
  return Object.keys(parameters).filter((key) => isOne.test(key)).map((key) => parameters[key]!);
}

/**
 * EC2 User Guide, "Example policies", RunInstances: it is decided for each resource. What there is not
 * yet, or what EC2 takes of the default VPC, has no ID. Tags are decided as CreateTags besides (EC2
 * User Guide, "Grant permission to tag resources during creation").
 */
function launch({ action, parameters, arn }: Asked) {
  const tags = tagsByType(parameters);
  const made = (type: string, context: Context = {}) => ({
    action,
    resource: arn("ec2", `${type}/*`),
    context: { ...context, ...(tags[type] ? requestTags(tags[type]) : {}) },
  });
  const taken = (type: string, ids: readonly string[]) =>
    (ids.length > 0 ? ids : ["*"]).map((id) => ({ action, resource: arn("ec2", `${type}/${id}`) }));
  return [
    made("instance", given("ec2:InstanceType", parameters["InstanceType"])),
    made("volume"),
    made("network-interface"),
    ...taken("subnet", listed(parameters, "SubnetId")),
    ...taken("security-group", listed(parameters, "SecurityGroupId")),
    { action, resource: arn("ec2", `image/${parameters["ImageId"]}`, "") },
    ...Object.entries(tags).map(([type, own]) => ({
      action: "ec2:CreateTags",
      resource: arn("ec2", `${type}/*`),
      context: { ...requestTags(own), "ec2:CreateAction": "RunInstances" },
    })),
  ];
}

/** The tags that a launch asks for, by the type of resource. */
function tagsByType(parameters: Call["parameters"]): Readonly<Record<string, Tags>> {
  const tags: Record<string, Tags> = {};
  for (let n = 1; parameters[`TagSpecification.${n}.ResourceType`] !== undefined; n++) {
    const type = parameters[`TagSpecification.${n}.ResourceType`]!;
    tags[type] = { ...tags[type], ...tagsAt(parameters, `TagSpecification.${n}.Tag`) };
  }
  return tags;
}
