import assert from "assert";
import type { Session } from "../../../../runners/core/aws/session.ts";
import { readRoles, type RoleFacts } from "../../../../runners/repo/inventory/read_roles.ts";
import type { ManagedPolicy } from "../../../../runners/repo/observed.ts";
import { failWith, once } from "../../../aws/faults.ts";
import { loseMarker } from "../../../aws/rewrites.ts";
import { allowing, type SeedRole, trustOf } from "../../../aws/seed_roles.ts";
import { repoTest } from "../scene.ts";

const GAAD = { action: "iam:GetAccountAuthorizationDetails" };

async function readAll(session: Session, pageSize?: number) {
  const roles: RoleFacts[] = [];
  const managed: ManagedPolicy[] = [];
  const sizes: number[] = [];
  for await (const page of readRoles(session, pageSize === undefined ? {} : { pageSize })) {
    roles.push(...page.roles);
    managed.push(...page.managed);
    sizes.push(page.roles.length + page.managed.length);
  }
  roles.sort((a, b) => a.name < b.name ? -1 : 1);
  return { roles, managed, sizes };
}

const named = (count: number): SeedRole[] =>
  Array.from({ length: count }, (_, index) => ({ name: `role-${index}` }));

repoTest("a page that says that there is more and not where is an error", async (scene) => {
  await scene.seed({ roles: named(3) });
  scene.aws.proxy.rewrite(loseMarker(GAAD));
  await assert.rejects(readAll(await scene.session(), 2), {
    name: "IncompleteAnswerError",
    message: /there is more and not where/,
  });
});

repoTest("a page that repeats is an error", async (scene) => {
  await scene.seed({ roles: named(3) });
  let answer = "";
  scene.aws.proxy.rewrite({
    appliesTo: ({ action }) => action === GAAD.action,
    rewrite: (xml) => answer ||= xml,
  });
  await assert.rejects(readAll(await scene.session(), 2), {
    name: "IncompleteAnswerError",
    message: /the same page token twice/,
  });
});

repoTest("an account that cannot be read to its end is an error", async (scene) => {
  await scene.seed({ roles: named(3) });
  const second = { ...GAAD, where: (call: { parameters: object }) => "Marker" in call.parameters };
  scene.aws.proxy.onCall(failWith(second, "AccessDenied", 1));
  await assert.rejects(readAll(await scene.session(), 2), { name: "AccessDenied" });
  scene.aws.proxy.onCall(once(second, { kind: "truncate", how: "short" }));
  await assert.rejects(readAll(await scene.session(), 2));
});

const LEFT_OUT: [what: string, pattern: RegExp][] = [
  ["without its list of roles", /<RoleDetailList>.*<\/RoleDetailList>/s],
  ["without its list of policies", /<Policies>.*<\/Policies>|<Policies\s*\/>/s],
  ["with a role without its inline policies", /<RolePolicyList>.*?<\/RolePolicyList>/s],
  ["with a role without its ID", /<RoleId>[^<]*<\/RoleId>/],
  ["with a role without its trust", /<AssumeRolePolicyDocument>[^<]*<\/AssumeRolePolicyDocument>/],
  ["with a role without its age", /<CreateDate>[^<]*<\/CreateDate>/],
  ["with a policy without its document", /<PolicyDocument>[^<]*<\/PolicyDocument>/],
  ["with a role without its attached policies", /<AttachedManagedPolicies\s*\/>/],
];
for (const [what, pattern] of LEFT_OUT) {
  repoTest(`a page ${what} is an error`, async (scene) => {
    await scene.seed({ roles: [{ name: "app", inline: { main: allowing("s3:*") } }] });
    scene.aws.proxy.rewrite({
      appliesTo: ({ action }) => action === GAAD.action,
      rewrite: (xml) => xml.replace(pattern, ""),
    });
    await assert.rejects(readAll(await scene.session()), { name: "IncompleteAnswerError" });
  });
}

repoTest("a role is read with everything that IAM says of it, as the very text", async (scene) => {
  const inline = '{\n  "Version": "2012-10-17",\n  "Statement": {"Effect": "Allow", "Sid": "a",\n' +
    '  "Action": "s3:*", "Resource": "arn:aws:s3:::ü a+b%20c<&>/*"}}\n';
  const trust = JSON.stringify(trustOf("lambda.amazonaws.com"), null, 1);
  await scene.seed({
    roles: [{
      name: "app",
      path: "/team/shop/",
      ageDays: 200,
      trust,
      inline: { "main+1": inline },
      attached: ["shared"],
      boundary: "fence",
      instanceProfile: "app-profile",
      tags: { owner: "alice", ["__proto__"]: "x" },
      lastUsed: 5,
    }],
    managed: { shared: allowing("sqs:*"), fence: allowing("*"), lonely: allowing("sns:*") },
  });
  const { roles: [role], managed } = await readAll(await scene.session());
  assert.ok(role);
  const day = (ago: number) =>
    new Date(scene.aws.proxy.now() - ago * 86_400_000).toISOString().slice(0, 10);
  const { roleId, created, lastUsed, ...rest } = role;
  assert.match(roleId, /^AROA/);
  assert.deepEqual([created.slice(0, 10), lastUsed?.slice(0, 10)], [day(200), day(5)]);
  const policy = (name: string) => `arn:aws:iam::${scene.account}:policy/${name}`;
  assert.deepEqual(rest, {
    arn: scene.arn("team/shop/app"),
    name: "app",
    path: "/team/shop/",
    description: "",
    tags: Object.fromEntries([["owner", "alice"], ["__proto__", "x"]]),
    trust,
    boundary: policy("fence"),
    inline: { "main+1": inline },
    attached: [policy("shared")],
    instanceProfiles: ["app-profile"],
  });
  assert.deepEqual(
    managed.map(({ arn, attachments, boundaries, version, versions, document }) => ({
      arn,
      attachments,
      boundaries,
      version,
      versions: Object.keys(versions),
      document,
    })),
    [{
      arn: policy("shared"),
      attachments: 1,
      boundaries: 0,
      version: "v1",
      versions: ["v1"],
      document: JSON.stringify(allowing("sqs:*")),
    }],
  );
  assert.deepEqual(scene.asked(), ["GetAccountAuthorizationDetails"]);
});

repoTest("all pages are read, and no more than one is held", async (scene) => {
  const roles = named(7).map((role, index) =>
    index === 0 ? { ...role, attached: ["shared"] } : role
  );
  await scene.seed({ roles, managed: { shared: allowing("sqs:*") } });
  const read = await readAll(await scene.session(), 3);
  assert.deepEqual(read.sizes, [3, 3, 2]);
  assert.deepEqual(read.roles.map(({ name }) => name), named(7).map(({ name }) => name));
  assert.equal(read.managed.length, 1);
});

repoTest("an account without a role is read, and has none", async (scene) => {
  const { roles, sizes } = await readAll(await scene.session());
  assert.deepEqual([roles, sizes], [[], [0]]);
});

repoTest("a role that stands on two pages is one role", async (scene) => {
  await scene.seed({ roles: named(2) });
  const session = await scene.session();
  const { IAMClient, GetAccountAuthorizationDetailsCommand } = await import("@aws-sdk/client-iam");
  const question = new GetAccountAuthorizationDetailsCommand({});
  const page = await session.client(IAMClient, "us-east-1").send(question);
  const answers = [{ ...page, IsTruncated: true, Marker: "next" }, page];
  const client = { send: () => Promise.resolve(answers.shift()) };
  const shifting = { ...session, client: () => client } as unknown as Session;
  assert.equal((await readAll(shifting)).roles.length, 2);
});
