export { isJsonObject, type Json, jsonIn, type JsonObject } from "./contract/json.ts";

/** What JSON is made of: members that are undefined are left out. */
export type Jsonable =
  | null
  | boolean
  | number
  | string
  | readonly Jsonable[]
  | { readonly [key: string]: Jsonable | undefined };
