import type { estypes } from "@elastic/elasticsearch";
import { EXIT, GroundskeeperError } from "../../runners/core/errors.ts";
import {
  type DocumentIndex,
  type Fields,
  mappedFields,
} from "../../runners/core/report/document_index.ts";
import { type Elasticsearch, ServerFault } from "./client.ts";

/** In messages, since they stand in the log of a run too. */
const SETUP = "groundskeeper reports setup";

/** What `setup` has found and made of an index. */
export type SetUp = {
  /** The name of the alias, of the template and of the policy. */
  readonly name: string;
  /** "kept": the policy was there, and is left as somebody has made it; "none": the server has none. */
  readonly lifecycle: "made" | "kept" | "none";
  /** The indices that were there, and have the fields of this version now. */
  readonly indices: readonly string[];
};

/** Settings of a policy: what Elasticsearch deletes, it deletes by the month of the slot. */
const POLICY = {
  phases: {
    hot: { min_age: "0ms", actions: { set_priority: { priority: 50 } } },
    warm: { min_age: "45d", actions: { readonly: {}, forcemerge: { max_num_segments: 1 } } },
    delete: { min_age: "400d", actions: { delete: {} } },
  },
} as const satisfies estypes.IlmPolicy;

/** Above the templates that Elasticsearch brings. */
const PRIORITY = 500;

function templateOf(index: DocumentIndex, hasLifecycle: boolean) {
  const { name } = index;
  return {
    index_patterns: [`${name}-*`],
    priority: PRIORITY,
    version: 1,
    _meta: { managed_by: "groundskeeper" },
    template: {
      aliases: { [name]: {} },
      settings: {
        index: {
          number_of_shards: "1",
          codec: "best_compression",
          mapping: { total_fields: { limit: 200 } },
          ...hasLifecycle ? { lifecycle: { name, parse_origination_date: true } } : {},
        },
      },
      mappings: mappingOf(index),
    },
  } as const satisfies Omit<estypes.IndicesPutIndexTemplateRequest, "name">;
}

/**
 * Fields that it does not name are kept and cannot be searched: an index that is older than they are
 * would refuse the documents otherwise.
 */
function mappingOf(index: DocumentIndex) {
  return {
    dynamic: false,
    date_detection: false,
    properties: { ...mappedFields(index) },
  } as const satisfies estypes.MappingTypeMapping;
}

/**
 * Makes what the documents of an index need: the policy if there is none, the template with the alias,
 * and the fields in indices that are there. Right to be done again at any time.
 *
 * @throws GroundskeeperError with what is in the way; ServerFault
 */
export async function setUp(server: Elasticsearch, index: DocumentIndex): Promise<SetUp> {
  const { name } = index;
  // The indices of the months, and whatever has the alias's name.
  const indices = await readIndices(server, [name, `${name}-*`]);
  refuseConcrete(server, index, indices);
  const lifecycle = await putPolicy(server, name);
  await server.ask((client, options) =>
    client.indices.putIndexTemplate({ name, ...templateOf(index, lifecycle !== "none") }, options)
  );
  for (const [existing, { mappings, aliases }] of indices) {
    await putFields(server, index, existing, mappings);
    if (aliases?.[name]) continue;
    await server.ask((client, options) =>
      client.indices.putAlias({ index: existing, name }, options)
    );
  }
  return { name, lifecycle, indices: [...indices.keys()].sort() };
}

type Indices = ReadonlyMap<string, estypes.IndicesIndexState>;

async function readIndices(server: Elasticsearch, index: string[]): Promise<Indices> {
  const found = await server.ask((client, options) =>
    client.indices.get({
      index,
      ignore_unavailable: true,
      allow_no_indices: true,
      features: ["mappings", "aliases"],
    }, options)
  );
  return new Map(Object.entries(found));
}

/** @throws GroundskeeperError for an index in the place of the alias */
function refuseConcrete(server: Elasticsearch, { name }: DocumentIndex, indices: Indices): void {
  if (!indices.has(name)) return;
  throw notAsItMustBe(
    server,
    `has an index "${name}" where the alias of this name belongs. ` +
      "It was made by another program, or by a write without the template. Nothing was changed. If " +
      `its documents are needed, copy them: POST _reindex {"source": {"index": "${name}"}, "dest": ` +
      `{"index": "old-${name}"}}. Then delete it: DELETE /${name}, and run: ${SETUP}`,
  );
}

function notAsItMustBe({ node }: Elasticsearch, state: string): GroundskeeperError {
  return new GroundskeeperError(
    "elasticsearch",
    `Elasticsearch at ${node} ${state}`,
    EXIT.failed,
  );
}

async function putPolicy(server: Elasticsearch, name: string): Promise<SetUp["lifecycle"]> {
  try {
    await server.ask((client, options) => client.ilm.getLifecycle({ name }, options));
    return "kept";
  } catch (error) {
    if (!(error instanceof ServerFault)) throw error;
    const { status, message } = error;
    // Serverless answers 410; a server that was built without lifecycles has no handler.
    if (status === 410 || (status === 400 && message.includes("no handler found"))) return "none";
    if (status !== 404) throw error;
  }
  await server.ask((client, options) => client.ilm.putLifecycle({ name, policy: POLICY }, options));
  return "made";
}

async function putFields(
  server: Elasticsearch,
  index: DocumentIndex,
  existing: string,
  mappings: estypes.MappingTypeMapping | undefined,
): Promise<void> {
  const { wrong, missing } = differences(mappedFields(index), mappings?.properties);
  if (wrong.length > 0) throw mappedOtherwise(server, existing, wrong);
  if (missing.length === 0 && isStatic(mappings)) return;
  await server.ask((client, options) =>
    client.indices.putMapping({ index: existing, ...mappingOf(index) }, options)
  );
}

/** The server says `"false"` where it was told `false`. */
function isStatic(mappings: estypes.MappingTypeMapping | undefined): boolean {
  return String(mappings?.dynamic) === "false";
}

type Properties = Readonly<Record<string, estypes.MappingProperty>>;

/** The fields that an index has with another type, and those that it does not have. */
function differences(
  fields: Fields,
  properties: Properties = {},
  path = "",
): { readonly wrong: readonly string[]; readonly missing: readonly string[] } {
  const all = Object.entries(fields).map(([name, field]) => {
    const at = `${path}${name}`;
    const there = properties[name];
    if (there === undefined) return { wrong: [], missing: [at] };
    const own = "properties" in there ? there.properties ?? {} : undefined;
    if ("properties" in field) {
      return own ? differences(field.properties, own, `${at}.`) : { wrong: [at], missing: [] };
    }
    return { wrong: !own && there.type === field.type ? [] : [at], missing: [] };
  });
  return {
    wrong: all.flatMap(({ wrong }) => wrong),
    missing: all.flatMap(({ missing }) => missing),
  };
}

function mappedOtherwise(server: Elasticsearch, index: string, fields: readonly string[]) {
  const named = fields.slice(0, 3).join(", ");
  const more = fields.length > 3 ? ` and ${fields.length - 3} more fields` : "";
  return notAsItMustBe(
    server,
    `has the index "${index}" with other types than the documents need, in ${named}${more}. The ` +
      "type of a field cannot be changed: if its documents are needed, copy them to another index " +
      `with POST _reindex, then delete it: DELETE /${index}, and run: ${SETUP}`,
  );
}

/**
 * Checks before a write that the documents of indices will be found: that template and alias are
 * there, and that the index of the month has the fields. Makes that index if it is not there, so that
 * its fields are known before the first document.
 *
 * @param months the indices that will be written, such as `aws-audits-2026.11.01`
 * @throws GroundskeeperError with what is not as it must be; ServerFault
 */
export async function refuseUnready(
  server: Elasticsearch,
  index: DocumentIndex,
  months: readonly string[],
): Promise<void> {
  const { name } = index;
  const templates = await server.ask((client, options) =>
    // A 404 would say no more than an empty list.
    client.indices.getIndexTemplate({ name }, { ...options, ignore: [404] })
  );
  const template = templates.index_templates?.[0]?.index_template.template;
  if (!template?.aliases?.[name]) {
    throw unready(server, `has no template "${name}" of Groundskeeper`);
  }
  const { wrong, missing } = differences(mappedFields(index), template.mappings?.properties);
  if (wrong.length + missing.length > 0) {
    throw unready(server, `has the template "${name}" of another version of Groundskeeper`);
  }
  for (const month of months) {
    await server.ask((client, options) =>
      client.indices.create({ index: month }, { ...options, ignore: [400] })
    );
  }
  const indices = await readIndices(server, [name, ...months]);
  refuseConcrete(server, index, indices);
  for (const month of months) {
    const found = indices.get(month);
    if (!found?.aliases?.[name]) {
      throw unready(server, `has no index "${month}" with the alias "${name}"`);
    }
    const own = differences(mappedFields(index), found.mappings?.properties);
    if (own.wrong.length > 0) throw mappedOtherwise(server, month, own.wrong);
    if (own.missing.length > 0 || !isStatic(found.mappings)) {
      throw unready(server, `has the index "${month}" without the fields of this version`);
    }
  }
}

function unready(server: Elasticsearch, state: string): GroundskeeperError {
  return notAsItMustBe(
    server,
    `${state}: documents would be written and not be found. Nothing was written. To make it: ${SETUP}`,
  );
}
