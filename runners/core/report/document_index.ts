/** The type of a field in Elasticsearch (Elasticsearch reference, "Field data types"). */
export type Field =
  | { readonly type: "keyword"; readonly ignore_above: number }
  | { readonly type: "flattened"; readonly ignore_above: number }
  | { readonly type: "date" | "long" | "double" | "boolean" | "text" }
  | { readonly properties: Fields };

/** The fields of documents, by name. */
export type Fields = { readonly [name: string]: Field };

/** Text that is searched and counted as it is. ECS has the same limit. */
export const KEYWORD = { type: "keyword", ignore_above: 1024 } as const;
/** An object whose keys are the users': one field in the index, however many keys there are. */
export const FLATTENED = { type: "flattened", ignore_above: 1024 } as const;
export const DATE = { type: "date" } as const;
export const LONG = { type: "long" } as const;
export const DOUBLE = { type: "double" } as const;
export const BOOLEAN = { type: "boolean" } as const;
/** Sentences that are searched by their words, and not counted. */
export const TEXT = { type: "text" } as const;

/** Where documents of a job go, and what can be searched in them. */
export type DocumentIndex = {
  /** The alias for reading: `aws-audits`. The indices are `aws-audits-2026.11.01`, one for each month. */
  readonly name: string;
  /** Its fields, beside those that all documents have. */
  readonly fields: Fields;
};

/** The fields that documents of all jobs have, as `documentFrame` writes them. */
export const COMMON_FIELDS = {
  /** The slot. */
  "@timestamp": DATE,
  doc_type: KEYWORD,
  /** The account as people call it; its ID is `cloud.account.id`. */
  account: KEYWORD,
  region: KEYWORD,
  ecs: { properties: { version: KEYWORD } },
  event: {
    properties: {
      kind: KEYWORD,
      category: KEYWORD,
      type: KEYWORD,
      module: KEYWORD,
      dataset: KEYWORD,
      action: KEYWORD,
      outcome: KEYWORD,
      reason: KEYWORD,
    },
  },
  error: { properties: { code: KEYWORD, message: TEXT } },
  cloud: {
    properties: {
      provider: KEYWORD,
      service: { properties: { name: KEYWORD } },
      account: { properties: { id: KEYWORD, name: KEYWORD } },
      region: KEYWORD,
      availability_zone: KEYWORD,
      instance: { properties: { id: KEYWORD, name: KEYWORD } },
      machine: { properties: { type: KEYWORD } },
    },
  },
  groundskeeper: {
    properties: {
      run: {
        properties: {
          job: KEYWORD,
          id: KEYWORD,
          slot: DATE,
          plan_id: KEYWORD,
          /** The document that heads the part which this one belongs to. */
          part: KEYWORD,
          /** How much the run has proved of the part: the documents of the run that proved more stay. */
          proof: LONG,
          refused: {
            properties: {
              limit: KEYWORD,
              value: DOUBLE,
              would: DOUBLE,
              reserved: LONG,
              scope: KEYWORD,
              detail: TEXT,
            },
          },
        },
      },
      change: {
        properties: {
          id: KEYWORD,
          action: KEYWORD,
          target: KEYWORD,
          outcome: KEYWORD,
          /** When the outcome was known. */
          at: DATE,
        },
      },
    },
  },
} as const satisfies Fields;

/** Every change of every job that was tried, with what became of it. */
export const CHANGES_INDEX = {
  name: "groundskeeper-changes",
  fields: {
    groundskeeper: {
      properties: {
        change: {
          properties: {
            /** The run that announced it; `groundskeeper.run.id` is the run that learned its outcome. */
            run_id: KEYWORD,
            /** When it was announced; absent if the run that announced it learned the outcome. */
            since: DATE,
          },
        },
      },
    },
  },
} as const satisfies DocumentIndex;

/** All fields of the documents of an index, with those that all documents have. */
export function mappedFields({ fields }: DocumentIndex): Fields {
  return merged(COMMON_FIELDS, fields);
}

/** @throws Error where two say different things of a field */
function merged(a: Fields, b: Fields): Fields {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return Object.fromEntries(names.map((name) => {
    const [one, other] = [a[name], b[name]];
    if (!one || !other) return [name, (one ?? other)!];
    if (!("properties" in one && "properties" in other)) {
      throw new Error(`Two mappings have the field ${name}`);
    }
    return [name, { properties: merged(one.properties, other.properties) }];
  }));
}

/**
 * The index of a slot's month: a run that is late or repeated finds the documents of its slot. The day
 * stands there because Elasticsearch reads the age of an index from a complete date.
 *
 * @param slot RFC 3339, in UTC
 */
export function indexOfSlot(name: string, slot: string): string {
  return `${name}-${slot.slice(0, 7).replace("-", ".")}.01`;
}
