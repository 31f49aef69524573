import { AwsProvider } from "@cdktf/provider-aws/lib/provider/index.js";
import { type App, LocalBackend, S3Backend, TerraformStack } from "cdktf";
import type { Installation } from "../installation.ts";
import { tagsOf } from "../tags.ts";

/** Which account a stack is deployed to: by the caller's own credentials, or by a role in it. */
type Account = { readonly id: string | null; readonly role?: string };

/**
 * A stack with its provider and the place of its state.
 *
 * @param account Terraform refuses to work in another; null where the configuration does not know it
 */
export function stackIn(
  app: App,
  name: string,
  installation: Installation,
  account: Account,
): TerraformStack {
  const stack = new TerraformStack(app, name);
  const { backend } = installation.infra;
  if (backend) {
    new S3Backend(stack, {
      bucket: backend.bucket,
      region: backend.region,
      key: `${backend.prefix}${name}.tfstate`,
      encrypt: true,
    });
    // Locks by S3 alone; the bindings do not know it.
    stack.addOverride("terraform.backend.s3.use_lockfile", true);
  } else {
    // Terraform runs in cdktf.out/stacks/NAME, which a synthesis writes again.
    new LocalBackend(stack, { path: `../../../terraform.${name}.tfstate` });
  }
  providerIn(stack, installation, account);
  return stack;
}

/**
 * A provider of a stack.
 *
 * @param region that of one more provider; left out: the stack's own, for the Region of the hub
 */
export function providerIn(
  stack: TerraformStack,
  { partition, infra }: Installation,
  { id, role }: Account,
  region?: string,
): AwsProvider {
  return new AwsProvider(stack, region ?? "aws", {
    region: region ?? infra.hub.region,
    ...region === undefined ? {} : { alias: region },
    defaultTags: [{ tags: { ...tagsOf(infra) } }],
    ...id === null ? {} : { allowedAccountIds: [id] },
    ...role === undefined ? {} : {
      assumeRole: [{ roleArn: `arn:${partition}:iam::${id}:role/${role}` }],
    },
  });
}
