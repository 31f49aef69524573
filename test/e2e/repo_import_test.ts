import assert from "assert";
import {
  type AttributeValue,
  CreateTableCommand,
  DynamoDBClient,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import { GetRoleCommand } from "@aws-sdk/client-iam";
import "../aws/start_shared_both.ts";
import type { PlanDocument } from "../../runners/core/plan/document.ts";
import { clientConfig } from "../aws/seed.ts";
import { inProcess } from "./in_process.ts";
import { halfUsedRoles, planned, repoWorld, spared } from "./repo_world.ts";

/** The account of the credentials that the program starts with. */
const HOME = "123456789012";
/** 1 January 2100: the program's clock is the machine's. */
const LATER = 4_102_444_800;

/** A table with these items, in the home account. */
async function tableWith(
  endpoint: string,
  key: string,
  items: readonly Record<string, AttributeValue>[],
): Promise<string> {
  const TableName = `repokid_roles_${crypto.randomUUID().slice(0, 8)}`;
  const dynamodb = new DynamoDBClient(clientConfig(endpoint, HOME));
  await dynamodb.send(
    new CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: key, AttributeType: "S" }],
      KeySchema: [{ AttributeName: key, KeyType: "HASH" }],
    }),
  );
  for (const Item of items) await dynamodb.send(new PutItemCommand({ TableName, Item }));
  dynamodb.destroy();
  return TableName;
}

Deno.test({
  name: "an owner's will in Repokid's table holds after the import, and what cannot hold is listed",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    await using world = await repoWorld({
      roles: halfUsedRoles(2),
      proxy: { services: { ministack: true } },
    });
    const { endpoint } = world.aws;
    const roleId = await world.byHand(async (iam) =>
      (await iam.send(new GetRoleCommand({ RoleName: "app-0" }))).Role!.RoleId!
    );
    const table = await tableWith(endpoint, "RoleId", [{
      RoleId: { S: roleId },
      RoleName: { S: "app-0" },
      Account: { S: world.accounts[0]! },
      Arn: { S: world.arn("app-0") },
      Active: { BOOL: true },
      OptOut: {
        M: { owner: { S: "bob" }, reason: { S: "quarterly" }, expire: { N: `${LATER}` } },
      },
      NoRepoPermissions: { M: { "s3:PutObject": { N: `${LATER}` } } },
      RepoScheduled: { N: `${LATER}` },
      ScheduledPerms: { L: [{ S: "sqs" }] },
    }]);
    const other = await tableWith(endpoint, "id", [{ id: { S: "a" } }]);
    await inProcess(world, async (run) => {
      assert.equal((await run("repo refresh")).code, 0);
      const { code, stdout } = await run(`repo import-table ${table}`);
      assert.equal(code, 3);
      assert.match(
        stdout,
        /^Imported 0 versions of 1 of 1 role, and 1 opt-out, from repokid_roles_/,
      );
      const role = `${world.accounts[0]}/app-0`;
      assert.match(stdout, /s3:PutObject until 2100-01-01/);
      assert.ok(stdout.includes(`groundskeeper repo schedule --role ${role}\n`), stdout);
      const plan = JSON.parse((await run("repo plan --json")).stdout) as PlanDocument;
      assert.deepEqual(planned(plan), ["app-1"]);
      assert.deepEqual(spared(plan)["app-0"], ["opted-out"]);

      const mistyped = await run("repo import-table repokid_rolse");
      assert.equal(mistyped.code, 2);
      assert.match(mistyped.stderr, /there is no such table in this account and Region/);
      assert.equal((await run(`repo import-table ${table} --table-region eu-west-3`)).code, 2);
      const region = await run(`repo import-table ${table} --table-region Paris`);
      assert.deepEqual([region.code, /must be a region name such as/.test(region.stderr)], [
        2,
        true,
      ]);
      const stranger = await run(`repo import-table ${other}`);
      assert.equal(stranger.code, 2);
      assert.match(stranger.stderr, /none of its first 1 item has the attribute RoleId/);

      const path = `${world.directory}/repokid.json`;
      const config = { filter_config: { AgeFilter: { minimum_age: 500 } } };
      await Deno.writeTextFile(path, JSON.stringify(config));
      const imported = await run("repo import-config repokid.json --json");
      assert.equal(imported.code, 3);
      const written = JSON.stringify(JSON.parse(imported.stdout).config);
      await Deno.writeTextFile(`${world.directory}/imported.json`, written);
      assert.equal((await run("config check --config imported.json")).code, 0);
    });
  },
});
