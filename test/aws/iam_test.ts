import assert from "assert";
import { AccessAnalyzerClient, CheckNoNewAccessCommand } from "@aws-sdk/client-accessanalyzer";
import {
  DeleteRolePolicyCommand,
  GetAccountAuthorizationDetailsCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListRolePoliciesCommand,
  ListRolesCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";

import { freshAccounts } from "./fresh_accounts.ts";
import { connectLocalAws } from "./local_aws.ts";
import { clientConfig } from "./seed.ts";
import { allowing, type SeedRole, seedRoles } from "./seed_roles.ts";
import "./start_shared.ts";

const DAY_MS = 86_400_000;

/** An account with roles, and a client without retries. */
async function scene(roles: readonly SeedRole[], managed: Record<string, object> = {}) {
  const aws = await connectLocalAws();
  const [account = ""] = freshAccounts(1);
  await seedRoles(aws.proxy, account, { roles, managed });
  const config = { ...clientConfig(aws.endpoint, account), maxAttempts: 1 };
  const iam = new IAMClient(config);
  return {
    aws,
    account,
    config,
    iam,
    async [Symbol.asyncDispose]() {
      iam.destroy();
      await aws[Symbol.asyncDispose]();
    },
  };
}

const named = (count: number): SeedRole[] =>
  Array.from({ length: count }, (_, index) => ({ name: `role-${index}` }));

Deno.test("a role is as old as it was seeded, wherever it is asked for", async () => {
  await using at = await scene([
    { name: "app", ageDays: 200, instanceProfile: "app", uses: { s3: 3 } },
    { name: "new", ageDays: 0, lastUsed: null },
  ]);
  const { Role } = await at.iam.send(new GetRoleCommand({ RoleName: "app" }));
  const { Roles = [] } = await at.iam.send(new ListRolesCommand({}));
  const { RoleDetailList = [] } = await at.iam.send(
    new GetAccountAuthorizationDetailsCommand({ Filter: ["Role"] }),
  );
  const ageOf = (created: Date | undefined) =>
    Math.round((Date.now() - created!.getTime()) / DAY_MS);
  assert.equal(ageOf(Role?.CreateDate), 200);
  for (const list of [Roles, RoleDetailList]) {
    const ages = list.map((role) => [role.RoleName, ageOf(role.CreateDate)]);
    assert.deepEqual(Object.fromEntries(ages), { app: 200, new: 0 });
  }
  assert.equal(ageOf(Role?.RoleLastUsed?.LastUsedDate), 3);
  assert.deepEqual(
    RoleDetailList.filter(({ RoleLastUsed }) => RoleLastUsed?.LastUsedDate).map((role) =>
      role.RoleName
    ),
    ["app"],
  );
});

Deno.test("documents come percent-encoded from every action, and decode to the very text", async () => {
  const text =
    '{\n "Version": "2012-10-17",\n "Statement": {"Effect": "Allow", "Action": "s3:*",\n' +
    ' "Resource": "arn:aws:s3:::a b+c%20é&<>!\'()*/*"}}';
  await using at = await scene([{ name: "app", inline: { "a+b@c": text } }]);
  const { PolicyDocument = "" } = await at.iam.send(
    new GetRolePolicyCommand({ RoleName: "app", PolicyName: "a+b@c" }),
  );
  const { RoleDetailList: [role] = [] } = await at.iam.send(
    new GetAccountAuthorizationDetailsCommand({ Filter: ["Role"] }),
  );
  const listed = role?.RolePolicyList?.[0]?.PolicyDocument ?? "";
  assert.ok(!PolicyDocument.includes("{") && !listed.includes("{"));
  assert.equal(decodeURIComponent(PolicyDocument), text);
  assert.equal(decodeURIComponent(listed), text);
  assert.equal(role?.AssumeRolePolicyDocument?.slice(0, 3), "%7B");
});

Deno.test("authorization details come in pages over all lists, as many as were asked for", async () => {
  await using at = await scene(
    named(5).map((role, index) => index === 4 ? { ...role, attached: ["shared"] } : role),
    { shared: allowing("sqs:*") },
  );
  const pages: [roles: number, policies: number, truncated: boolean | undefined][] = [];
  let Marker: string | undefined;
  do {
    const page = await at.iam.send(
      new GetAccountAuthorizationDetailsCommand({
        Filter: ["Role", "LocalManagedPolicy"],
        MaxItems: 2,
        Marker,
      }),
    );
    pages.push([page.RoleDetailList!.length, page.Policies!.length, page.IsTruncated]);
    Marker = page.Marker;
  } while (Marker !== undefined);
  assert.deepEqual(pages, [[2, 0, true], [2, 0, true], [1, 1, false]]);
});

Deno.test("without a wish a page of authorization details has a hundred entries", async () => {
  await using at = await scene(named(101));
  const page = await at.iam.send(new GetAccountAuthorizationDetailsCommand({ Filter: ["Role"] }));
  assert.deepEqual([page.RoleDetailList?.length, page.IsTruncated], [100, true]);
  at.aws.proxy.page({ match: { action: "iam:GetAccountAuthorizationDetails" }, size: 7 });
  const small = await at.iam.send(new GetAccountAuthorizationDetailsCommand({ MaxItems: 1000 }));
  assert.equal(small.RoleDetailList?.length, 7);
});

Deno.test("inline policies have 10,240 characters together, white space aside", async () => {
  const sized = (size: number, blanks = 0) => {
    const text = JSON.stringify(allowing(`s3:${"a".repeat(100)}`));
    const more = "a".repeat(size - text.length);
    return text.replace("aaaa", `aaaa${more}`) + " ".repeat(blanks);
  };
  await using at = await scene([{ name: "app", inline: { first: sized(4_000) } }]);
  const put = (PolicyName: string, PolicyDocument: string) =>
    at.iam.send(new PutRolePolicyCommand({ RoleName: "app", PolicyName, PolicyDocument }));
  await put("second", sized(6_240, 500));
  await assert.rejects(put("second", sized(6_241)), {
    name: "LimitExceededException",
    message: "Maximum policy size of 10240 bytes exceeded for role app",
  });
  await put("first", sized(4_000, 9_000));
});

Deno.test("what was written is read so many times later", async () => {
  const before = JSON.stringify(allowing("s3:*", "sqs:*"));
  const after = JSON.stringify(allowing("s3:*"));
  await using at = await scene([{ name: "app", inline: { main: before } }, { name: "other" }]);
  at.aws.proxy.staleReads({ account: at.account }, 2);
  const read = async () =>
    decodeURIComponent(
      (await at.iam.send(new GetRolePolicyCommand({ RoleName: "app", PolicyName: "main" })))
        .PolicyDocument!,
    );
  const list = async () =>
    (await at.iam.send(new ListRolePoliciesCommand({ RoleName: "app" }))).PolicyNames;
  await at.iam.send(
    new PutRolePolicyCommand({ RoleName: "app", PolicyName: "main", PolicyDocument: after }),
  );
  assert.deepEqual([await read(), await read(), await read()], [before, before, after]);

  await at.iam.send(new DeleteRolePolicyCommand({ RoleName: "app", PolicyName: "main" }));
  assert.deepEqual([await list(), await list(), await list()], [["main"], ["main"], []]);
  assert.deepEqual([await read(), await read()], [after, after]);
  await assert.rejects(read(), { name: "NoSuchEntityException" });
});

Deno.test("Access Analyzer passes what is within the old policy, and says what it is told", async () => {
  await using at = await scene([]);
  const client = new AccessAnalyzerClient(at.config);
  const check = async (existing: object, updated: object) =>
    (await client.send(
      new CheckNoNewAccessCommand({
        existingPolicyDocument: JSON.stringify(existing),
        newPolicyDocument: JSON.stringify(updated),
        policyType: "IDENTITY_POLICY",
      }),
    )).result;
  const but = (...NotAction: string[]) => ({
    Statement: { Effect: "Allow", NotAction, Resource: "*" },
  });
  const cases: [object, object, string][] = [
    [allowing("s3:*", "sqs:*"), allowing("s3:GetObject"), "PASS"],
    [allowing("s3:Get*"), allowing("s3:GetObject*", "S3:getbucket?"), "PASS"],
    [allowing("s3:Get*"), allowing("s3:*"), "FAIL"],
    [allowing("s3:Get?"), allowing("s3:Get*"), "FAIL"],
    [allowing("*"), but("iam:*"), "PASS"],
    [but("iam:*"), but("iam:*", "sqs:*"), "PASS"],
    [but("iam:*", "sqs:*"), but("iam:*"), "FAIL"],
    [but("iam:*"), allowing("s3:*"), "PASS"],
    [but("iam:*"), allowing("iam:PassRole"), "FAIL"],
  ];
  for (const [existing, updated, result] of cases) {
    assert.equal(await check(existing, updated), result, JSON.stringify([existing, updated]));
  }
  at.aws.proxy.accessAnalyzer.answerWith(({ account }) => account === at.account ? "FAIL" : "PASS");
  assert.equal(await check(allowing("s3:*"), allowing("s3:*")), "FAIL");
  client.destroy();
});
