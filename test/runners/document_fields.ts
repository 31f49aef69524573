import type { Field, Fields } from "../../runners/core/report/document_index.ts";

/** A value of a document that no field stands for, or a field that holds none of the kind. */
export type Leaf = {
  readonly path: string;
  readonly field: Field | undefined;
  readonly value: unknown;
};

/** All values of a document, each with its field. Of an array, its members; null is no value. */
export function leavesOf(value: unknown, fields: Fields, path = ""): Leaf[] {
  return Object.entries(value as object).flatMap(([name, member]) =>
    leavesIn(member, fields[name], path === "" ? name : `${path}.${name}`)
  );
}

function leavesIn(value: unknown, field: Field | undefined, path: string): Leaf[] {
  if (value === null) return [];
  if (Array.isArray(value)) return value.flatMap((member) => leavesIn(member, field, path));
  if (typeof value === "object" && field !== undefined && "properties" in field) {
    return leavesOf(value, field.properties, path);
  }
  return [{ path, field, value }];
}

/** What is wrong with a document, as if the mapping were strict; null: nothing. */
export function faultOf({ path, field, value }: Leaf): string | null {
  if (!field) return `${path} is not mapped`;
  if ("properties" in field) return `${path} is ${typeof value}, and the field has fields`;
  return HOLDS[field.type](value) ? null : `${path} is ${JSON.stringify(value)}: no ${field.type}`;
}

const isText = (value: unknown) => typeof value === "string";

/** Whether Elasticsearch takes a value for a type of field without changing it. */
const HOLDS: {
  readonly [type in Extract<Field, { type: string }>["type"]]: (value: unknown) => boolean;
} = {
  keyword: isText,
  text: isText,
  // strict_date_optional_time
  date: (value) =>
    isText(value) && /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?Z)?$/.test(`${value}`),
  long: Number.isSafeInteger,
  double: Number.isFinite,
  boolean: (value) => typeof value === "boolean",
  flattened: (value) =>
    typeof value === "object" && value !== null &&
    Object.values(value).every((one) => one === null || typeof one !== "object"),
};

/** The paths of all fields that hold values. */
export function pathsOf(fields: Fields, path = ""): string[] {
  return Object.entries(fields).flatMap(([name, field]) => {
    const own = path === "" ? name : `${path}.${name}`;
    return "properties" in field ? pathsOf(field.properties, own) : [own];
  });
}
