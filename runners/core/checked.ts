import type * as z from "zod";

/**
 * A value that a schema has found to be what its type says, or the first problem. It is the value
 * itself: what zod answers is a copy, which has its keys in another order and no key `__proto__`.
 */
export function checked<Value>(
  value: unknown,
  schema: z.ZodType<Value>,
): { readonly value: Value } | { readonly problem: string } {
  const [problem] = schema.safeParse(value).error?.issues ?? [];
  if (problem) return { problem: `${problem.path.join(".")} ${problem.message}` };
  return { value: value as Value };
}
