/** What a new user of `repo` sees first: the demo's roles, and a store that is not there yet. */

import assert from "assert";
import "../aws/start_shared.ts";
import { seedDemoRoles } from "../aws/demo_roles.ts";
import { freshAccounts } from "../aws/fresh_accounts.ts";
import { connectLocalAws } from "../aws/local_aws.ts";
import { isWrite } from "../aws/is_write.ts";
import { groundskeeper } from "./command.ts";
import { AS_TEXT } from "../snapshots.ts";

/** Any day will do, and always the same. */
const NOON = new Date("2027-06-01T12:00:00Z");

Deno.test("the first plan of two accounts from nothing reads well at 100 columns", async (t) => {
  await using aws = await connectLocalAws();
  const aheadMs = NOON.getTime() - Date.now();
  aws.proxy.setClock(aheadMs);
  // In this order: plans are sorted by ARN.
  const [prod, data] = freshAccounts(2).sort() as [string, string];
  const accounts = [{ id: prod, name: "prod" }, { id: data, name: "data" }];
  await seedDemoRoles(aws.proxy, accounts);
  const directory = await Deno.makeTempDir({ prefix: "groundskeeper-e2e-" });
  await Deno.writeTextFile(
    `${directory}/groundskeeper.json`,
    JSON.stringify({ version: 1, organization: { accounts, roles: "groundskeeper-{job}-{role}" } }),
  );
  aws.proxy.clearCalls();
  try {
    const { code, stdout } = await groundskeeper(["repo", "plan"], {
      directory,
      env: {
        ...aws.environment,
        COLUMNS: "100",
        GROUNDSKEEPER_TEST_WAIT_DIVISOR: "1000",
        GROUNDSKEEPER_TEST_CLOCK_AHEAD_MS: String(aheadMs),
      },
    });
    assert.equal(code, 0);
    assert.deepEqual(stdout.split("\n").filter((line) => line.length > 100), []);
    assert.deepEqual(aws.proxy.calls.filter(isWrite), []);
    assert.deepEqual([...Deno.readDirSync(directory)].map(({ name }) => name), [
      "groundskeeper.json",
    ]);
    await t.assertSnapshot(stdout, AS_TEXT);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
