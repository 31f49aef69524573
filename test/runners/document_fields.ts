import { AUDIT_INDEX } from "../../runners/audit/documents.ts";
import {
  CHANGES_INDEX,
  type DocumentIndex,
  type Field,
  type Fields,
  mappedFields,
} from "../../runners/core/report/document_index.ts";
import type { ReportDocument } from "../../runners/core/report/sink.ts";
import { DIRTY_INDEX } from "../../runners/dirty/documents.ts";
import { REPO_INDEX } from "../../runners/repo/documents.ts";

/** All indices that documents go to. */
export const INDICES: readonly DocumentIndex[] = [
  AUDIT_INDEX,
  REPO_INDEX,
  DIRTY_INDEX,
  CHANGES_INDEX,
];

/** The index that a document goes to. */
export function indexOf({ index }: Pick<ReportDocument, "index">): DocumentIndex {
  return INDICES.find(({ name }) => index.replace(/-\d{4}\.\d\d\.01$/, "") === name)!;
}

/** What stands in documents and cannot be searched, with the reason. */
export const SOURCE_ONLY: Readonly<Record<string, string>> = {
  "groundskeeper.repo.managed.proposal": "the texts of policies, as IAM keeps them",
};

/** What is wrong with documents, as if their mappings were strict: nothing else is left out. */
export function faultsOf(
  documents: readonly Pick<ReportDocument, "type" | "index" | "body">[],
): string[] {
  const faults = documents.flatMap((document) =>
    leavesOf(document.body, mappedFields(indexOf(document)))
      .filter(({ path }) => !Object.hasOwn(SOURCE_ONLY, path))
      .flatMap((leaf) => faultOf(leaf) ?? []).map((fault) => `${document.type}: ${fault}`)
  );
  return [...new Set(faults)].sort();
}

/** A value of a document that no field stands for, or a field that holds none of the kind. */
export type Leaf = {
  readonly path: string;
  readonly field: Field | undefined;
  readonly value: unknown;
};

/** All values of a document, each with its field. Of an array, its members; null is no value of a field. */
export function leavesOf(value: unknown, fields: Fields, path = ""): Leaf[] {
  return Object.entries(value as object).flatMap(([name, member]) =>
    leavesIn(member, fields[name], path === "" ? name : `${path}.${name}`)
  );
}

function leavesIn(value: unknown, field: Field | undefined, path: string): Leaf[] {
  if (value === null && field) return [];
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
