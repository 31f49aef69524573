import assert from "assert";
import { ConfigError, UsageError } from "../../../../runners/core/errors.ts";
import {
  type Evidence,
  type ObservedRole,
  planRole,
  type PlanRoleOptions,
} from "../../../../runners/repo/mod.ts";
import { NO_EXTENSIONS } from "../../../../runners/repo/extensions.ts";
import { allowing } from "../../../aws/seed_roles.ts";

const NOW = new Date("2026-11-21T07:00:00.000Z");

const evidence: Evidence = {
  source: "iam",
  level: "service",
  completedAt: "2026-11-21T06:59:00.000Z",
  services: {
    s3: { lastUsed: "2026-11-20T00:00:00.000Z", region: "us-east-1", actions: null },
    sqs: { lastUsed: null, region: null, actions: null },
  },
};

function role(part: Partial<ObservedRole> = {}): ObservedRole {
  return {
    roleId: "AROAAPP",
    arn: "arn:aws-us-gov:iam::111111111111:role/team/app",
    name: "app",
    path: "/team/",
    created: "2024-01-01T00:00:00.000Z",
    lastUsed: "2026-11-20T00:00:00.000Z",
    description: "",
    tags: {},
    trust: "{}",
    boundary: null,
    inline: { app: JSON.stringify(allowing("s3:Get*", "sqs:*")) },
    attached: [],
    instanceProfiles: [],
    evidence,
    ...part,
  };
}

const planned = (part: Partial<ObservedRole> = {}, how: Partial<PlanRoleOptions> = {}) =>
  planRole(role(part), { now: NOW, repo: { trustFirstScan: true }, ...how });

const reasons = (made: ReturnType<typeof planRole>) => made.spared.map(({ reason }) => reason);

Deno.test("settings that are wrong are told by their paths", () => {
  assert.throws(
    () => planned({}, { repo: { usageWindow: "500d" } }),
    (error: ConfigError) => error.problems[0]!.startsWith("repo.usageWindow must be at most"),
  );
  assert.throws(
    () => planned({}, { repo: { usagewindow: "1d" } as object }),
    (error: ConfigError) => error.problems[0]!.includes("repo.usageWindow"),
  );
});

Deno.test("filters that are configured and not handed in are not left out", () => {
  assert.throws(() => planned({}, { repo: { filters: ["lambda"] } }), UsageError);
  const filtered = planned({}, {
    repo: { filters: ["lambda"] },
    extensions: {
      ...NO_EXTENSIONS,
      filters: [{ name: "lambda", judge: () => "because" } as never],
    },
  });
  assert.ok(filtered);
});

Deno.test("a role without evidence keeps everything, and says why", () => {
  const made = planned({ evidence: { reason: "report-incomplete", detail: "a page is missing" } });
  assert.equal(made.change, null);
  assert.ok(made.spared.length > 0);
});

Deno.test("what was never seen before is new, and stays", () => {
  const made = planned({}, { repo: {} });
  assert.deepEqual([made.change, made.entry.removable], [null, 0]);
});

Deno.test("a role that is protected is left alone with its reason", () => {
  const made = planned({
    arn: "arn:aws:iam::111111111111:role/aws-service-role/x/app",
    path: "/aws-service-role/x/",
  });
  assert.equal(made.change, null);
  assert.ok(reasons(made).includes("service-linked"));
});

Deno.test("an unused service goes, and the answer says how", () => {
  const { change, entry, spared } = planned();
  assert.equal(change?.account, "111111111111");
  assert.deepEqual(entry.loses.map(({ service }) => service), ["sqs"]);
  assert.deepEqual(JSON.parse(entry.edits[0]!.after!).Statement[0].Action, ["s3:Get*"]);
  assert.deepEqual(spared, []);
});

Deno.test("what is named goes whatever its use", () => {
  const { change } = planned({}, { remove: ["s3:GETobject"] });
  assert.deepEqual(change?.after["removed"], ["s3:GetObject"]);
});

for (const remove of [["*:*"], ["s3"], ["s3:Get Object"]]) {
  Deno.test(`a program cannot have ${remove} removed: it is no action of one service`, () => {
    assert.throws(() => planRole(role(), { now: NOW, remove }), /is no action: it/);
  });
}

Deno.test("a program can have actions denied, and only those that it names", () => {
  const { change } = planRole(role(), { now: NOW, remove: ["S3:getobjectacl"], deny: true });
  const { policies } = change!.after as { policies: Record<string, string> };
  assert.equal(policies["app"], role().inline["app"]);
  assert.match(policies["groundskeeper-deny"]!, /"s3:GetObjectAcl"/);
  assert.throws(() => planRole(role(), { now: NOW, deny: true }), /deny goes with remove/);
});
