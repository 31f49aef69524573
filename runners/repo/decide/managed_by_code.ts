import { fold, plainForm } from "../../core/spelling.ts";

/** A tag of the user's own for roles that code manages; without a value: any value but a no. */
type CodeTag = {
  readonly key: string;
  readonly value?: string | undefined;
};

/** Beginnings of tag keys that AWS or a tool sets by itself, folded, with the tool. */
const OWN_KEYS: readonly (readonly [string, string])[] = [
  // CloudFormation User Guide, "Resource tags"; CDK, SAM, eksctl and Serverless deploy by it.
  ["aws:cloudformation:", "CloudFormation"],
  ["aws:cdk:", "CDK"],
  ["aws-cdk:", "CDK"],
  // Service Catalog Administrator Guide, "AutoTags".
  ["aws:servicecatalog:", "Service Catalog"],
  ["elasticbeanstalk:", "Elastic Beanstalk"],
  // AWS SAM Developer Guide, "Resource attributes": SAM adds it to what it generates.
  ["lambda:createdby", "SAM"],
  // AWS Copilot, "How do I add tags": on what its stacks make.
  ["copilot-", "Copilot"],
  ["aws-chalice", "Chalice"],
  // SST, "What is SST": on what it deploys.
  ["sst:", "SST"],
  // eksctl, "pkg/apis/eksctl.io/v1alpha5": kept on what it makes.
  ["alpha.eksctl.io/", "eksctl"],
  ["eksctl.cluster.k8s.io/", "eksctl"],
  ["eksctl.io/", "eksctl"],
  // Crossplane, "Resource tags" of provider-aws: crossplane-kind, crossplane-name.
  ["crossplane-", "Crossplane"],
  ["services.k8s.aws/", "AWS Controllers for Kubernetes"],
  // Cluster API Provider AWS, OpenShift's installer and ROSA tag what they own.
  ["sigs.k8s.io/cluster-api-provider-aws/", "Cluster API"],
  ["kubernetes.io/cluster/", "a Kubernetes cluster's tool"],
  ["red-hat-managed", "ROSA"],
  ["rosa_", "ROSA"],
  ["pulumi:", "Pulumi"],
  ["terraform:", "Terraform"],
  // Yor, "Tag groups": what it writes into the code of Terraform, CloudFormation and Serverless.
  ["yor_", "code (Yor)"],
  ["git_file", "code (Yor)"],
];

/** Words that name only a tool: a key with one of them is about the tool. */
const TOOLS: ReadonlyMap<string, string> = new Map([
  ["terraform", "Terraform"],
  ["terragrunt", "Terraform"],
  ["terramate", "Terraform"],
  ["gruntwork", "Terraform"],
  ["tf", "Terraform"],
  ["tfc", "Terraform"],
  ["tfe", "Terraform"],
  ["tfmodule", "Terraform"],
  ["tfstate", "Terraform"],
  ["tfworkspace", "Terraform"],
  ["opentofu", "OpenTofu"],
  ["tofu", "OpenTofu"],
  ["spacelift", "Spacelift"],
  ["cloudformation", "CloudFormation"],
  ["cfn", "CloudFormation"],
  ["stackset", "CloudFormation"],
  ["cdk", "CDK"],
  ["cdktf", "CDK"],
  ["pulumi", "Pulumi"],
  ["crossplane", "Crossplane"],
  ["ansible", "Ansible"],
]);

/** Words that are a tool as the value of "managed by", and something else elsewhere. */
const MAYBE_TOOLS: ReadonlyMap<string, string> = new Map([
  ["hashicorp", "Terraform"],
  ["atlantis", "Atlantis"],
  ["scalr", "Scalr"],
  ["env0", "env0"],
  ["sam", "SAM"],
  ["serverless", "Serverless"],
  ["sls", "Serverless"],
  ["chef", "Chef"],
  ["puppet", "Puppet"],
  ["salt", "Salt"],
  ["saltstack", "Salt"],
  ["eksctl", "eksctl"],
  ["kops", "kOps"],
  ["helm", "Helm"],
  ["argocd", "Argo CD"],
  ["flux", "Flux"],
  ["fluxcd", "Flux"],
  ["ack", "AWS Controllers for Kubernetes"],
  ["jenkins", "Jenkins"],
  ["githubactions", "GitHub Actions"],
  ["gitlab", "GitLab"],
  ["gitops", "code"],
  ["iac", "code"],
  ["infrastructureascode", "code"],
  ["code", "code"],
  ["cicd", "code"],
  ["pipeline", "code"],
]);

const DONE = ["managed", "created", "provisioned", "deployed", "maintained", "built"]
  .concat("configured", "controlled", "generated", "orchestrated", "automated");

/**
 * Ends of keys under which people write which tool keeps a role, in lower case without separators.
 */
const ASKING: ReadonlySet<string> = new Set([
  ...DONE.flatMap((done) => ["by", "with", "via", "using"].map((word) => done + word)),
  ...["automation", "buildtool", "configmanagement", "configurationmanagement", "creator"],
  ...["deployer", "deployment", "deploymentmethod", "deploymenttool", "generator", "iac"],
  ...["iacprovider", "iactool", "infrastructureascode", "managed", "management", "managementtool"],
  ...["manager", "orchestrator", "origin", "provisioner", "provisioning", "source", "tool"],
]);

/** Words beside a tool in a key that is written as one word: `terraformmanaged`. */
const BESIDE: ReadonlySet<string> = new Set([
  ...DONE,
  ...ASKING,
  ...["env", "environment", "module", "path", "project", "repo", "repository", "root", "stack"],
  ...["stage", "state", "version", "workspace"],
]);

/** Keys that say that code manages a role without naming a tool, unless their value says no. */
const BY_CODE = new Set(["iac", "iacmanaged", "managedbycode", "managedbyiac"])
  .add("infrastructureascode").add("gitops").add("managedbygitops");

/** Words that may stand beside an ambiguous tool name: "aws-sam-cli", "GitLab CI". */
const FILLING = /^(\d+|v|aws|ci|cd|cli|deploy|deployment|enterprise|framework|infra|runner)$/;

const NO = /^(false|no|n|f|0|off|none|never|disabled|null|nil|n\/?a|-)$/;
const BY_HAND = /^(by ?hand|hand|manual|manually|console|click ?ops|human|unmanaged)$/;
const NEGATED = /^(not|no|non|without|never|unmanaged)$/;

/**
 * Which tool's code a role's tags or its description name, and where: `CloudFormation (tag "aws:…"
 * = "app")`; null: nothing says so. Such a tool writes its role again: a change by anybody else is
 * undone or breaks its next run. Terraform has no standard: AWS's provider adds no tag by itself,
 * so that only what people write can be seen, in any case and with any separators. In doubt a role
 * counts as managed by code: then a change is proposed, and not made.
 *
 * @param own tags that the configuration adds (`repo.codeTags`)
 */
export function managedByCode(
  { tags, description = "" }: {
    readonly tags: { readonly [key: string]: string };
    readonly description?: string;
  },
  own: readonly CodeTag[] = [],
): string | null {
  for (const [key, value] of Object.entries(tags)) {
    const tool = own.some((tag) => isTag(tag, key, value)) ? "code" : toolOfTag(key, value);
    if (tool) return `${tool} (tag "${key}" = "${value}")`;
  }
  const said = toolOfDescription(description);
  return said === null ? null : `${said} (its description says so)`;
}

function isTag(tag: CodeTag, key: string, value: string): boolean {
  if (wordsOf(tag.key).join() !== wordsOf(key).join()) return false;
  return tag.value === undefined
    ? !saysNo(value)
    : wordsOf(tag.value).join() === wordsOf(value).join();
}

function toolOfTag(key: string, value: string): string | null {
  const folded = fold(key);
  const own = OWN_KEYS.find(([start]) => folded.startsWith(start));
  if (own) return saysNo(value) && own[0] === "red-hat-managed" ? null : own[1];
  const words = wordsOf(key);
  // What is no tool by its key may be one by its value: managed-by-hand=false is neither.
  if (saysNo(value)) return words.some((word) => NEGATED.test(word)) ? toolInKey(words) : null;
  const asks = words.some((_, at) => ASKING.has(words.slice(at).join("")));
  const inValue = asks ? toolInValue(wordsOf(value)) : null;
  if (inValue) return inValue;
  if (BY_CODE.has(words.join(""))) return "code";
  return words.some((word) => NEGATED.test(word)) ? null : toolInKey(words);
}

/** A key that has a tool as a word, or consists of a tool and of words about tools. */
function toolInKey(words: readonly string[]): string | null {
  const found = toolIn(words, TOOLS);
  if (found) return found;
  const joined = words.join("");
  for (const [name, tool] of [...TOOLS, ...MAYBE_TOOLS]) {
    if (tool === "code" || joined === name) continue;
    const [before, after] = [
      joined.startsWith(name) ? joined.slice(name.length) : null,
      joined.endsWith(name) ? joined.slice(0, -name.length) : null,
    ];
    if ([before, after].some((rest) => rest !== null && BESIDE.has(rest))) return tool;
  }
  return null;
}

/** "Sam" may be a person: an ambiguous name counts only alone, or as in "aws-sam-cli". */
function toolInValue(words: readonly string[]): string | null {
  return toolIn(words, TOOLS) ??
    toolIn([words.filter((word) => !FILLING.test(word)).join("")], MAYBE_TOOLS) ??
    toolIn([words.join("")], MAYBE_TOOLS);
}

/** A tool among words, also if it is written as several: "Cloud Formation". */
function toolIn(words: readonly string[], tools: ReadonlyMap<string, string>): string | null {
  for (let at = 0; at < words.length; at++) {
    for (const count of [1, 2, 3]) {
      const tool = tools.get(words.slice(at, at + count).join(""));
      if (tool) return tool;
    }
  }
  return null;
}

/** "Managed by Terraform", somewhere in a description. */
function toolOfDescription(description: string): string | null {
  const words = wordsOf(description);
  for (let at = 0; at + 2 < words.length; at++) {
    const asks = DONE.includes(words[at]!) && ASKING.has(words[at]! + words[at + 1]!);
    const tool = asks && !NEGATED.test(words[at - 1] ?? "")
      ? toolIn(words.slice(at + 2, at + 5), TOOLS)
      : null;
    if (tool) return tool;
  }
  return null;
}

function saysNo(value: string): boolean {
  const text = fold(value);
  return NO.test(text) || BY_HAND.test(text.replaceAll(/[-_]/g, " ")) ||
    NEGATED.test(wordsOf(value)[0] ?? "");
}

/** The words of a text, folded: at separators, digits, and where upper case begins a word. */
function wordsOf(text: string): string[] {
  const apart = plainForm(text)
    .replaceAll(/(\p{Ll})(\p{Lu})/gu, "$1 $2")
    .replaceAll(/(\p{Lu})(\p{Lu}\p{Ll})/gu, "$1 $2");
  return fold(apart).match(/\p{L}+|\p{N}+/gu) ?? [];
}
