import assert from "assert";
import { brokenRules, findCircle } from "./import_rules.ts";
import { moduleGraph } from "./module_graph.ts";

Deno.test("the rooms import what they may, and core has no circles", async () => {
  const modules = [
    ...await moduleGraph(["runners", "reports", "release"]),
    ...await moduleGraph(["catalogue"], "catalogue/deno.json"),
  ];
  assert.ok(modules.length > 50, `the graph has ${modules.length} modules`);
  assert.deepEqual(brokenRules(modules), []);
  assert.equal(
    findCircle(modules.filter(({ path }) => path.startsWith("runners/core"))),
    undefined,
  );
});

Deno.test("an import that breaks the rules is found", () => {
  const imports = (path: string, imported: string) => brokenRules([{ path, imports: [imported] }]);
  for (
    const [path, imported] of [
      ["runners/core/contract/names.ts", "runners/core/json.ts"],
      ["runners/core/run/record.ts", "runners/adapters/sqlite/sqlite_store.ts"],
      ["runners/audit/plan.ts", "runners/repo/plan.ts"],
      ["runners/audit/plan.ts", "reports/files/file_sink.ts"],
      ["reports/html/page.ts", "runners/audit/plan.ts"],
      ["runners/shell/config.ts", "runners/audit/plan.ts"],
      ["runners/repo/catalogue/catalogue.ts", "catalogue/catalogue_text.ts"],
      ["runners/main.ts", "test/aws/proxy.ts"],
    ] as const
  ) {
    assert.equal(imports(path, imported).length, 1, `${path} -> ${imported}`);
  }
  assert.deepEqual(imports("runners/audit/plan.ts", "runners/core/json.ts"), []);
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
