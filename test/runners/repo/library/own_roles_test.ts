import assert from "assert";
import { ownRolesOf } from "../../../../runners/repo/library/library.ts";
import { settings } from "../decide/deciding.ts";

const NONE = { roles: null, namedRoles: {}, homeRole: null };

Deno.test("our own roles are known by every way to name them, whatever their path", () => {
  assert.deepEqual(ownRolesOf(NONE, settings()), []);
  assert.deepEqual(
    ownRolesOf({
      roles: "OurTeam-{role}",
      namedRoles: { "repo-apply": "path/to/Shrinker" },
      homeRole: "arn:aws:iam::111111111111:role/ops/Task",
    }, settings()),
    ["OurTeam-apply", "OurTeam-canary", "OurTeam-home", "OurTeam-observe", "Shrinker", "Task"],
  );
});

Deno.test("the role that reads the blocklist is our own, with and without an account", () => {
  for (const account of [{}, { account_number: "999999999999" }]) {
    const blocklist_bucket = { bucket: "lists", key: "repo.json", assume_role: "L", ...account };
    const filterConfig = { blocklist: { blocklist_bucket } };
    assert.deepEqual(ownRolesOf(NONE, settings({ filters: ["blocklist"], filterConfig })), ["L"]);
  }
});

Deno.test("of a pattern for all jobs those of other jobs are known, too", () => {
  const names = ownRolesOf({ ...NONE, roles: "acme-{job}-{role}" }, settings());
  assert.deepEqual(names, ["ami", "audit", "dirty", "repo", "salt"].map((job) => `acme-${job}-*`));
});
