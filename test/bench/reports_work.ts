/**
 * Does one piece of the work on reports, and says what came of it:
 * `deno run reports_work.ts '{"way": "page", "record": "record.v8"}'`.
 */

import { deserialize } from "node:v8";
import { Client } from "@elastic/elasticsearch";
import { sendDocuments } from "../../reports/elasticsearch/sink.ts";
import { renderPage } from "../../reports/html/render_page.ts";
import { MemoryStore } from "../../runners/adapters/memory/memory_store.ts";
import { AUDIT_INDEX } from "../../runners/audit/documents.ts";
import { systemClock } from "../../runners/core/clock.ts";
import { reportsSchema } from "../../runners/core/config/reports.ts";
import type { RunRecord } from "../../runners/core/report/sink.ts";

/** What is to be done with a record, which is in a file as V8 serializes it. */
export type ReportsWork =
  & { readonly record: string }
  & ({ readonly way: "sink" | "helper"; readonly node: string } | { readonly way: "page" });

/** What came of it. */
export interface ReportsWorked {
  /** How long the work itself took, without the start of the program and the reading of its input. */
  readonly ms: number;
  /** Bytes of the page, or documents that the server is said to have. */
  readonly count: number;
}

/** As a run does it: a server that is not set up is refused, and nothing of another run is lost. */
async function bySink(node: string, { job, runId, slot, documents }: RunRecord): Promise<number> {
  const { elasticsearch } = reportsSchema.parse({ elasticsearch: { node } });
  const publication = {
    run_id: runId,
    slot: slot.toISOString(),
    file: "record.jsonl",
    documents: documents.length,
    sent_at: null,
  };
  const sending = {
    config: elasticsearch!,
    env: () => undefined,
    readFile: Deno.readTextFile,
    clock: systemClock,
    signal: new AbortController().signal,
    indices: () => Promise.resolve([AUDIT_INDEX]),
  };
  const { written } = await sendDocuments(sending, new MemoryStore(), job, publication, documents);
  return written;
}

/** As the client's own documentation does it, with an id for each document. */
async function byHelper(node: string, { documents }: RunRecord): Promise<number> {
  const client = new Client({ node });
  const { successful } = await client.helpers.bulk({
    datasource: [...documents],
    onDocument: ({ id, index, body }) => [{ index: { _index: index, _id: id } }, body],
  });
  await client.close();
  return successful;
}

function pageBytes(record: RunRecord): number {
  const html = renderPage(record.page, { ...record, toolVersion: "0.0.0", before: null });
  return new TextEncoder().encode(html).length;
}

async function worked(work: ReportsWork): Promise<ReportsWorked> {
  const record = deserialize(await Deno.readFile(work.record)) as RunRecord;
  const begin = performance.now();
  const count = work.way === "page"
    ? pageBytes(record)
    : await (work.way === "sink" ? bySink : byHelper)(work.node, record);
  return { ms: performance.now() - begin, count };
}

if (import.meta.main) console.log(JSON.stringify(await worked(JSON.parse(Deno.args[0] ?? ""))));
