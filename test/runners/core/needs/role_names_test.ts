import assert from "assert";
import { policyDocument } from "../../../../runners/core/needs/policy.ts";
import { roleName, roleValues } from "../../../../runners/core/needs/role_names.ts";
import type { JobEntry } from "../../../../runners/core/program.ts";
import { JOBS } from "../../../../runners/jobs.ts";
import { repoSchema } from "../../../../runners/repo/config.ts";
import { repoNeeds } from "../../../../runners/repo/needs.ts";

type Named = Parameters<typeof roleName>[0];

const LISTED = repoNeeds(repoSchema.parse({
  filters: ["blocklist"],
  filterConfig: {
    blocklist: {
      blocklist_bucket: {
        bucket: "lists",
        key: "repo.json",
        account_number: "999999999999",
        assume_role: "ListReader",
      },
    },
  },
}));
const ALL = [...(JOBS as readonly JobEntry[]).map((job) => job.needs(undefined)), LISTED];

/** The roles that the home role of a job may assume, by its policy. */
function assumable(needs: typeof LISTED, organization: Named): readonly string[] {
  const { Statement } = policyDocument(needs.roles["home"]!, {
    ...roleValues(organization, needs),
    partition: "aws",
    notifyTopics: [],
  });
  return (Statement as { Action: string[]; Resource: string[] }[])
    .filter(({ Action }) => Action.includes("sts:AssumeRole"))
    .flatMap(({ Resource }) => Resource).sort();
}

const CASES: readonly (readonly [what: string, organization: Named])[] = [
  ["as they are proposed", { roles: null, namedRoles: {} }],
  ["by a pattern", { roles: "acme-{job}-{role}", namedRoles: {} }],
  ["with a name of its own and a path", {
    roles: "acme-{job}-{role}",
    namedRoles: {
      "audit-observe": "ops/Auditor",
      "repo-apply": "ops/Writer",
      "repo-blocklist": "L",
    },
  }],
];

for (const [what, organization] of CASES) {
  Deno.test(`the home role may assume exactly the roles of its job that are called ${what}`, () => {
    const { roles, ...named } = organization;
    const called = { ...named, roles: roles ?? "groundskeeper-{job}-{role}" };
    for (const needs of ALL) {
      const others = Object.keys(needs.roles).filter((role) => role !== "home");
      assert.deepEqual(
        assumable(needs, organization),
        others.map((role) => {
          const account = role === "blocklist" ? "999999999999" : "*";
          return `arn:aws:iam::${account}:role/${roleName(called, needs, role)}`;
        }).sort(),
      );
    }
  });
}

Deno.test("a role is called by its own name first, then by its job's settings, then by the pattern", () => {
  const pattern = "acme-{job}-{role}";
  const named = { "repo-blocklist": "L", "repo-apply": "ops/Writer" };
  assert.equal(roleName({ roles: pattern, namedRoles: named }, LISTED, "blocklist"), "L");
  assert.equal(roleName({ roles: pattern, namedRoles: {} }, LISTED, "blocklist"), "ListReader");
  assert.equal(roleName({ roles: pattern, namedRoles: named }, LISTED, "apply"), "ops/Writer");
  assert.equal(roleName({ roles: pattern, namedRoles: {} }, LISTED, "apply"), "acme-repo-apply");
  assert.equal(roleName({ roles: null, namedRoles: {} }, LISTED, "apply"), null);
});
