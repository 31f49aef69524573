/** Tag keys that AWS or a tool sets by itself. A key that ends in `*` stands for all that begin so. */
const KEYS: readonly (readonly [string, string])[] = [
  // CloudFormation User Guide, "Resource tags"; CDK, SAM, eksctl and Serverless deploy by it.
  ["aws:cloudformation:*", "CloudFormation"],
  // Service Catalog Administrator Guide, "AutoTags".
  ["aws:servicecatalog:*", "Service Catalog"],
  // AWS SAM Developer Guide, "Resource attributes": SAM adds it to what it generates.
  ["lambda:createdby", "SAM"],
  // eksctl, "pkg/apis/eksctl.io/v1alpha5": kept on what it makes.
  ["alpha.eksctl.io/*", "eksctl"],
  ["eksctl.cluster.k8s.io/*", "eksctl"],
  // Crossplane, "Resource tags" of provider-aws.
  ["crossplane-*", "Crossplane"],
  ["pulumi:*", "Pulumi"],
  ["terraform:*", "Terraform"],
];

/** Keys under which people write which tool keeps a role; without case and punctuation. */
const TOOL_KEYS: ReadonlySet<string> = new Set([
  "automation",
  "createdby",
  "createdwith",
  "deployedby",
  "deploymenttool",
  "iac",
  "iactool",
  "managed",
  "managedby",
  "managedwith",
  "provisionedby",
  "provisioner",
  "source",
  "tool",
]);

/** Tools, as they stand in such values, whole or as a word: `terraform`, `terraform-v1.9`. */
const TOOLS: readonly (readonly [RegExp, string])[] = [
  [/(^|[^a-z])(terraform|terragrunt|hashicorp)([^a-z]|$)/i, "Terraform"],
  [/(^|[^a-z])(open)?tofu([^a-z]|$)/i, "OpenTofu"],
  [/(^|[^a-z])(cloudformation|cfn)([^a-z]|$)/i, "CloudFormation"],
  [/(^|[^a-z])cdk(tf)?([^a-z]|$)/i, "CDK"],
  [/(^|[^a-z])pulumi([^a-z]|$)/i, "Pulumi"],
  [/(^|[^a-z])crossplane([^a-z]|$)/i, "Crossplane"],
  [/(^|[^a-z])ansible([^a-z]|$)/i, "Ansible"],
];

/** Keys that name the tool themselves, without case and punctuation; their value says more, or no. */
const NAMING_KEYS: readonly (readonly [string, string])[] = [
  ["terraform", "Terraform"],
  ["terragrunt", "Terraform"],
  ["tfmodule", "Terraform"],
  ["tfworkspace", "Terraform"],
  ["opentofu", "OpenTofu"],
  ["tofu", "OpenTofu"],
  ["cloudformation", "CloudFormation"],
  ["cdktf", "CDK"],
  ["cdk", "CDK"],
  ["pulumi", "Pulumi"],
  ["ansible", "Ansible"],
];

const NO: ReadonlySet<string> = new Set(["false", "no", "0", "off", "none", "never"]);

/**
 * Which tool's code a role's tags name, with the tag: `CloudFormation (tag "aws:…" = "app")`. What
 * such a tool keeps it writes again, and a change beside it is undone or breaks its next run. There
 * is no standard for Terraform: AWS's provider adds no tag by itself, so that only what people set
 * can be seen. Null where no tag says so.
 */
export function managedByCode(tags: { readonly [key: string]: string }): string | null {
  for (const [key, value] of Object.entries(tags)) {
    const tool = toolOf(key, value);
    if (tool) return `${tool} (tag "${key}" = "${value}")`;
  }
  return null;
}

function toolOf(key: string, value: string): string | undefined {
  const own = KEYS.find(([name]) =>
    name.endsWith("*")
      ? key.toLowerCase().startsWith(name.slice(0, -1))
      : key.toLowerCase() === name
  );
  if (own) return own[1];
  const plain = key.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
  const naming = NAMING_KEYS.find(([name]) => plain === name || plain === `managedby${name}`);
  if (naming) return NO.has(value.trim().toLowerCase()) ? undefined : naming[1];
  return TOOL_KEYS.has(plain) ? TOOLS.find(([tool]) => tool.test(value))?.[1] : undefined;
}
