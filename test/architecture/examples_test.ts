import assert from "assert";
import * as library from "../../runners/repo/mod.ts";
import { examplesIn, runExample } from "./examples.ts";
import { ROOT } from "./module_graph.ts";

/** The ports of core, and the pure functions of the library; each has an example. */
const FILES = [
  "runners/core/clock.ts",
  "runners/core/files/disk.ts",
  "runners/core/log/log.ts",
  "runners/core/queue/serve_queues.ts",
  "runners/core/report/notifier.ts",
  "runners/core/report/sink.ts",
  "runners/core/store/row_kind.ts",
  "runners/core/store/store.ts",
  "runners/repo/library/plan_role.ts",
  "runners/repo/library/rewrite_policy.ts",
];

for (const path of FILES) {
  Deno.test(`${path} has an example, and each of them runs`, async () => {
    const examples = examplesIn(path);
    assert.ok(examples.length > 0);
    for (const example of examples) {
      const folder = await Deno.makeTempDir();
      try {
        await runExample(example, { folder });
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    }
  });
}

Deno.test("each function of the library has an example", () => {
  const folder = "runners/repo/library/";
  const codes = [...Deno.readDirSync(`${ROOT}${folder}`)]
    .flatMap(({ name }) => examplesIn(`${folder}${name}`)).map(({ code }) => code);
  const lacking = Object.keys(library).filter((name) =>
    !codes.some((code) => code.includes(`${name}(`))
  );
  assert.deepEqual(lacking, []);
});

Deno.test("an example that does not hold is an error", async () => {
  const code = 'import assert from "assert";\nassert.equal(1, 2);\n';
  await assert.rejects(runExample({ title: "", code }, {}), { name: "AssertionError" });
});
