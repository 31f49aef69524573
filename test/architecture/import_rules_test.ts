import assert from "assert";
import {
  brokenRules,
  findCircle,
  jobsIn,
  waysFromDocuments,
  waysToAws,
  waysToDynamoDb,
  waysToPackages,
} from "./import_rules.ts";
import { type Module, moduleGraph, ROOT } from "./module_graph.ts";

const modules = [
  ...await moduleGraph(["runners", "reports", "release", "container", "hosts"]),
  ...await moduleGraph(["infra"], "infra/deno.json"),
  ...await moduleGraph(["catalogue"], "catalogue/deno.json"),
  ...await moduleGraph(["client"], "client/deno.json"),
];

Deno.test("the rooms import what they may", () => {
  assert.ok(modules.length > 50, `the graph has ${modules.length} modules`);
  assert.deepEqual(brokenRules(modules, jobsIn(modules)), []);
});

Deno.test("the client has one package, and what one login loads has none", () => {
  const client = modules.filter(({ path }) => path.startsWith("client/"));
  assert.deepEqual([...new Set(client.flatMap(({ packages = [] }) => packages))], [
    "npm:aws4fetch@1.0.20",
  ]);
  assert.deepEqual(waysToPackages(modules, "client/groundskeeper_login.ts"), []);
  const eager = modules.map((one) =>
    one.path === "client/groundskeeper_login.ts" ? { ...one, later: [] } : one
  );
  assert.equal(waysToPackages(eager, "client/groundskeeper_login.ts").length, 1);
});

Deno.test("no imports go in a circle, those of types included", () => {
  assert.equal(findCircle(modules), undefined);
});

Deno.test("a job is a folder with an entry, and is listed", async () => {
  const { JOBS } = await import("../../runners/jobs.ts");
  assert.deepEqual(jobsIn(modules), JOBS.map(({ name }) => name).sort());
});

Deno.test("what jobs need and how they are configured can be read without an AWS package", () => {
  const starts = modules.filter(({ path }) =>
    /^runners\/\w+\/(entry|needs|config)\.ts$/.test(path)
  );
  assert.equal(starts.length, 3 * jobsIn(modules).length);
  assert.deepEqual(waysToAws(modules), []);
});

Deno.test("a way to an AWS package is found, but for one that is imported later", () => {
  const graph = (start: string, part: Partial<Module>): Module[] => [
    { path: start, imports: ["runners/core/aws/action.ts"] },
    { path: "runners/core/aws/action.ts", imports: ["runners/core/x.ts"], ...part },
    { path: "runners/core/x.ts", imports: [], packages: ["npm:@smithy/types@4"] },
  ];
  const rest = ["runners/core/aws/action.ts", "runners/core/x.ts", "npm:@smithy/types@4"];
  const starts = ["audit/needs", "repo/config", "repo/entry", "core/config/config"]
    .map((name) => `runners/${name}.ts`);
  for (const path of [...starts, "infra/main.ts", "reports/needs.ts"]) {
    assert.deepEqual(waysToAws(graph(path, {})), [[path, ...rest]]);
    const later = waysToAws(graph(path, { later: ["runners/core/x.ts"] }));
    assert.equal(later.length, path === "runners/repo/entry.ts" ? 0 : 1, path);
  }
});

Deno.test("documents and dashboards of jobs are read without loading an AWS package", () => {
  for (const file of ["documents", "dashboard"]) {
    const found = modules.filter(({ path }) =>
      new RegExp(`^runners/\\w+/${file}\\.ts$`).test(path)
    );
    assert.equal(found.length, 3, file);
  }
  assert.deepEqual(waysFromDocuments(modules), []);
  const of = (part: Partial<Module>): Module[] => [
    { path: "runners/repo/documents.ts", imports: ["runners/core/x.ts"] },
    { path: "runners/core/x.ts", imports: [], packages: ["npm:@smithy/types@4"], ...part },
  ];
  assert.equal(waysFromDocuments(of({})).length, 1);
  assert.deepEqual(waysFromDocuments(of({ types: ["npm:@smithy/types@4"] })), []);
});

Deno.test("only who has its store in a table loads the client of DynamoDB", () => {
  assert.deepEqual(waysToDynamoDb(modules), []);
  const opened = modules.map((one) =>
    one.path === "runners/shell/open_store.ts" ? { ...one, later: [] } : one
  );
  assert.ok(waysToDynamoDb(opened).some(([start]) => start === "runners/shell/run_job.ts"));
});

Deno.test("the lock of the rigs has every package that they reach, also by a type", async () => {
  const rigs = await moduleGraph(["test/rigs"], "test/rigs/deno.json");
  const reached = new Set(rigs.flatMap(({ packages = [] }) => packages.map(withoutPath)));
  const lock = JSON.parse(await Deno.readTextFile(`${ROOT}test/rigs/deno.lock`));
  const locked = new Set(Object.keys(lock.specifiers));
  assert.ok(reached.size > 5, `they reach ${reached.size} packages`);
  assert.deepEqual([...reached.difference(locked)], []);
});

/** `npm:csv-stringify@6.9.0/sync` is a part of `npm:csv-stringify@6.9.0`. */
function withoutPath(specifier: string): string {
  return /^npm:(?:@[^/]+\/)?[^/]+/.exec(specifier)![0];
}

Deno.test("an import that breaks the rules is found", () => {
  const imports = (path: string, imported: string) =>
    brokenRules([{ path, imports: [imported] }], ["audit", "repo"]);
  for (
    const [path, imported] of [
      ["runners/core/contract/names.ts", "runners/core/json.ts"],
      ["runners/core/run/end/record.ts", "runners/adapters/sqlite/sqlite_store.ts"],
      ["runners/core/program.ts", "runners/shell/compose.ts"],
      ["runners/audit/plan.ts", "runners/repo/plan.ts"],
      ["runners/audit/program.ts", "runners/shell/compose.ts"],
      ["runners/audit/plan.ts", "reports/files/file_sink.ts"],
      ["reports/html/page.ts", "runners/audit/plan.ts"],
      ["reports/kibana/saved_objects.ts", "runners/audit/dashboard.ts"],
      ["runners/audit/dashboard.ts", "reports/kibana/lens.ts"],
      ["runners/audit/dashboard.ts", "runners/repo/dashboard.ts"],
      ["runners/core/program.ts", "reports/kibana/changes_dashboard.ts"],
      ["runners/shell/compose.ts", "runners/audit/entry.ts"],
      ["runners/jobs.ts", "runners/audit/program.ts"],
      ["runners/main.ts", "runners/jobs.ts"],
      ["runners/host.ts", "runners/core/json.ts"],
      ["runners/repo/catalogue/catalogue.ts", "catalogue/catalogue_text.ts"],
      ["runners/main.ts", "test/aws/proxy.ts"],
      ["runners/core/needs/policy.ts", "infra/policies/statement.ts"],
      ["infra/policies/trust.ts", "runners/core/aws/arn.ts"],
      ["client/send.ts", "runners/core/aws/arn.ts"],
      ["client/send.ts", "runners/dirty/config.ts"],
      ["runners/dirty/told.ts", "client/event.ts"],
      ["infra/main.ts", "runners/audit/entry.ts"],
      ["infra/main.ts", "runners/jobs.ts"],
      ["infra/main.ts", "reports/files/file_sink.ts"],
      ["reports/needs.ts", "runners/audit/needs.ts"],
    ] as const
  ) {
    assert.equal(imports(path, imported).length, 1, `${path} -> ${imported}`);
  }
  assert.deepEqual(imports("runners/audit/plan.ts", "runners/core/json.ts"), []);
  assert.deepEqual(imports("infra/main.ts", "runners/audit/needs.ts"), []);
  assert.deepEqual(imports("infra/configuration.ts", "reports/needs.ts"), []);
});

Deno.test("a circle of imports is found", () => {
  assert.deepEqual(
    findCircle([
      { path: "a", imports: ["b"] },
      { path: "b", imports: ["c"] },
      { path: "c", imports: ["b"] },
    ]),
    ["b", "c", "b"],
  );
});
