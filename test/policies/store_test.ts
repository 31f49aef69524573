import assert from "assert";
import { storeSchema } from "../../runners/core/config/organization.ts";
import { type RoleNeed, type RowNeeds, withHome } from "../../runners/core/needs/needs.ts";
import { policyDocument } from "../../runners/core/needs/policy.ts";
import { storePermissions, withStore } from "../../runners/core/needs/store.ts";
import { SCENES } from "../jobs/scene.ts";
import { isAllowed, type Policy } from "./evaluate.ts";

const STORE = storeSchema.parse({ kind: "dynamodb", region: "eu-central-1" });
const READS = ["dynamodb:GetItem", "dynamodb:Query"];
const WRITES = ["PutItem", "DeleteItem", "ConditionCheckItem", "BatchWriteItem"]
  .map((action) => `dynamodb:${action}`);
const TABLE = "arn:aws-cn:dynamodb:eu-central-1:999999999999:table/groundskeeper";

const policyOf = ({ permissions }: Pick<RoleNeed, "permissions">): Policy =>
  policyDocument(
    { purpose: "tests", kind: "home", permissions },
    { partition: "aws-cn", notifyTopics: [] },
  ) as unknown as Policy;

const partitions = (...keys: string[]) => ({ "dynamodb:LeadingKeys": keys });

const ABOUT = ["dynamodb:DescribeTable", "dynamodb:DescribeTimeToLive"];

for (const [job, { needs }] of SCENES) {
  Deno.test(`only the home role of ${job} reaches the table, and only if the store is one`, () => {
    const { roles, ...others } = withStore(needs, STORE);
    const { home, ...accounts } = roles;
    const { home: without, ...same } = needs.roles;
    assert.deepEqual([accounts, others.runs], [same, needs.runs]);
    assert.deepEqual(home.permissions.slice(0, without.permissions.length), without.permissions);
    assert.equal(withStore(needs, storeSchema.parse({})), needs);
  });
}

for (const [job, { needs }] of SCENES) {
  Deno.test(`a run of ${job} that leaves no trace can only read the table`, () => {
    const { home } = withStore(needs, STORE, "read").roles;
    const actions = home.permissions.map(({ action }) => action)
      .filter((action) => action.startsWith("dynamodb:") && action !== "dynamodb:Scan");
    assert.deepEqual(actions, [...ABOUT, ...READS]);
  });
}

const CASES: readonly (readonly [what: string, rows: RowNeeds, actions: readonly string[]])[] = [
  ["only reads", { reads: ["a/run"], writes: [] }, [...ABOUT, ...READS]],
  ["writes", { reads: [], writes: ["a/run"] }, [...ABOUT, ...WRITES]],
  [
    "reads and writes",
    { reads: ["a/run"], writes: ["a/mark"] },
    [...ABOUT, ...READS, ...WRITES],
  ],
  ["works without the store", { reads: [], writes: [] }, []],
];

for (const [what, rows, actions] of CASES) {
  Deno.test(`a kind of run that ${what} has no more of the table than it needs`, () => {
    assert.equal(STORE.kind, "dynamodb");
    const permissions = STORE.kind === "dynamodb" ? storePermissions(STORE, rows) : [];
    assert.deepEqual(permissions.map(({ action }) => action), actions);
  });
}

Deno.test("the home role of a kind of run reads and writes the kinds of rows of its run alone", () => {
  const run = { verbs: [], roles: [], starts: "by hand" } as const;
  const needs = withHome({
    job: "a",
    unitsFor: "",
    roles: {},
    runs: {
      list: { ...run, rows: { reads: ["a/role"], writes: [] } },
      report: { ...run, rows: { reads: ["a/role"], writes: ["a/run"] } },
    },
  });
  const { homes } = withStore(needs, STORE);
  const may = (kind: string, action: string, ...keys: string[]) =>
    isAllowed(policyOf(homes[kind]!), { action, resource: TABLE, context: partitions(...keys) });
  const read = ["a/role", "a/role#111111111111"];
  const written = ["a/run", "a/run#2026-11"];
  for (const kind of ["list", "report"]) {
    for (const action of READS) {
      assert.ok(may(kind, action, ...read), action);
      for (const key of [...written, "a/role-name", "a/roles"]) {
        assert.ok(!may(kind, action, key), `${action} of ${key}`);
      }
    }
    for (const action of WRITES) {
      assert.equal(may(kind, action, ...written), kind === "report", action);
      for (const key of [...read, "a/running"]) assert.ok(!may(kind, action, key), key);
    }
  }
});
