import assert from "assert";
import { organizationSchema } from "../../../../runners/core/config/organization.ts";
import { ourAccounts } from "../../../../runners/core/aws/our_accounts.ts";
import { ManualClock } from "../manual_clock.ts";
import { identity, open, ROLES } from "./open_sessions.ts";
import { withAws } from "./scripted_aws.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const [OURS, NEW] = ["222222222222", "333333333333"] as const;

Deno.test({
  name: "if the accounts cannot be listed again, the old list serves for a minute each time",
  sanitizeResources: false,
  sanitizeOps: false,
  async fn() {
    const clock = new ManualClock();
    let [ids, fails]: [readonly string[], boolean] = [[OURS], false];
    await withAws(({ action }) => {
      if (action === "GetCallerIdentity") return identity;
      if (fails) return { status: 400, code: "AccessDeniedException" };
      return { Accounts: ids.map((Id) => ({ Id, Name: Id, State: "ACTIVE", JoinedTimestamp: 1 })) };
    }, async (asked) => {
      const config = { accounts: "organizations", ...ROLES };
      const isOurs = ourAccounts(open(config, { clock }), organizationSchema.parse(config), clock);
      const listed = () => asked.filter(({ action }) => action === "ListAccounts").length;

      assert.deepEqual([await isOurs(OURS), await isOurs(NEW), listed()], [true, false, 1]);
      await clock.advance(HOUR_MS);
      fails = true;
      for (let message = 0; message < 5; message++) assert.equal(await isOurs(OURS), true);
      assert.equal(listed(), 2);
      // It may be a new account: that it is not in the old list says nothing.
      for (let message = 0; message < 5; message++) await assert.rejects(isOurs(NEW));
      assert.equal(listed(), 2);
      await clock.advance(MINUTE_MS);
      assert.deepEqual([await isOurs(OURS), await isOurs(OURS), listed()], [true, true, 3]);
      await clock.advance(MINUTE_MS);
      [ids, fails] = [[OURS, NEW], false];
      assert.deepEqual([await isOurs(NEW), await isOurs(OURS), listed()], [true, true, 4]);
    });
  },
});

Deno.test({
  name: "without a list, each question lists the accounts",
  sanitizeResources: false,
  sanitizeOps: false,
  async fn() {
    const clock = new ManualClock();
    let fails = true;
    await withAws(({ action }) => {
      if (action === "GetCallerIdentity") return identity;
      return fails
        ? { status: 400, code: "AccessDeniedException" }
        : { Accounts: [{ Id: OURS, Name: OURS, State: "ACTIVE", JoinedTimestamp: 1 }] };
    }, async () => {
      const config = { accounts: "organizations", ...ROLES };
      const isOurs = ourAccounts(open(config, { clock }), organizationSchema.parse(config), clock);
      await assert.rejects(isOurs(OURS));
      fails = false;
      assert.equal(await isOurs(OURS), true);
    });
  },
});
