import assert from "assert";
import { ndjson, savedObjects } from "../../../reports/kibana/saved_objects.ts";
import { allDashboards } from "../../tasks/dashboards.ts";
import { faultsOf, jobFields } from "./validate.ts";

const dashboards = await allDashboards();
const file = ndjson(savedObjects(dashboards));
const fields = await jobFields();

// deno-lint-ignore no-explicit-any
type Loose = any;

Deno.test("the dashboards have no fault", () => {
  assert.deepEqual(faultsOf(file, fields), []);
});

Deno.test("the file is the same each time, and is made of ids that stay", () => {
  assert.equal(ndjson(savedObjects(dashboards)), file);
  assert.deepEqual(savedObjects(dashboards).map(({ id }) => id), [
    "groundskeeper-data-view-aws-audits",
    "groundskeeper-data-view-groundskeeper-changes",
    "groundskeeper-data-view-groundskeeper-dirty",
    "groundskeeper-data-view-groundskeeper-repo",
    "groundskeeper-audit",
    "groundskeeper-changes",
    "groundskeeper-dirty",
    "groundskeeper-repo",
  ]);
});

/** The file with one object changed. */
function changed(id: string, change: (object: Loose) => void): string {
  return file.trimEnd().split("\n").map((line) => {
    const object = JSON.parse(line);
    if (object.id === id) change(object);
    return `${JSON.stringify(object)}\n`;
  }).join("");
}

const VIEW = "groundskeeper-data-view-aws-audits";

const dashboard = (change: (object: Loose) => void) => changed("groundskeeper-audit", change);

/** The file with one panel of the audit's dashboard changed. */
function panel(name: string, change: (panel: Loose, all: Loose[]) => void): string {
  return dashboard(({ attributes }) => {
    const panels = JSON.parse(attributes.panelsJSON);
    change(panels.find((one: Loose) => one.panelIndex === name), panels);
    attributes.panelsJSON = JSON.stringify(panels);
  });
}

const lens = (name: string, change: (attributes: Loose, columns: Loose) => void) =>
  panel(
    name,
    ({ embeddableConfig: { attributes } }) =>
      change(attributes, attributes.state.datasourceStates.formBased.layers.layer.columns),
  );

const vega = (name: string, change: (spec: Loose) => void) =>
  panel(name, ({ embeddableConfig: { savedVis } }) => {
    const spec = JSON.parse(savedVis.params.spec);
    change(spec);
    savedVis.params.spec = JSON.stringify(spec);
  });

/** One fault each, and what is said of it. */
const FAULTS: Readonly<Record<string, readonly [string, RegExp]>> = {
  "a line is cut": [file.slice(0, -10), /Line 8 is not JSON/],
  "an object is there twice": [file + file.split("\n")[0] + "\n", /Two objects are index-pattern/],
  "a data view is missing": [
    file.slice(file.indexOf("\n") + 1),
    /leads to index-pattern groundskeeper-data-view-aws-audits, which is not there/,
  ],
  "a data view has no template": [
    changed(VIEW, ({ attributes }) => attributes.title = "aws-audit-*"),
    /No index template has the data view aws-audit-\*/,
  ],
  "nothing uses a data view": [
    file + JSON.stringify({ ...JSON.parse(file.split("\n")[0]!), id: "other" }) + "\n",
    /Nothing uses other/,
  ],
  "a dashboard is too new": [
    dashboard((one) => one.typeMigrationVersion = "10.2.0"),
    /is of version 10\.2\.0; older servers refuse/,
  ],
  "an object is of a newer core": [
    dashboard((one) => one.coreMigrationVersion = "8.10.0"),
    /is of core version 8\.10\.0/,
  ],
  "a version is missing": [
    dashboard((one) => delete one.typeMigrationVersion),
    /is of version undefined/,
  ],
  "an object has a time of its own": [
    dashboard((one) => one.updated_at = "2026-11-20"),
    /has "updated_at" beside/,
  ],
  "a dashboard has an unknown attribute": [
    dashboard(({ attributes }) => attributes.tags = []),
    /Kibana does not know the attribute "tags"/,
  ],
  "the panels are no text": [
    dashboard(({ attributes }) => attributes.panelsJSON = []),
    /panelsJSON is not the text of a list/,
  ],
  "the options are no text": [
    dashboard(({ attributes }) => attributes.optionsJSON = {}),
    /optionsJSON is not JSON/,
  ],
  "a reference of a panel is not with the dashboard": [
    dashboard((one) => one.references = one.references.slice(1)),
    /lacks the reference coverage:indexpattern-datasource-layer-layer/,
  ],
  "a reference of a control is not with the dashboard": [
    dashboard((one) => one.references.pop()),
    /lacks the reference controlGroup_control-2/,
  ],
  "the dashboard has a reference too many": [
    dashboard((one) => one.references.push({ type: "index-pattern", id: VIEW, name: "old:layer" })),
    /nothing uses the reference old:layer/,
  ],
  "a panel has no reference of its own": [
    lens("coverage", (attributes) => attributes.references = []),
    /the layer layer has no data view/,
  ],
  "two panels have one id": [
    panel("compliant", (one) => one.panelIndex = one.gridData.i = "coverage"),
    /two panels are coverage/,
  ],
  "two panels overlap": [
    panel("compliant", ({ gridData }) => gridData.x -= 1),
    /coverage and compliant overlap/,
  ],
  "a panel is too wide": [
    panel("accounts", ({ gridData }) => gridData.w = 49),
    /accounts is outside of the 48 columns/,
  ],
  "a place belongs to another panel": [
    panel("accounts", ({ gridData }) => gridData.i = "coverage"),
    /the place of accounts belongs to coverage/,
  ],
  "a panel has an unknown type": [
    panel("accounts", (one) => one.type = "map"),
    /does not draw a panel of type map/,
  ],
  "a panel has no title": [panel("accounts", (one) => one.title = ""), /accounts: has no title/],
  "a panel is too new": [
    panel("accounts", (one) => one.version = "9.0.0"),
    /accounts: is of version 9\.0\.0/,
  ],
  "Lens does not know the visualization": [
    lens("coverage", (attributes) => attributes.visualizationType = "lnsTile"),
    /Lens has no visualization lnsTile/,
  ],
  "a column is not in the order": [
    lens(
      "coverage",
      ({ state }) => state.datasourceStates.formBased.layers.layer.columnOrder.pop(),
    ),
    /columnOrder has split-0, measure-0, the columns are/,
  ],
  "a measure stands before a group": [
    lens(
      "coverage",
      ({ state }) => state.datasourceStates.formBased.layers.layer.columnOrder.reverse(),
    ),
    /has a group after a measure/,
  ],
  "a column is drawn that is not there": [
    lens("coverage", ({ state }) => state.visualization.metricAccessor = "measure-7"),
    /draws the column measure-7, which is not there/,
  ],
  "a column is not drawn": [
    lens("coverage", ({ state }) => delete state.visualization.secondaryMetricAccessor),
    /asks for the column measure-1 and does not draw it/,
  ],
  "another layer is drawn": [
    lens("coverage", ({ state }) => state.visualization.layerId = "other"),
    /draws the layer other/,
  ],
  "no document has the field": [
    lens("coverage", (_, columns) => columns["measure-0"].sourceField = "violators_count"),
    /no document has the field violators_count/,
  ],
  "no document has a field of several": [
    lens("coverage", (_, columns) => columns["split-0"].params.secondaryFields = ["account.id"]),
    /no document has the field account\.id/,
  ],
  "groups are made of a text": [
    lens(
      "accounts",
      (_, columns) => columns["split-0"].sourceField = "groundskeeper.tag_audit.owner.detail",
    ),
    /terms cannot work on groundskeeper\.tag_audit\.owner\.detail, a text/,
  ],
  "words are added up": [
    lens(
      "accounts",
      (_, columns) =>
        Object.assign(columns["measure-0"], { operationType: "sum", sourceField: "account" }),
    ),
    /sum cannot work on account, a keyword/,
  ],
  "the query asks for an unknown field": [
    lens("coverage", ({ state }) => state.query.query = 'type: "aws_tag_audit"'),
    /its query asks for type, which no document has/,
  ],
  "the query cannot be read": [
    lens("coverage", ({ state }) => state.query.query += " and ("),
    /its query cannot be read at/,
  ],
  "a condition of a column asks for an unknown field": [
    lens("canaries", (_, columns) => columns["measure-4"].filter.query = 'canary: "ok"'),
    /its query asks for canary,/,
  ],
  "slots are counted again": [
    lens(
      "violators",
      (_, columns) =>
        Object.assign(columns["measure-0"], {
          operationType: "count",
          sourceField: "___records___",
        }),
    ),
    /counts documents of aws_tag_audit, of which each slot has one/,
  ],
  "slots are added up": [
    lens("violators", (_, columns) => columns["measure-0"].operationType = "sum"),
    /adds up documents of aws_tag_audit/,
  ],
  "a count of 0 is left out": [
    lens("refused-runs", (_, columns) => columns["measure-0"].params.emptyAsNull = true),
    /"Runs" leaves out a count of 0/,
  ],
  "a count is approximate": [
    lens("refused-runs", (_, columns) =>
      Object.assign(columns["measure-0"], {
        operationType: "unique_count",
        sourceField: "groundskeeper.run.id",
      })),
    /is a cardinality, which is approximate/,
  ],
  "the last is not the newest": [
    lens("coverage", (_, columns) => columns["measure-0"].params.sortField = "age"),
    /is the last by age/,
  ],
  "groups are ordered by what cannot order them": [
    lens("instances", (_, columns) => columns["split-0"].params.orderBy.columnId = "measure-1"),
    /is ordered by measure-1, by which groups cannot be ordered/,
  ],
  "some of what is added up is left out": [
    lens("coverage", (_, columns) => columns["split-0"].params.otherBucket = true),
    /is added up, and takes only some of its groups/,
  ],
  "a control is about a number": [
    dashboard(({ attributes: { controlGroupInput } }) =>
      controlGroupInput.panelsJSON = controlGroupInput.panelsJSON.replace('"account"', '"age"')
    ),
    /the control control-0 is about age, no keyword/,
  ],
  "Vega is not JSON": [
    panel("stages", ({ embeddableConfig }) => embeddableConfig.savedVis.params.spec = "{a: 1}"),
    /its spec is not JSON/,
  ],
  "Vega asks another index": [
    vega("stages", ({ data }) => data.url.index = "aws-audits"),
    /asks aws-audits, which is no index here/,
  ],
  "Vega does not hear the controls": [
    vega("stages", ({ data: { url: { body } } }) => body.query.bool.filter.shift()),
    /leaves out %dashboard_context-filter_clause%/,
  ],
  "Vega counts all slots": [
    vega("stages", ({ data: { url: { body } } }) => body.aggs.accounts.aggs.slot.terms.size = 2),
    /counts more than the newest slot/,
  ],
  "Vega asks for an unknown field": [
    vega("stages", ({ data: { url: { body } } }) => body.aggs.accounts.terms.field = "account.id"),
    /no document has the field account\.id/,
  ],
};

for (const [name, [text, said]] of Object.entries(FAULTS)) {
  Deno.test(`a fault is found: ${name}`, () => {
    const faults = faultsOf(text, fields);
    assert(faults.some((fault) => said.test(fault)), faults.join("\n") || "no fault was found");
  });
}
