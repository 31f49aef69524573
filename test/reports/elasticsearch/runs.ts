import { openElasticsearch } from "../../../reports/elasticsearch/client.ts";
import type { Sending } from "../../../reports/elasticsearch/sink.ts";
import { setUp } from "../../../reports/elasticsearch/setup.ts";
import type { WrittenDocument } from "../../../reports/elasticsearch/write_documents.ts";
import type { Clock } from "../../../runners/core/clock.ts";
import { CHANGES_INDEX, KEYWORD } from "../../../runners/core/report/document_index.ts";
import type { RunRecord } from "../../../runners/core/report/sink.ts";
import { sampleRecord } from "../sample_record.ts";

/** An index of documents of these tests. */
export const INDEX = { name: "test-runs", fields: { text: KEYWORD } };
export const MONTH = "test-runs-2026.11.01";
export const SLOT = "2026-11-20T00:00:00.000Z";

/** A clock whose waits are over at once, and told. */
export function hastyClock(waits: number[] = []): Clock {
  let waited = 0;
  return {
    now: () => new Date("2026-11-20T12:00:00Z"),
    monotonicMs: () => waited,
    wait: async (ms, signal) => {
      await Promise.resolve();
      signal?.throwIfAborted();
      waits.push(ms);
      waited += ms;
    },
  };
}

export function sendingTo(
  node: string,
  { signal = new AbortController().signal, clock = hastyClock(), ...config }: {
    readonly signal?: AbortSignal;
    readonly clock?: Clock;
    readonly apiKeyEnv?: string;
    readonly ca?: string;
  } = {},
): Sending {
  return {
    config: { node, apiKeyEnv: null, basic: null, ca: null, ...config },
    env: (name) => name === "ES_API_KEY" ? "c2VjcmV0" : undefined,
    readFile: (path) => Deno.readTextFile(path),
    clock,
    signal,
    random: () => 1,
    indices: () => Promise.resolve([INDEX, CHANGES_INDEX]),
  };
}

/** Makes a server ready for documents. */
export async function setUpFor(sending: Sending) {
  await using server = await openElasticsearch(sending);
  const made = [];
  for (const index of await sending.indices()) made.push(await setUp(server, index));
  return made;
}

/** A part of a run: how much the run has proved of it, and the names of the documents below its head. */
export type RunPart = {
  readonly part: string;
  readonly proof: number;
  readonly below: readonly string[];
};

/** The documents of a run. Those of the same part and name have the same ID in every run. */
export function documentsOf(runId: string, parts: readonly RunPart[]): WrittenDocument[] {
  return parts.flatMap(({ part, proof, below }) =>
    [part, ...below.map((name) => `${part}-${name}`)].map((id) => ({
      id,
      index: MONTH,
      part: { id: part, proof },
      body: {
        "@timestamp": SLOT,
        text: `${id} of ${runId}`,
        groundskeeper: { run: { id: runId, slot: SLOT, part, proof } },
      },
    }))
  );
}

export function recordOf(runId: string, documents: readonly WrittenDocument[]): RunRecord {
  return {
    ...sampleRecord,
    runId,
    slot: new Date(SLOT),
    documents: documents.map((document) => ({ ...document, type: "test" })),
  };
}
