import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import * as z from "zod";
import type { Write } from "../../core/store/store.ts";
import { parseInstant } from "../evidence/timestamps.ts";
import { IMPORTED } from "./imported.ts";

/** What Repokid wrote in place of an empty string, and never took back. */
const EMPTY = "---DYNAMO-EMPTY-STRING---";

/** The attributes of Repokid's items that history is in (repokid 0.19, `role.py`). */
const itemSchema = z.looseObject({
  RoleId: z.string().regex(/^AROA[A-Z0-9]+$/),
  Policies: z.array(z.looseObject({
    Source: z.string(),
    Discovered: z.union([z.string(), z.number()]),
    Policy: z.record(z.string(), z.unknown()),
  })).default([]),
});

/** An item of Repokid's table as rows, or why it cannot be read. */
export type ImportedItem =
  | { readonly roleId: string; readonly writes: readonly Write[] }
  | { readonly roleId: string | null; readonly problem: string };

/** Reads one item. Its versions are shown and never restored: nobody can say that AWS had them so. */
export function readRepokidItem(item: Readonly<Record<string, AttributeValue>>): ImportedItem {
  const plain = Object.fromEntries(
    Object.entries(item).map(([name, value]) => [name, plainValue(value)]),
  );
  const parsed = itemSchema.safeParse(plain);
  const named = plain["RoleId"];
  const roleId = typeof named === "string" ? named : null;
  if (!parsed.success) return { roleId, problem: z.prettifyError(parsed.error) };
  const { RoleId, Policies } = parsed.data;
  const writes: Write[] = [];
  for (const [index, { Source, Discovered, Policy }] of Policies.entries()) {
    const discovered = parseInstant(Discovered)?.toISOString();
    if (discovered === undefined) {
      return { roleId, problem: `Its version ${index + 1} was discovered at "${Discovered}"` };
    }
    const policies = Object.fromEntries(
      Object.entries(Policy).map(([name, document]) => [name, JSON.stringify(document)]),
    );
    const id = `${RoleId}/${discovered}/${String(index).padStart(6, "0")}`;
    writes.push(IMPORTED.write(id, { source: Source, discovered, policies, imported: true }));
  }
  return { roleId: RoleId, writes };
}

/** A value of DynamoDB's as plain data; sets become lists, bytes have no place in this table. */
function plainValue(value: AttributeValue): unknown {
  if (value.S !== undefined) return value.S === EMPTY ? "" : value.S;
  if (value.N !== undefined) return Number(value.N);
  if (value.BOOL !== undefined) return value.BOOL;
  if (value.L) return value.L.map(plainValue);
  if (value.M) {
    return Object.fromEntries(
      Object.entries(value.M).map(([name, member]) => [name, plainValue(member)]),
    );
  }
  if (value.SS) return value.SS.map((text) => text === EMPTY ? "" : text);
  if (value.NS) return value.NS.map(Number);
  return null;
}
