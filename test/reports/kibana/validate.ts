import type { Fields } from "../../../runners/core/report/document_index.ts";
import { CHANGES_INDEX, mappedFields } from "../../../runners/core/report/document_index.ts";
import { JOBS } from "../../../runners/jobs.ts";

/*
 * What a Kibana would refuse, or draw wrongly, in a file of saved objects. It reads the file alone, and
 * knows nothing of how the file was made.
 */

// deno-lint-ignore no-explicit-any
type Loose = any;

/** The newest version of each type that Kibana 8.9, and so 8.19 and 9.x, takes. */
const CEILINGS: Readonly<Record<string, string>> = { dashboard: "8.9.0", "index-pattern": "8.0.0" };
const CORE_CEILING = "8.8.0";

const OBJECT_KEYS = [
  "attributes",
  "coreMigrationVersion",
  "id",
  "references",
  "type",
  "typeMigrationVersion",
];

/** Kibana refuses other attributes. */
const ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  dashboard: [
    ...["title", "description", "kibanaSavedObjectMeta", "timeRestore", "timeFrom", "timeTo"],
    ...["refreshInterval", "controlGroupInput", "panelsJSON", "optionsJSON", "hits", "version"],
  ],
  "index-pattern": [
    ...["title", "name", "timeFieldName", "allowNoIndex", "fieldAttrs", "fieldFormatMap"],
    ...["fields", "runtimeFieldMap", "sourceFilters", "type", "typeMeta"],
  ],
};

/** Of what a document of another slot exists for the same thing: counting them counts it again. */
const REPEATED = new Set([
  ...["aws_tag_audit", "aws_tag_violator", "aws_tag_region", "aws_repo_account", "aws_repo_role"],
  ...["aws_repo_denied", "dirty_clients", "dirty_instance"],
]);

const LINES = 10_000;
const BYTES = 25 * 1024 * 1024;

/** The fields of the indices, by the title of their data view: path to type. */
export type IndexFields = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** The fields that the templates of the jobs have. */
export async function jobFields(): Promise<IndexFields> {
  const own = await Promise.all(JOBS.map(({ documentIndex }) => documentIndex?.()));
  return new Map(
    [CHANGES_INDEX, ...own.flatMap((index) => index ?? [])].map((index) =>
      [`${index.name}-*`, new Map(typesOf(mappedFields(index)))] as const
    ),
  );
}

function typesOf(fields: Fields, path = ""): [string, string][] {
  return Object.entries(fields).flatMap(([name, field]): [string, string][] =>
    "properties" in field
      ? typesOf(field.properties, `${path}${name}.`)
      : [[`${path}${name}`, field.type]]
  );
}

/** @returns what is wrong with the file, a sentence each */
export function faultsOf(file: string, indices: IndexFields): string[] {
  const lines = file.split("\n").filter((line) => line !== "");
  const faults: string[] = [];
  if (lines.length > LINES) {
    faults.push(`The file has ${lines.length} objects, Kibana takes ${LINES}`);
  }
  if (new TextEncoder().encode(file).length > BYTES) faults.push("The file has more than 25 MB");
  const objects = lines.flatMap((line, index): Loose[] => {
    const object = parsed(line);
    if (object === undefined) faults.push(`Line ${index + 1} is not JSON`);
    return object === undefined ? [] : [object];
  });
  faults.push(
    ...repeatedOf(objects.map(({ type, id }) => `${type} ${id}`)).map((id) =>
      `Two objects are ${id}`
    ),
  );
  const views = new Map<string, string>(
    objects.filter(({ type }) => type === "index-pattern").map((
      { id, attributes },
    ) => [id, attributes.title]),
  );
  for (const view of views.values()) {
    if (!indices.has(view)) faults.push(`No index template has the data view ${view}`);
  }
  const used = new Set<string>();
  for (const object of objects) {
    faults.push(...shapeFaults(object));
    for (const { type, id, name } of object.references ?? []) {
      used.add(id);
      if (!objects.some((one) => one.type === type && one.id === id)) {
        faults.push(
          `${object.id}: the reference ${name} leads to ${type} ${id}, which is not there`,
        );
      }
    }
    if (object.type === "dashboard") faults.push(...dashboardFaults(object, views, indices));
  }
  faults.push(...[...views.keys()].filter((id) => !used.has(id)).map((id) => `Nothing uses ${id}`));
  return faults;
}

function parsed(text: unknown): Loose | undefined {
  if (typeof text !== "string") return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function repeatedOf(all: readonly string[]): string[] {
  return [...new Set(all.filter((one, index) => all.indexOf(one) !== index))];
}

function shapeFaults(object: Loose): string[] {
  const { id, type, attributes, coreMigrationVersion: core, typeMigrationVersion: version } =
    object;
  const allowed = ATTRIBUTES[type];
  const ceiling = CEILINGS[type];
  if (!allowed || !ceiling) return [`${id} has the type ${type}, which is not made here`];
  return [
    ...Object.keys(object).filter((key) => !OBJECT_KEYS.includes(key))
      .map((key) => `${id} has "${key}" beside its attributes`),
    ...Object.keys(attributes).filter((key) => !allowed.includes(key))
      .map((key) => `${id}: Kibana does not know the attribute "${key}"`),
    ...(isAbove(version, ceiling)
      ? [`${id} is of version ${version}; older servers refuse what is above ${ceiling}`]
      : []),
    ...(isAbove(core, CORE_CEILING)
      ? [`${id} is of core version ${core}; older servers refuse what is above ${CORE_CEILING}`]
      : []),
  ];
}

/** Also what has no version at all, which Kibana takes for the oldest. */
function isAbove(version: unknown, ceiling: string): boolean {
  if (typeof version !== "string") return true;
  return version.localeCompare(ceiling, "en", { numeric: true }) > 0;
}

function dashboardFaults(
  { id, attributes, references }: Loose,
  views: ReadonlyMap<string, string>,
  indices: IndexFields,
): string[] {
  const panels = parsed(attributes.panelsJSON);
  const controls = parsed(attributes.controlGroupInput?.panelsJSON);
  if (!Array.isArray(panels)) return [`${id}: panelsJSON is not the text of a list`];
  const texts = {
    optionsJSON: attributes.optionsJSON,
    searchSourceJSON: attributes.kibanaSavedObjectMeta?.searchSourceJSON,
    "the controls": attributes.controlGroupInput?.panelsJSON,
  };
  const faults = Object.entries(texts).filter(([, text]) => parsed(text) === undefined)
    .map(([name]) => `${id}: ${name} is not JSON`);
  const expected = new Map<string, string>();
  for (const panel of panels) {
    const said = panelFaults(panel, indices, (view) => views.get(view));
    faults.push(...said.map((fault) => `${id}, ${panel.panelIndex}: ${fault}`));
    for (const inner of panel.embeddableConfig?.attributes?.references ?? []) {
      expected.set(`${panel.panelIndex}:${inner.name}`, inner.id);
    }
  }
  const view = references[0] && views.get(references[0].id);
  for (const [name, { type, explicitInput }] of Object.entries<Loose>(controls ?? {})) {
    expected.set(`controlGroup_${name}:optionsListDataView`, references[0]?.id);
    if (type !== "optionsListControl" || explicitInput?.id !== name) {
      faults.push(`${id}: the control ${name} is not one of a list, with its own id`);
    }
    const fieldType = view && indices.get(view)?.get(explicitInput?.fieldName);
    if (fieldType !== "keyword") {
      faults.push(`${id}: the control ${name} is about ${explicitInput?.fieldName}, no keyword`);
    }
  }
  const hoisted = new Map<string, string>(references.map((one: Loose) => [one.name, one.id]));
  for (const [name, target] of expected) {
    if (hoisted.get(name) !== target) faults.push(`${id} lacks the reference ${name}`);
  }
  faults.push(
    ...[...hoisted.keys()].filter((name) => !expected.has(name))
      .map((name) => `${id}: nothing uses the reference ${name}`),
  );
  faults.push(
    ...repeatedOf(panels.map(({ panelIndex }) => panelIndex))
      .map((name) => `${id}: two panels are ${name}`),
  );
  return [...faults, ...gridFaults(id, panels)];
}

function gridFaults(id: string, panels: readonly Loose[]): string[] {
  const boxes = panels.map(({ panelIndex, gridData }) => ({ name: panelIndex, ...gridData }));
  return boxes.flatMap((one, index) => {
    const { name, x, y, w, h, i } = one;
    const isInside = [x, y, w, h].every(Number.isInteger) && x >= 0 && y >= 0 && w > 0 && h > 0 &&
      x + w <= 48;
    return [
      ...(isInside ? [] : [`${id}: ${name} is outside of the 48 columns of the grid`]),
      ...(i === name ? [] : [`${id}: the place of ${name} belongs to ${i}`]),
      ...boxes.slice(index + 1).filter((other) =>
        x < other.x + other.w && other.x < x + w && y < other.y + other.h && other.y < y + h
      ).map((other) => `${id}: ${name} and ${other.name} overlap`),
    ];
  });
}

function panelFaults(
  panel: Loose,
  indices: IndexFields,
  viewTitle: (id: string) => string | undefined,
): string[] {
  const { type, version, title, embeddableConfig: { attributes, savedVis } = {} as Loose } = panel;
  const faults: string[] = [];
  if (isAbove(version, CEILINGS["dashboard"]!)) faults.push(`is of version ${version}`);
  if (!title) faults.push("has no title");
  if (type === "lens" && attributes) {
    return [...faults, ...lensFaults(attributes, indices, viewTitle)];
  }
  if (type === "visualization" && savedVis?.type === "vega") {
    return [...faults, ...vegaFaults(savedVis, indices)];
  }
  return [...faults, `Kibana does not draw a panel of type ${type} like this`];
}

const COUNTS = /\bcount\b|\bhow many\b/i;
const ABOUT = /\babout\b/i;

/** The types of fields that an operation of Lens can work on. */
const FIT: Readonly<Record<string, readonly string[]>> = {
  terms: ["keyword", "boolean", "long"],
  date_histogram: ["date"],
  sum: ["long", "double"],
  max: ["long", "double", "date"],
  last_value: ["keyword", "long", "double", "date", "boolean"],
  unique_count: ["keyword"],
};

/** The accessors of each visualization, and whether it has them all by itself. */
const ACCESSORS: Readonly<Record<string, (state: Loose) => (string | undefined)[]>> = {
  lnsMetric: (state) => [
    state.metricAccessor,
    ...[state.secondaryMetricAccessor, state.breakdownByAccessor].filter(Boolean),
  ],
  lnsXY: ({ layers: [layer] }) => [layer.xAccessor, layer.splitAccessor, ...layer.accessors],
  lnsDatatable: ({ columns, sorting }) => [
    ...columns.map(({ columnId }: Loose) => columnId),
    sorting.columnId,
  ],
  lnsHeatmap: (state) => [state.xAccessor, state.yAccessor, state.valueAccessor],
};

function lensFaults(
  { visualizationType, references, state, title }: Loose,
  indices: IndexFields,
  viewTitle: (id: string) => string | undefined,
): string[] {
  const layers = Object.entries<Loose>(state.datasourceStates?.formBased?.layers ?? {});
  const accessors = ACCESSORS[visualizationType];
  if (!accessors) return [`Lens has no visualization ${visualizationType}`];
  if (layers.length !== 1) return [`has ${layers.length} layers`];
  const [layerId, { columns, columnOrder }] = layers[0]!;
  const reference = references.find(({ name }: Loose) =>
    name === `indexpattern-datasource-layer-${layerId}`
  );
  const view = reference && viewTitle(reference.id);
  const types = view && indices.get(view);
  if (!types) return [`the layer ${layerId} has no data view`];
  const { visualization } = state;
  const drawnLayer = visualization.layerId ?? visualization.layers?.[0]?.layerId;
  const ids = Object.keys(columns);
  const drawn = accessors(visualization);
  const faults = [
    ...(drawnLayer === layerId ? [] : [`draws the layer ${drawnLayer}, which it does not have`]),
    ...(ids.toSorted().join() === columnOrder.toSorted().join()
      ? []
      : [`columnOrder has ${columnOrder.join(", ")}, the columns are ${ids.join(", ")}`]),
    ...drawn.filter((id) => !id || !columns[id]).map((id) =>
      `draws the column ${id}, which is not there`
    ),
    ...ids.filter((id) => !drawn.includes(id)).map((id) =>
      `asks for the column ${id} and does not draw it`
    ),
    ...kqlFaults(state.query?.query, types),
  ];
  const { about = [] } = docTypes(state.query?.query);
  const collapses = visualization.collapseFn === "sum";
  for (const [id, column] of Object.entries<Loose>(columns)) {
    faults.push(...columnFaults({ id, column, columns, types, title, about, collapses }));
  }
  const order: boolean[] = columnOrder.map((id: string) => columns[id]?.isBucketed);
  if (order.indexOf(false) !== -1 && order.indexOf(false) < order.lastIndexOf(true)) {
    faults.push("has a group after a measure in columnOrder");
  }
  return faults;
}

function docTypes(query: unknown): { about: string[] } {
  const said = /doc_type: (?:"([^"]*)"|\(([^)]*)\))/.exec(String(query));
  return { about: said ? (said[1] ?? said[2]!).split(" or ") : [] };
}

function columnFaults(
  { id, column, columns, types, title, about, collapses }: Loose & {
    types: ReadonlyMap<string, string>;
  },
): string[] {
  const { operationType, sourceField, params, label, filter, isBucketed } = column;
  const faults = filter ? kqlFaults(filter.query, types) : [];
  const fields = [sourceField, ...(params?.secondaryFields ?? [])];
  const fit = FIT[operationType];
  if (operationType === "count") {
    if (sourceField !== "___records___") faults.push(`${id} counts ${sourceField}, not documents`);
    if (params?.emptyAsNull !== false) faults.push(`"${label}" leaves out a count of 0`);
    // A slot repeats what the slot before it said.
    if (
      about.some((type: string) => REPEATED.has(type)) && !/\breadings\b/.test(`${title} ${label}`)
    ) {
      faults.push(`"${label}" counts documents of ${about.join()}, of which each slot has one`);
    }
  } else if (!fit) {
    faults.push(`${id} has the operation ${operationType}`);
  } else {
    for (const field of fields) {
      const type = types.get(field);
      if (type === undefined) faults.push(`no document has the field ${field}`);
      else if (!fit.includes(type)) {
        faults.push(`${operationType} cannot work on ${field}, a ${type}`);
      }
    }
  }
  if (
    operationType === "unique_count" && (!ABOUT.test(`${title} ${label}`) || COUNTS.test(title))
  ) {
    faults.push(`"${label}" is a cardinality, which is approximate, and does not say "about"`);
  }
  if (operationType === "sum" && about.some((type: string) => REPEATED.has(type))) {
    faults.push(`"${label}" adds up documents of ${about.join()}, of which each slot has one`);
  }
  if (operationType === "last_value" && params?.sortField !== "@timestamp") {
    faults.push(`"${label}" is the last by ${params?.sortField}`);
  }
  if ((operationType === "terms" || operationType === "date_histogram") !== isBucketed) {
    faults.push(`${id} does not say right whether it makes groups`);
  }
  if (operationType === "terms") {
    const { orderBy, size, otherBucket } = params ?? {};
    const by = orderBy?.type === "column" ? columns[orderBy.columnId] : undefined;
    if (orderBy?.type === "column" && (!by || by.isBucketed || by.operationType === "last_value")) {
      faults.push(`${id} is ordered by ${orderBy.columnId}, by which groups cannot be ordered`);
    }
    if (!(size > 0)) faults.push(`${id} has groups of size ${size}`);
    if (collapses && (otherBucket || orderBy?.type === "column")) {
      faults.push(`${id} is added up, and takes only some of its groups`);
    }
  }
  return faults;
}

/** The fields of a query in KQL, as far as the dashboards use it. */
function kqlFaults(query: unknown, types: ReadonlyMap<string, string>): string[] {
  if (typeof query !== "string") return ["its query is no text"];
  const value = String.raw`"(?:[^"\\]|\\.)*"`;
  const clause = new RegExp(
    String
      .raw`^([\w.@]+)(?:: (?:\*|${value}|\(${value}(?: or ${value})*\))| (?:>=|<) ${value})(?: and |$)`,
  );
  const faults: string[] = [];
  let rest = query;
  while (rest !== "") {
    const match = clause.exec(rest);
    if (!match) return [...faults, `its query cannot be read at ${rest.slice(0, 40)}`];
    if (!types.has(match[1]!)) faults.push(`its query asks for ${match[1]}, which no document has`);
    rest = rest.slice(match[0].length);
  }
  return faults;
}

/** The clauses that Kibana fills in (Kibana guide, "Vega"). */
const CONTEXT = [
  "%dashboard_context-must_clause%",
  "%dashboard_context-filter_clause%",
  "%dashboard_context-must_not_clause%",
  "%timefilter%",
];

function vegaFaults({ params, title }: Loose, indices: IndexFields): string[] {
  const spec = parsed(params?.spec);
  if (spec === undefined) return ["its spec is not JSON"];
  const { index, body } = spec.data?.url ?? {};
  const types = indices.get(index);
  if (!types) return [`its spec asks ${index}, which is no index here`];
  const asked = JSON.stringify(body);
  const fields: [string, string][] = [];
  const walk = (node: Loose, inside = ""): void => {
    if (node === null || typeof node !== "object") return;
    for (const [key, value] of Object.entries<Loose>(node)) {
      if (key === "field") fields.push([value, inside]);
      if (["term", "terms", "range"].includes(key) && value && value.field === undefined) {
        fields.push(...Object.keys(value).map((name) => [name, "filter"] as [string, string]));
      }
      walk(value, key);
    }
  };
  walk(body);
  const slot = body?.aggs?.accounts?.aggs?.slot;
  const isNewest = slot?.terms?.field === "@timestamp" && slot.terms.size === 1 &&
    slot.terms.order?._key === "desc";
  return [
    ...CONTEXT.filter((word) => !asked.includes(word)).map((word) =>
      `its search leaves out ${word}`
    ),
    ...fields.filter(([field]) => !types.has(field)).map(([field]) =>
      `no document has the field ${field}`
    ),
    ...fields.filter(([field, kind]) =>
      ["terms", "range"].includes(kind) && types.get(field) === "text"
    )
      .map(([field, kind]) => `${kind} cannot work on ${field}, a text`),
    ...(isNewest ? [] : [`"${title}" counts more than the newest slot of an account`]),
    ...(asked.includes("cardinality")
      ? [`"${title}" counts by cardinality, which is approximate`]
      : []),
  ];
}
