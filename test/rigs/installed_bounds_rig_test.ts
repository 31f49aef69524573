import assert from "assert";
import { CreateTagsCommand, DeleteTagsCommand, EC2Client } from "@aws-sdk/client-ec2";
import {
  CreateRoleCommand,
  DeleteRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
  TagRoleCommand,
} from "@aws-sdk/client-iam";
import type { PolicyDocument, Statement } from "../../infra/policies/statement.ts";
import { AUDIT_MARK_TAG } from "../../runners/core/contract/names.ts";
import { Estate } from "./installed_estate.ts";
import type { RolePlace } from "./installed_roles.ts";
import {
  BOT,
  EXTERNAL_ID,
  type InstalledWorld,
  installedWorld,
  LOGINS,
  MAY_ALL,
  REGION,
  strong,
  WEB,
} from "./installed_world.ts";

/** Roles that the applying role of repo must not write, whoever asks it to. */
const UNTOUCHABLE = [
  "OrganizationAccountAccessRole",
  "groundskeeper-repo-observe",
  "groundskeeper-repo-apply",
  "groundskeeper-audit-apply",
  "groundskeeper-deploy",
  "AWSControlTowerExecution",
  "break-glass-admin",
];

const STAMP = "groundskeeper-repo";
const PolicyDocument = JSON.stringify(MAY_ALL);

const tagsOf = (keys: readonly string[]) => keys.map((Key) => ({ Key, Value: "x" }));
const tagInstance = (...keys: string[]) => (ec2: EC2Client) =>
  ec2.send(new CreateTagsCommand({ Resources: ["i-0123456789abcdef0"], Tags: tagsOf(keys) }));
const tagRole = (RoleName: string, ...keys: string[]) => (iam: IAMClient) =>
  iam.send(new TagRoleCommand({ RoleName, Tags: tagsOf(keys) }));
const put = (RoleName: string) => (iam: IAMClient) =>
  iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "x", PolicyDocument }));
const remove = (RoleName: string) => (iam: IAMClient) =>
  iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: "x" }));
const create = (RoleName: string) => (iam: IAMClient) =>
  iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: PolicyDocument }));

/** "done", or the name of the error. */
function answerOf(work: Promise<unknown>): Promise<string> {
  return work.then(() => "done", (error: Error) => error.name);
}

/** What a service answers under a role of the member. */
async function answers<Client extends { destroy(): void }>(
  { iam, aws, role, home }: InstalledWorld,
  name: string,
  Client: new (config: object) => Client,
  ...works: readonly ((client: Client) => Promise<unknown>)[]
): Promise<string[]> {
  const [job] = name.split("-");
  const credentials = await iam.assume(
    await home(`groundskeeper-${job}-home-${name === "dirty-clear" ? "clear" : "apply"}`),
    role(`groundskeeper-${name}`),
    { externalId: EXTERNAL_ID },
  );
  const client = new Client({ endpoint: aws.endpoint, region: REGION, credentials });
  const found = [];
  for (const work of works) found.push(await answerOf(work(client)));
  client.destroy();
  return found;
}

Deno.test("under the roles of accounts nothing but their work is possible", async () => {
  await using world = await installedWorld();
  const estate = new Estate(world);
  await estate.makeRole();
  const app = estate.role;
  const DENIED = "UnauthorizedOperation";
  assert.deepEqual(
    await answers(world, "audit-observe", EC2Client, tagInstance(AUDIT_MARK_TAG)),
    [DENIED],
  );
  assert.deepEqual(
    await answers(
      world,
      "audit-apply",
      EC2Client,
      tagInstance("owner"),
      tagInstance(AUDIT_MARK_TAG, "owner"),
      tagInstance(AUDIT_MARK_TAG),
    ),
    [DENIED, DENIED, "done"],
  );
  assert.deepEqual(await answers(world, "repo-observe", IAMClient, put(app)), ["AccessDenied"]);
  assert.deepEqual(
    await answers(
      world,
      "repo-apply",
      IAMClient,
      create("new"),
      tagRole(app, "team"),
      tagRole(app, STAMP, "team"),
      tagRole(app, STAMP),
      put(app),
      remove(app),
    ),
    [...Array(3).fill("AccessDenied"), ...Array(3).fill("done")],
  );
  for (const name of UNTOUCHABLE) {
    assert.deepEqual(
      await answers(world, "repo-apply", IAMClient, put(name), remove(name), tagRole(name, STAMP)),
      Array(3).fill("AccessDenied"),
      name,
    );
  }
});

const INSTANCE = ["i-0123456789abcdef0"];
const mark = (Value: string, ...others: string[]) => (ec2: EC2Client) =>
  ec2.send(
    new CreateTagsCommand({
      Resources: INSTANCE,
      Tags: [{ Key: "dirty", Value }, ...tagsOf(others)],
    }),
  );
const clear = (...keys: string[]) => (ec2: EC2Client) =>
  ec2.send(new DeleteTagsCommand({ Resources: INSTANCE, Tags: keys.map((Key) => ({ Key })) }));

Deno.test("one role sets the mark of a login and no other tag, and another one removes it", async () => {
  await using world = await installedWorld({ logins: true });
  const DENIED = "UnauthorizedOperation";
  const value = "gk1:1795737600:pam";
  const all = [mark(value), mark(value, "owner"), mark("no"), tagInstance("owner")];
  const none = [clear("dirty"), clear("dirty", "owner"), clear()];
  const under = (name: string) => answers(world, name, EC2Client, ...all, ...none);
  assert.deepEqual(await under("dirty-mark"), ["done", ...Array(6).fill(DENIED)]);
  assert.deepEqual(
    await under("dirty-clear"),
    [...Array(4).fill(DENIED), "done", ...Array(2).fill(DENIED)],
  );
  assert.deepEqual(await under("dirty-observe"), Array(7).fill(DENIED));
});

Deno.test("the queue takes messages of the organization alone, and only by TLS", async () => {
  await using world = await installedWorld();
  const { iam, operator, installation: { queues: [queue] } } = world;
  const estate = new Estate(world);
  await estate.begin();
  // Each account of MiniStack is in an organization of its own.
  const stranger = strong({ ...BOT, in: world.member });
  await iam.make(stranger);
  const sent = async (role: RolePlace) =>
    answerOf(estate.send(await iam.assume(operator, role), { command: "opt_out" }));
  assert.deepEqual([await sent(BOT), await sent(stranger)], ["done", "AccessDenied"]);
  // The rig has no TLS.
  await estate.allowSenders(queue!.policy);
  assert.equal(await sent(BOT), "AccessDenied");
});

Deno.test("who assumes the role of an instance elsewhere cannot send in its name", async () => {
  await using world = await installedWorld({ logins: true });
  const { iam, operator, installation: { client } } = world;
  const estate = new Estate(world);
  await estate.begin();
  const web = { ...strong({ ...WEB, in: world.member }), policy: client!.policy };
  await iam.allow(web, web.policy);
  const send = async () => {
    const key = await iam.assume(operator, web, { session: estate.web });
    return await answerOf(estate.sendTo(LOGINS.queueUrl, "{}", key));
  };
  assert.equal(await send(), "AccessDenied");
  // It is the condition that keeps him out.
  const [{ Condition: _, ...statement }] = (client!.policy as PolicyDocument).Statement as [
    Statement,
  ];
  await iam.allow(web, { ...client!.policy, Statement: [statement] });
  assert.equal(await send(), "done");
});
