import assert from "assert";
import { storeSchema } from "../../runners/core/config/organization.ts";
import type { RowNeeds } from "../../runners/core/needs/needs.ts";
import { storePermissions, withStore } from "../../runners/core/needs/store.ts";
import { SCENES } from "../jobs/scene.ts";

const STORE = storeSchema.parse({ kind: "dynamodb", region: "eu-central-1" });
const READS = ["dynamodb:GetItem", "dynamodb:Query"];
const WRITES = ["PutItem", "DeleteItem", "ConditionCheckItem", "BatchWriteItem"]
  .map((action) => `dynamodb:${action}`);
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
  ["writes", { reads: [], writes: ["a/run"] }, [...ABOUT, ...READS, ...WRITES]],
  ["works without the store", { reads: [], writes: [] }, []],
];

for (const [what, rows, actions] of CASES) {
  Deno.test(`a kind of run that ${what} has no more of the table than it needs`, () => {
    assert.equal(STORE.kind, "dynamodb");
    const permissions = STORE.kind === "dynamodb" ? storePermissions("a", STORE, rows) : [];
    assert.deepEqual(permissions.map(({ action }) => action), actions);
  });
}
