import assert from "assert";
import { checkConfig } from "../../runners/core/config/config.ts";
import { ownRoleNames } from "../../runners/core/needs/role_names.ts";
import { JOBS } from "../../runners/jobs.ts";
import { ownRolesOf } from "../../runners/shell/run_job.ts";
import { roleOfCaller } from "../../runners/repo/open_run.ts";
import { ineligibleFor } from "../../runners/repo/decide/eligibility.ts";
import { anAccount, aRole, NOW, settings } from "./repo/decide/deciding.ts";

const namesOf = (part: Record<string, unknown>) => {
  const mail = { smtp: { host: "localhost" }, from: "a@example.com", fallback: "b@example.com" };
  const content = { version: 1, organization: part, reports: { mail } };
  return ownRolesOf(JOBS, checkConfig(JOBS, content, "", NOW));
};

Deno.test("roles by a pattern of one's own are our own, for every job and for the reports", () => {
  const names = namesOf({ roles: "acme-{job}-{role}" });
  for (
    const name of [
      "acme-repo-apply",
      "acme-repo-observe",
      "acme-audit-observe",
      "acme-audit-home-report",
      "acme-repo-home-refresh",
      "acme-reports-home-digest",
    ]
  ) {
    assert.ok(names.includes(name), `${name} in ${names}`);
  }
  assert.deepEqual(names.filter((name) => /[{}*]/.test(name)), []);
});

Deno.test("one role for everything is our own", () => {
  assert.deepEqual(namesOf({ roles: "OrgCleaner" }), ["OrgCleaner"]);
});

Deno.test("the home role and roles with names of one's own are ours, whatever their path", () => {
  const names = namesOf({
    homeRole: "arn:aws-us-gov:iam::111111111111:role/ops/cleaner-home",
    namedRoles: { "repo-apply": "ops/writer" },
  });
  assert.deepEqual(names, ["cleaner-home", "writer"]);
});

Deno.test("the role that deploys all others is our own", () => {
  const hub = { account: "111111111111", region: "us-east-1" };
  const content = {
    version: 1,
    organization: { roles: "OrgCleaner" },
    infra: { hub, deployRole: "ci/Deployer" },
  };
  const config = checkConfig(JOBS, content, "", NOW);
  assert.deepEqual(ownRoleNames(config, []), ["Deployer"]);
});

Deno.test("the caller's role is read from what STS says; users and root users have none", () => {
  assert.equal(
    roleOfCaller("arn:aws-cn:sts::111111111111:assumed-role/task-role/i-0"),
    "task-role",
  );
  assert.equal(roleOfCaller("arn:aws:iam::111111111111:root"), null);
  assert.equal(roleOfCaller("arn:aws:iam::111111111111:user/alice"), null);
});

Deno.test("none of our own roles is eligible, in any case and under any path", () => {
  const ownRoles = namesOf({ roles: "acme-{job}-{role}" });
  const facts = {
    config: settings(),
    earlier: { optOuts: new Map() },
    filters: [],
    ownRoles,
    now: NOW,
  };
  for (const path of ["/", "/ops/"]) {
    const role = aRole({ name: "ACME-repo-apply", path });
    assert.deepEqual(
      ineligibleFor(role, anAccount(), facts).map(({ reason }) => reason),
      ["groundskeeper"],
    );
  }
});
