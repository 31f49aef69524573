import type { JsonObject } from "../../runners/core/json.ts";
import { instanceCredentials } from "../aws/instance_credentials.ts";
import { loginOf, proofOf, type Where } from "../e2e/dirty_messages.ts";
import { type Deployed, mustAllow, policyOf, sendTo } from "./deployed.ts";

/**
 * Reports a login as the client on an instance does: with the credentials of its profile, if the
 * policy of clients, which the profile's role must have, and that of the queue let it.
 *
 * @param where the instance, whose profile has a role of the root path
 * @param more what else its message says
 * @param proven whether it proves who it is
 * @throws Error if a policy does not let it
 */
export async function report(
  deployed: Deployed,
  where: Where,
  queueArn: string,
  { more = {}, proven = false }: { readonly more?: JsonObject; readonly proven?: boolean } = {},
): Promise<void> {
  const { aws, organizationId, resources } = deployed;
  const { account, region, id: instanceId } = where;
  const { roleName, profile, identity } = await instanceCredentials(aws, {
    account,
    region,
    instanceId,
  });
  const attached = resources.filter(({ type, values }) =>
    type === "aws_iam_role_policy_attachment" && values.role === roleName &&
    (values.policy_arn as string).split(":")[4] === account
  );
  const clientPolicies = attached.map(({ values }) =>
    policyOf(deployed, "aws_iam_policy", ({ arn }) => arn === values.policy_arn)
  );
  if (clientPolicies.length === 0) throw new Error(`The role ${roleName} has no policy of clients`);
  const queuePolicy = policyOf(deployed, "aws_sqs_queue", ({ arn }) => arn === queueArn);
  mustAllow([...clientPolicies, queuePolicy], {
    action: "sqs:SendMessage",
    resource: queueArn,
    principal: `arn:aws:iam::${account}:role/${roleName}`,
    context: {
      "aws:EC2InstanceSourceVPC": "vpc-0123456789abcdef0",
      "aws:PrincipalOrgID": organizationId,
      "aws:SecureTransport": "true",
    },
  });
  const message = loginOf(where, more);
  const proof = proven ? { proof: await proofOf(where, identity, message, queueArn) } : {};
  await sendTo(aws, queueArn, JSON.stringify({ ...message, ...proof }), {
    accessKeyId: profile.AccessKeyId,
    secretAccessKey: profile.SecretAccessKey,
    sessionToken: profile.Token,
  });
}
