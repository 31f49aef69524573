import type { Call } from "../aws/call_log.ts";

/** The settings of a store in a table of its own, which the program makes on this machine. */
export function tableStore() {
  return { kind: "dynamodb", region: "us-east-1", table: `store-${crypto.randomUUID()}` } as const;
}

const READING = new Set(["dynamodb:GetItem", "dynamodb:Query"]);

/** A kind, as the key of an item or as that which a query asks for. */
const KIND = /"(?::kind|kind)":\{"S":"(.+?)"\}/g;

/** The kinds of rows that a call names, without the accounts behind them. */
export function kindsOf({ parameters }: Call): string[] {
  const kinds = Object.values(parameters).join("\n").matchAll(KIND);
  return [...new Set([...kinds].map(([, kind]) => kind!.split("#")[0]!))].sort();
}

/** The kinds of rows that calls have read and written in a table. */
export function kindsIn(calls: readonly Call[], table: string) {
  const reads = new Set<string>();
  const writes = new Set<string>();
  for (const call of calls) {
    if (!Object.values(call.parameters).join("\n").includes(table)) continue;
    for (const kind of kindsOf(call)) (READING.has(call.action) ? reads : writes).add(kind);
  }
  return { reads: [...reads].sort(), writes: [...writes].sort() };
}
