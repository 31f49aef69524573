/** The type of a field in Elasticsearch (Elasticsearch reference, "Field data types"). */
export type Field =
  | { readonly type: "keyword"; readonly ignore_above: number }
  | { readonly type: "flattened"; readonly ignore_above: number }
  | { readonly type: "date" | "long" | "double" | "boolean" }
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

/** Where documents of a job go, and what can be searched in them. */
export type DocumentIndex = {
  /** The alias for reading: `aws-audits`. The indices are `aws-audits-2026.11.01`, one for each month. */
  readonly name: string;
  /** Its fields, beside those that all documents have. */
  readonly fields: Fields;
};

/**
 * The index of a slot's month: a run that is late or repeated finds the documents of its slot. The day
 * stands there because Elasticsearch reads the age of an index from a complete date.
 *
 * @param slot RFC 3339, in UTC
 */
export function indexOfSlot(name: string, slot: string): string {
  return `${name}-${slot.slice(0, 7).replace("-", ".")}.01`;
}
