import assert from "assert";

import { demoWorld, vendorImageId } from "./demo_world.ts";
import { freshAccounts } from "./fresh_accounts.ts";
import type { InstanceGroup, WorldAccount } from "./world.ts";

const groupsOf = (account: WorldAccount | undefined) =>
  Object.values(account?.regions ?? {}).flat();
const count = (groups: readonly InstanceGroup[]) =>
  groups.reduce((sum, group) => sum + (group.count ?? 1), 0);

const required = ["owner", "project", "department"];

/** A violator of the demo's scheme whose hour of grace is over. */
function violates(account: WorldAccount, group: InstanceGroup): boolean {
  const { tags = {}, ageMinutes = 0 } = group;
  const owner = tags["owner"];
  return ageMinutes > 60 &&
    (required.some((key) => !tags[key]) || !(account.users ?? []).includes(owner ?? ""));
}

Deno.test("the demo has 300 instances, and the story that its comment tells", () => {
  const [prod, data, sandbox] = demoWorld.accounts;
  assert.ok(prod && data && sandbox);
  assert.equal(demoWorld.accounts.reduce((sum, a) => sum + count(groupsOf(a)), 0), 300);
  const violators = (account: WorldAccount) =>
    count(groupsOf(account).filter((group) => violates(account, group)));
  assert.equal(violators(data), 8);
  const share = violators(sandbox) / count(groupsOf(sandbox));
  assert.ok(share > 0.35 && share < 0.45, `${share}`);
  const prodViolators = groupsOf(prod).filter((group) => violates(prod, group));
  assert.deepEqual(prodViolators.map(({ name }) => name), [
    "web-fleet",
    "render-spot",
    "vendor-firewall",
  ]);
  assert.equal(prodViolators[2]?.imageId, vendorImageId);
});

Deno.test("group names are unique in their account and region", () => {
  for (const { id, regions } of demoWorld.accounts) {
    for (const [region, groups] of Object.entries(regions)) {
      const names = groups.map(({ name }) => name);
      assert.equal(new Set(names).size, names.length, `${id} ${region}`);
    }
  }
});

Deno.test("fresh accounts are twelve digits and never the same", () => {
  const accounts = [...freshAccounts(500), ...freshAccounts(500)];
  assert.ok(accounts.every((account) => /^[1-9]\d{11}$/.test(account)));
  assert.equal(new Set(accounts).size, 1000);
});
