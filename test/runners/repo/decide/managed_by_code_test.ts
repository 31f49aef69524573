import assert from "assert";
import fc from "fast-check";
import { repoSchema } from "../../../../runners/repo/config.ts";
import { managedByCode } from "../../../../runners/repo/decide/managed_by_code.ts";

import { FIXED, propertyTest } from "../../core/properties.ts";

const ZERO_WIDTH = "\u200b";

/** Tags that say which tool's code manages a role. */
const BY_CODE: readonly (readonly [key: string, value: string, tool: string])[] = [
  ["terraform-managed", "yes", "Terraform"],
  ["terraform_managed", "true", "Terraform"],
  ["TerraformManaged", "1", "Terraform"],
  ["terraformmanaged", "Yes", "Terraform"],
  ["TERRAFORM", "TRUE", "Terraform"],
  ["terraform", "", "Terraform"],
  ["Terraform", "prod/iam", "Terraform"],
  ["TerraformWorkspace", "prod", "Terraform"],
  ["terraform.workspace", "prod", "Terraform"],
  ["tf_workspace", "prod", "Terraform"],
  ["tf-module", "iam-role", "Terraform"],
  ["TfModule", "iam-role", "Terraform"],
  ["ManagedByTerraform", "true", "Terraform"],
  ["managedbyterraform", "true", "Terraform"],
  ["acme:terraform:state", "s3://x", "Terraform"],
  ["managed-by", "terraform", "Terraform"],
  ["ManagedBy", "Terraform", "Terraform"],
  ["MANAGED_BY", "TERRAFORM", "Terraform"],
  ["managed by", "Terraform v1.9", "Terraform"],
  ["managed.by", "terraform1.9.0", "Terraform"],
  ["acme:managed-by", "TerraformCloud", "Terraform"],
  ["app.kubernetes.io/managed-by", "Helm", "Helm"],
  ["provisioned-by", "terragrunt", "Terraform"],
  ["ProvisionedBy", "HashiCorp", "Terraform"],
  ["provisioner", "tf", "Terraform"],
  ["created-with", "terra-form", "Terraform"],
  ["CreatedBy", "atlantis", "Atlantis"],
  ["deployed_via", "Spacelift", "Spacelift"],
  ["spacelift-stack", "iam", "Spacelift"],
  ["managed-by", "env0", "env0"],
  ["opentofu", "true", "OpenTofu"],
  ["managed-by", "OpenTofu", "OpenTofu"],
  ["tool", "tofu", "OpenTofu"],
  ["iac", "cdk", "CDK"],
  ["IaC", "AWS CDK", "CDK"],
  ["iac", "true", "code"],
  ["infrastructure-as-code", "yes", "code"],
  ["InfrastructureAsCode", "Pulumi", "Pulumi"],
  ["managed-by-code", "true", "code"],
  ["gitops", "yes", "code"],
  ["managed-by", "GitOps", "code"],
  ["cdk", "app", "CDK"],
  ["aws:cdk:path", "Stack/Role/Resource", "CDK"],
  ["aws-cdk:auto-delete", "true", "CDK"],
  ["managed-by", "cdktf", "CDK"],
  ["aws:cloudformation:stack-name", "app", "CloudFormation"],
  ["AWS:CloudFormation:Stack-Name", "no", "CloudFormation"],
  ["CloudFormation", "true", "CloudFormation"],
  ["automation", "Cloud Formation", "CloudFormation"],
  ["source", "cfn", "CloudFormation"],
  ["managed-by", "StackSet", "CloudFormation"],
  ["lambda:createdBy", "SAM", "SAM"],
  ["managed-by", "sam", "SAM"],
  ["deployed-by", "aws-sam-cli", "SAM"],
  ["deployed-by", "Serverless Framework", "Serverless"],
  ["serverless-stage", "dev", "Serverless"],
  ["pulumi:stack", "prod", "Pulumi"],
  ["pulumi", "yes", "Pulumi"],
  ["managed-by", "pulumi", "Pulumi"],
  ["crossplane-kind", "role.iam.aws.upbound.io", "Crossplane"],
  ["crossplane", "true", "Crossplane"],
  ["managed-by", "Crossplane", "Crossplane"],
  ["ansible", "true", "Ansible"],
  ["AnsibleManaged", "true", "Ansible"],
  ["configured-by", "ansible", "Ansible"],
  ["managed-by", "Chef", "Chef"],
  ["managed-by", "puppet", "Puppet"],
  ["puppet-managed", "true", "Puppet"],
  ["managed-by", "SaltStack", "Salt"],
  ["managed-by", "github-actions", "GitHub Actions"],
  ["deployed-by", "GitLab CI", "GitLab"],
  ["managed-by", "argocd", "Argo CD"],
  ["alpha.eksctl.io/cluster-name", "prod", "eksctl"],
  ["copilot-application", "web", "Copilot"],
  ["yor_trace", "912066a1-31a3", "code (Yor)"],
  ["git_file", "iam/roles.tf", "code (Yor)"],
  ["services.k8s.aws/namespace", "iam", "AWS Controllers for Kubernetes"],
  [`managed${ZERO_WIDTH}-by`, `terra${ZERO_WIDTH}form`, "Terraform"],
  ["managed-by", " terraform ", "Terraform"],
  ["terraform-managed", "maybe", "Terraform"],
  ["not-terraform", "false", "Terraform"],
];

/** Tags that do not. */
const BY_NOBODY: readonly (readonly [key: string, value: string])[] = [
  ["name", "terraforming-mars-app"],
  ["Name", "terraform"],
  ["terraforming", "yes"],
  ["project", "terraform-course"],
  ["team", "terraform"],
  ["managed-by", "terraforming-mars-team"],
  ["terraform", "false"],
  ["Terraform", "No"],
  ["terraform", "0"],
  ["terraform", "off"],
  ["terraform", "none"],
  ["terraform", "N/A"],
  ["terraform", `n${ZERO_WIDTH}o`],
  ["terraform-managed", "no"],
  ["terraform_managed", "FALSE"],
  ["TerraformManaged", "manual"],
  ["managed-by", "hand"],
  ["managed-by", "by hand"],
  ["managed-by", "manually"],
  ["managed-by", "click-ops"],
  ["managed-by", "alice"],
  ["created-by", "sam.smith"],
  ["created-by", "chef@example.com"],
  ["managed-by", "not terraform"],
  ["managed-by", "none"],
  ["managed-by", ""],
  ["not-managed-by-terraform", "true"],
  ["non-terraform", "yes"],
  ["iac", "false"],
  ["iac", "none"],
  ["gitops", "no"],
  ["cloudformation", "disabled"],
  ["managed-by-hand", "false"],
  ["managed-by-hand", "true"],
  ["red-hat-managed", "false"],
  ["environment", "prod"],
  ["platform", "aws"],
  ["tfp", "x"],
  ["salt", "web"],
  ["chef", "yes"],
  ["sample", "cdk"],
  ["attachment", "tf"],
  ["owner", "pulumi"],
  ["description", "replaces what CloudFormation had"],
];

for (const [key, value, tool] of BY_CODE) {
  Deno.test(`the tag "${key}" = "${value}" says that ${tool} manages a role`, () => {
    assert.equal(
      managedByCode({ tags: { team: "web", [key]: value } }),
      `${tool} (tag "${key}" = "${value}")`,
    );
  });
}

for (const [key, value] of BY_NOBODY) {
  Deno.test(`the tag "${key}" = "${value}" says of no code that it manages a role`, () => {
    assert.equal(managedByCode({ tags: { [key]: value } }), null);
  });
}

for (
  const [description, said] of [
    ["Managed by Terraform", "Terraform (its description says so)"],
    ["Role of checkout; created with AWS CDK.", "CDK (its description says so)"],
    ["deployed via pulumi", "Pulumi (its description says so)"],
    ["Not managed by Terraform", null],
    ["Lets Terraform read the state", null],
    ["Managed by Alice", null],
    ["", null],
  ] as const
) {
  Deno.test(`the description "${description}" says ${said === null ? "nothing" : "which tool"}`, () => {
    assert.equal(managedByCode({ tags: {}, description }), said);
  });
}

for (
  const [codeTags, key, value, isByCode] of [
    [[{ key: "managed-by", value: "landing-zone" }], "ManagedBy", "Landing Zone", true],
    [[{ key: "managed-by", value: "landing-zone" }], "managed-by", "landing-zones", false],
    [[{ key: "managed-by", value: "landing-zone" }], "owner", "landing-zone", false],
    [[{ key: "our:stack" }], "our:stack", "web", true],
    [[{ key: "our:stack" }], "our:stack", "", true],
    [[{ key: "our:stack" }], "our:stack", "none", false],
    [[{ key: "our:stack" }], "our:stacks", "web", false],
    [[], "our:stack", "web", false],
  ] as const
) {
  const title = `with repo.codeTags ${JSON.stringify(codeTags)} the tag "${key}" = "${value}" ` +
    `${isByCode ? "is" : "is not"} one of code`;
  Deno.test(title, () => {
    const parsed = repoSchema.parse({ codeTags }).codeTags;
    assert.equal(managedByCode({ tags: { [key]: value } }, parsed) !== null, isByCode);
  });
}

Deno.test("repo.codeTags takes no wildcard, and no key that is empty", () => {
  for (const key of ["our:*", "stac?", ""]) {
    assert.equal(repoSchema.safeParse({ codeTags: [{ key }] }).success, false, key);
  }
});

const word = (text: string) =>
  fc.constantFrom(
    text,
    text.toUpperCase(),
    text[0]!.toUpperCase() + text.slice(1),
    `${text[0]}${ZERO_WIDTH}${text.slice(1)}`,
  );
const separator = fc.constantFrom("-", "_", ".", " ", ":", "/", "--");
/** Two words, written as anybody writes them. */
const phrase = (first: string, second: string) =>
  fc.oneof(
    fc.tuple(word(first), separator, word(second)).map((parts) => parts.join("")),
    fc.constant(
      first[0]!.toUpperCase() + first.slice(1) + second[0]!.toUpperCase() + second.slice(1),
    ),
  );
const done = fc.constantFrom("managed", "created", "provisioned", "deployed");
const tool = fc.constantFrom("terraform", "opentofu", "pulumi", "crossplane", "ansible", "cdk");

propertyTest<typeof managedByCode>(
  "a tool is always heard, whatever the case and the separators of key and value",
  managedByCode,
  (managed) =>
    fc.assert(
      fc.property(
        fc.tuple(done, fc.constantFrom("by", "with", "via"), tool).chain(([done, by, tool]) =>
          fc.oneof(
            fc.tuple(phrase(done, by), word(tool)),
            fc.tuple(phrase(tool, done), fc.constantFrom("yes", "TRUE", "1", "", "v2")),
            fc.tuple(fc.constant(`${done}${by}${tool}`), fc.constantFrom("yes", "true")),
          )
        ),
        ([key, value]) => assert.notEqual(managed({ tags: { [key]: value } }), null),
      ),
      FIXED,
    ),
  {
    "minds case": ({ tags }) =>
      Object.keys(tags).some((key) => key !== key.toLowerCase()) ? null : managedByCode({ tags }),
    "knows two separators": ({ tags }) =>
      Object.keys(tags).some((key) => /[.: /]/.test(key)) ? null : managedByCode({ tags }),
    "looks at values alone": ({ tags }) =>
      managedByCode({
        tags: Object.fromEntries(Object.values(tags).map((value) => ["managed-by", value])),
      }),
  },
);

Deno.test("the tables of tags are as long as they should be", () => {
  assert.ok(BY_CODE.length >= 60 && BY_NOBODY.length >= 40);
});
