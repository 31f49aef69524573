import type { Where } from "./conditions.ts";

/** A number or word of a group of documents. */
export type Measure =
  & {
    readonly label: string;
    /** Absent: a number. */
    readonly type?: "date" | "string" | "list";
    readonly percent?: true;
    readonly where?: Where;
  }
  & (
    /** How many documents. */
    | { readonly op: "count"; readonly field?: undefined }
    /** "last": what the newest document says, which may be nothing. */
    | { readonly op: "sum" | "max" | "last"; readonly field: string }
  );

export const count = (label: string, where?: Where): Measure => (
  { label, op: "count", ...(where ? { where } : {}) }
);
export const sum = (label: string, field: string): Measure => ({ label, op: "sum", field });

/** When the newest document was written for: its slot. */
export const LAST_SEEN: Measure = {
  label: "Last seen",
  op: "max",
  field: "@timestamp",
  type: "date",
};

/** What the newest document says in some fields, by their labels. */
const said =
  (more: (field: string) => Partial<Pick<Measure, "type" | "percent" | "where">>) =>
  (fields: { readonly [label: string]: string }): Measure[] =>
    Object.entries(fields).map(([label, field]) => ({ label, op: "last", field, ...more(field) }));

export const numbers = said(() => ({}));
/** Numbers as they were known last. */
export const known = said((field) => ({ where: { [field]: "*" } }));
export const shares = said(() => ({ percent: true }));
export const words = said(() => ({ type: "string" }));
export const lists = said(() => ({ type: "list" }));
export const dates = said(() => ({ type: "date" }));
