/** A value that JSON can hold. Everything that is stored, printed or hashed is one. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

/** A JSON object with unknown keys. */
export type JsonObject = { readonly [key: string]: Json };
