import assert from "assert";
import { openElasticsearch } from "../../../reports/elasticsearch/client.ts";
import { type Account, writeDocuments } from "../../../reports/elasticsearch/write_documents.ts";
import type { Fault } from "./memory_server.ts";
import { documentsOf, type RunPart, sendingTo } from "./runs.ts";

/** A run for a slot, and where it was killed. */
export type Life = {
  readonly runId: string;
  readonly parts: readonly RunPart[];
  /** Killed at this request, counted from 0, before or after the server has done it; null: never. */
  readonly killed: { readonly at: number; readonly after: boolean } | null;
};

/** Lets a server be cut from the outside. */
export type Cuttable = { readonly node: string; fault: Fault };

/** @returns what was accounted for, and how many requests were made */
export async function live(
  server: Cuttable,
  { runId, parts, killed }: Life,
): Promise<{ readonly account: Account; readonly requests: number }> {
  const stop = new AbortController();
  let requests = 0;
  server.fault = () => {
    if (requests++ !== killed?.at) return undefined;
    stop.abort();
    return killed.after ? "break after" : "break";
  };
  await using opened = await openElasticsearch(sendingTo(server.node, { signal: stop.signal }));
  const account = await writeDocuments(opened, runId, documentsOf(runId, parts));
  server.fault = () => undefined;
  return { account, requests };
}

/** What a server must have after runs that were all replayed to their end, by ID: who wrote it. */
export function expectedAfter(lives: readonly Life[]): Record<string, string> {
  const owners = new Map<string, { readonly runId: string; readonly part: RunPart }>();
  for (const { runId, parts } of lives) {
    for (const part of parts) {
      const owner = owners.get(part.part);
      if (!owner || owner.part.proof < part.proof) owners.set(part.part, { runId, part });
    }
  }
  const documents = [...owners.values()].flatMap(({ runId, part }) =>
    documentsOf(runId, [part]).map(({ id }): [string, string] => [id, runId])
  );
  return sorted(Object.fromEntries(documents));
}

export function sorted<Value>(record: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => a < b ? -1 : 1));
}

export function assertAccounted({ total, written, kept, fault, failures }: Account): void {
  assert.deepEqual({ fault, failures, all: written + kept }, {
    fault: null,
    failures: [],
    all: total,
  });
}
