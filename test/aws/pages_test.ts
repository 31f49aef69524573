import assert from "assert";
import { CreateUserCommand, IAMClient, paginateListUsers } from "@aws-sdk/client-iam";
import {
  CreateAccountCommand,
  CreateOrganizationCommand,
  OrganizationsClient,
  paginateListAccounts,
} from "@aws-sdk/client-organizations";

import { freshAccounts } from "./fresh_accounts.ts";
import { connectLocalAws } from "./local_aws.ts";
import { clientConfig } from "./seed.ts";
import "./start_shared.ts";

// The pages of DescribeInstances and DescribeTags are in instances_test.ts.

Deno.test("ListUsers in small pages gives every user once", async () => {
  await using aws = await connectLocalAws();
  const [account = ""] = freshAccounts(1);
  const client = new IAMClient(clientConfig(aws.endpoint, account));
  const names = ["alice", "bob", "carol", "dave", "erin"];
  for (const UserName of names) await client.send(new CreateUserCommand({ UserName }));
  aws.proxy.page({ match: { action: "iam:ListUsers" }, size: 2 });
  const pages: string[][] = [];
  for await (const { Users = [] } of paginateListUsers({ client }, {})) {
    pages.push(Users.map(({ UserName = "" }) => UserName));
  }
  client.destroy();
  assert.deepEqual(pages.map(({ length }) => length), [2, 2, 1]);
  assert.deepEqual(pages.flat().sort(), names);
});

Deno.test("ListAccounts in small pages gives every account once", async () => {
  await using aws = await connectLocalAws();
  const [management = ""] = freshAccounts(1);
  const client = new OrganizationsClient(clientConfig(aws.endpoint, management));
  await client.send(new CreateOrganizationCommand({ FeatureSet: "ALL" }));
  for (const AccountName of ["prod", "data", "sandbox"]) {
    const Email = `${AccountName}@example.com`;
    await client.send(new CreateAccountCommand({ AccountName, Email }));
  }
  aws.proxy.page({ match: { action: "organizations:ListAccounts" }, size: 2 });
  const pages: string[][] = [];
  for await (const { Accounts = [] } of paginateListAccounts({ client }, {})) {
    pages.push(Accounts.map(({ Name = "" }) => Name));
  }
  client.destroy();
  assert.deepEqual(pages.map(({ length }) => length), [2, 2]);
  assert.deepEqual(pages.flat().sort(), ["data", "master", "prod", "sandbox"]);
});

Deno.test("a page needs a whole size of at least one", async () => {
  await using aws = await connectLocalAws();
  assert.throws(() => aws.proxy.page({ match: {}, size: 0 }), TypeError);
  assert.throws(() => aws.proxy.page({ match: {}, size: 1.5 }), TypeError);
});
