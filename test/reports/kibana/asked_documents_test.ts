import assert from "assert";
import type { Dashboard, Panel } from "../../../runners/core/report/dashboard.ts";
import { JOBS } from "../../../runners/jobs.ts";
import { indexOf } from "../../runners/document_fields.ts";
import { STORIES } from "../../runners/every_document.ts";
import { allDashboards } from "../../tasks/dashboards.ts";

const documents = STORIES.flatMap((story) => story.documents);
const dashboards = await allDashboards();

/** The values of a field, which may have several. */
function valuesAt(body: unknown, path: string): unknown[] {
  const value = path.split(".").reduce<unknown>(
    (inner, name) => (inner as Record<string, unknown> | null | undefined)?.[name],
    body,
  );
  return [value].flat();
}

/** The types and values that panels ask for, and that no document of their index has. */
function unwrittenOf({ index, rows }: Dashboard): string[] {
  return rows.flatMap(({ panels }) => panels).flatMap((panel) => {
    const own = documents.filter((document) => indexOf(document).name === index);
    const types = panel.kind === "newest" ? [panel.of, panel.heads] : [panel.of];
    const ofType = own.filter(({ type }) => type === panel.of);
    return [
      ...types.filter((type) => !own.some((document) => document.type === type)),
      ...asked(panel).filter(([field, value]) =>
        !ofType.some(({ body }) => valuesAt(body, field).includes(value))
      ).map(([field, value]) => `${field}: ${value}`),
    ].map((what) => `${panel.id} asks for ${what}`);
  });
}

/** The values that the conditions of a panel name. */
function asked(panel: Panel): [field: string, value: string][] {
  const ofMeasures = panel.kind === "newest" ? [] : panel.measures.map(({ where }) => where);
  return [panel.where, ...ofMeasures].flatMap((where = {}) => Object.entries(where))
    .flatMap(([field, value]) =>
      value === "*" || typeof value === "object" && "gte" in value
        ? []
        : [value].flat().map((one): [string, string] => [field, one])
    );
}

Deno.test("the dashboard of a job is about its own documents", async () => {
  for (const { name, documentIndex, dashboard } of JOBS) {
    assert.equal((await dashboard?.())?.index, (await documentIndex?.())?.name, name);
  }
});

Deno.test("a job writes documents of each type and value that a panel asks for", () => {
  assert.deepEqual(dashboards.flatMap(unwrittenOf), []);
});

const AUDIT = dashboards.find(({ id }) => id === "groundskeeper-audit")!;

/** The audit's dashboard with one panel changed. */
const changed = (id: string, change: (panel: Panel) => object): Dashboard => ({
  ...AUDIT,
  rows: AUDIT.rows.map(({ height, panels }) => ({
    height,
    panels: panels.map((panel) => panel.id === id ? { ...panel, ...change(panel) } : panel),
  })),
});

for (
  const [name, dashboard, found] of [
    ["a type", changed("coverage", () => ({ of: "aws_tag_audits" })), [
      "coverage asks for aws_tag_audits",
    ]],
    ["a head", changed("stages", () => ({ heads: "aws_tag_regions" })), [
      "stages asks for aws_tag_regions",
    ]],
    ["the index of another job", { ...AUDIT, index: "groundskeeper-repo" }, null],
    ["a value", changed("refusals", () => ({ where: { "event.action": ["refused", "broken"] } })), [
      "refusals asks for event.action: broken",
    ]],
    [
      "a value of another type",
      changed("violators", () => ({ where: { "event.action": "refused" } })),
      ["violators asks for event.action: refused"],
    ],
  ] as const
) {
  Deno.test(`what no document has is found: ${name}`, () => {
    const unwritten = unwrittenOf(dashboard);
    if (found === null) assert.ok(unwritten.length > 10, unwritten.join("\n"));
    else assert.deepEqual(unwritten, found);
  });
}
