import assert from "assert";
import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  IAMClient,
  RemoveRoleFromInstanceProfileCommand,
} from "@aws-sdk/client-iam";
import {
  CreateQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { ProfileRoles } from "../../../../runners/core/attest/profile_role.ts";
import { judgeSender } from "../../../../runners/core/attest/sender.ts";
import type { Session } from "../../../../runners/core/aws/session.ts";
import { throttle } from "../../../aws/faults.ts";
import { freshAccounts } from "../../../aws/fresh_accounts.ts";
import { instanceCredentials } from "../../../aws/instance_credentials.ts";
import { connectLocalAws } from "../../../aws/local_aws.ts";
import { clientConfig, seedWorld } from "../../../aws/seed.ts";
import { trustOf } from "../../../aws/seed_roles.ts";
import { ManualClock } from "../manual_clock.ts";
import "../../../aws/start_shared_both.ts";

const region = "us-east-1";
const MINUTE_MS = 60_000;

/** An account with an instance that acts under the profile `web`, and what reads its profiles. */
async function profileScene() {
  await using stack = new AsyncDisposableStack();
  const aws = stack.use(await connectLocalAws({ services: { ministack: true } }));
  const [account = ""] = freshAccounts(1);
  const group = { name: "web", instanceProfile: "web" };
  const seeded = await seedWorld({
    accounts: [{ id: account, name: "a", roles: [], regions: { [region]: [group] } }],
  }, { endpoint: aws.endpoint });
  const config = { ...clientConfig(aws.endpoint, account), maxAttempts: 1 };
  const iam = new IAMClient(config);
  stack.defer(() => iam.destroy());
  const session: Session = {
    account,
    partition: "aws",
    region: "us-east-1",
    role: "dirty-observe",
    principal: "",
    client: (clientClass) => new clientClass(config as never),
    reading: { abortSignal: AbortSignal.timeout(60_000) },
  };
  const clock = new ManualClock();
  const roles = new ProfileRoles(clock);
  const role = (path = "web") =>
    roles.role(session, `arn:aws:iam::${account}:instance-profile/${path}`);
  const owned = stack.move();
  return {
    aws,
    account,
    config,
    iam,
    clock,
    instanceId: seeded.instances(account, region, "web")[0] ?? "",
    role,
    roleId: async (path?: string) => (await role(path)).roleId,
    /** How often IAM was asked. */
    asked: () =>
      aws.proxy.calls.filter(({ action, status }) =>
        action === "iam:GetInstanceProfile" && status !== null
      ).length,
    async makeAgain() {
      const profile = { InstanceProfileName: "web", RoleName: "web" };
      const AssumeRolePolicyDocument = JSON.stringify(trustOf("ec2.amazonaws.com"));
      await iam.send(new RemoveRoleFromInstanceProfileCommand(profile));
      await iam.send(new DeleteRoleCommand({ RoleName: "web" }));
      await iam.send(new CreateRoleCommand({ RoleName: "web", AssumeRolePolicyDocument }));
      await iam.send(new AddRoleToInstanceProfileCommand(profile));
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

Deno.test("what an instance sends is verified by the role of its profile", async () => {
  await using scene = await profileScene();
  const { aws, account, config, instanceId } = scene;
  const { profile } = await instanceCredentials(aws, { account, region, instanceId });
  const owner = new SQSClient(config);
  const instance = new SQSClient({
    ...config,
    credentials: {
      accessKeyId: profile.AccessKeyId,
      secretAccessKey: profile.SecretAccessKey,
      sessionToken: profile.Token,
    },
  });
  const { QueueUrl } = await owner.send(new CreateQueueCommand({ QueueName: "logins" }));
  await instance.send(new SendMessageCommand({ QueueUrl, MessageBody: "hello" }));
  const { Messages = [] } = await owner.send(
    new ReceiveMessageCommand({ QueueUrl, MessageSystemAttributeNames: ["SenderId"] }),
  );
  owner.destroy();
  instance.destroy();
  const senderId = Messages[0]?.Attributes?.SenderId ?? "";
  assert.equal(judgeSender(senderId, instanceId, await scene.roleId() ?? ""), "verified");
});

Deno.test("a profile is asked for once in five minutes, by all at once", async () => {
  await using scene = await profileScene();
  const [first, second] = await Promise.all([scene.roleId(), scene.roleId()]);
  assert.match(first ?? "", /^AROA/);
  assert.equal(second, first);
  assert.equal(scene.asked(), 1);
});

Deno.test("a role that was made again is known by its new ID after five minutes", async () => {
  await using scene = await profileScene();
  const before = await scene.roleId();
  await scene.makeAgain();
  await scene.clock.advance(5 * MINUTE_MS - 1);
  assert.equal(await scene.roleId(), before);
  await scene.clock.advance(1);
  assert.notEqual(await scene.roleId(), before);
});

Deno.test("a role that is older than what it is compared with is asked for again after 30 seconds", async () => {
  await using scene = await profileScene();
  const { roleId, isSince } = await scene.role();
  await scene.makeAgain();
  assert.equal(isSince(scene.clock.now().toISOString()), true);
  await scene.clock.advance(29_999);
  assert.equal(isSince(scene.clock.now().toISOString()), false);
  assert.deepEqual([await scene.roleId(), scene.asked()], [roleId, 1]);
  await scene.clock.advance(1);
  const again = await scene.role();
  assert.notEqual(again.roleId, roleId);
  assert.equal(again.isSince(scene.clock.now().toISOString()), true);
  assert.equal(scene.asked(), 2);
});

Deno.test("nothing is known where there is no such profile, or another of its name", async () => {
  await using scene = await profileScene();
  assert.equal(await scene.roleId("gone"), null);
  assert.equal(await scene.roleId("team/web"), null);
});

Deno.test("nothing is known of a profile without a role", async () => {
  await using scene = await profileScene();
  await scene.iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: "bare" }));
  assert.equal(await scene.roleId("bare"), null);
});

Deno.test("a profile with a path is asked for by its name", async () => {
  await using scene = await profileScene();
  const profile = { InstanceProfileName: "deep", Path: "/team/a/" };
  await scene.iam.send(new CreateInstanceProfileCommand(profile));
  await scene.iam.send(
    new AddRoleToInstanceProfileCommand({ InstanceProfileName: "deep", RoleName: "web" }),
  );
  assert.equal(await scene.roleId("team/a/deep"), await scene.roleId());
});

Deno.test("a failure is thrown, and not remembered", async () => {
  await using scene = await profileScene();
  scene.aws.proxy.onCall(throttle({ action: "iam:GetInstanceProfile" }, 1));
  await assert.rejects(scene.roleId(), { name: "Throttling" });
  assert.match(await scene.roleId() ?? "", /^AROA/);
});
