import { counted, numberText } from "../../runners/core/cli/words.ts";
import { EXIT, GroundskeeperError, StoreError } from "../../runners/core/errors.ts";
import type { Disk } from "../../runners/core/files/disk.ts";
import type { DocumentIndex } from "../../runners/core/report/document_index.ts";
import { type Publication, publications } from "../../runners/core/report/publication.ts";
import type { RunRecord, Sink } from "../../runners/core/report/sink.ts";
import type { Store } from "../../runners/core/store/store.ts";
import { type Elasticsearch, openElasticsearch, type Reaching, ServerFault } from "./client.ts";
import { refuseUnready } from "./setup.ts";
import { type Account, writeDocuments, type WrittenDocument } from "./write_documents.ts";

/** What sends documents: the server, and the indices that documents may go to. */
export type Sending = Reaching & {
  readonly indices: () => Promise<readonly DocumentIndex[]>;
};

/** The file that has the documents of a run when its files are written, as an absolute path. */
type DocumentsFile = (record: Pick<RunRecord, "job" | "runId">) => string;

/**
 * The files of a run whose documents are then sent: a row of the store says so before the first file is
 * there. What the server does not take is then always in a file that is known.
 */
export function announced(files: Sink, documentsFile: DocumentsFile): Sink {
  return {
    name: files.name,
    publish: async (record, store) => {
      try {
        await announce(record, store, documentsFile);
      } catch (error) {
        // Without the store there are files at least, and the other sink tells it.
        if (!(error instanceof StoreError)) throw error;
      }
      return await files.publish(record, store);
    },
  };
}

/** Writes the row of a run, unless it is there. */
async function announce(
  { job, runId, slot, documents }: RunRecord,
  store: Store,
  documentsFile: DocumentsFile,
): Promise<Publication> {
  const rows = publications(job);
  const known = await rows.get(store, runId);
  if (known) return known.value;
  const publication = {
    run_id: runId,
    slot: slot.toISOString(),
    file: documentsFile({ job, runId }),
    documents: documents.length,
    sent_at: null,
  };
  await store.write([rows.write(runId, publication)]);
  return publication;
}

/**
 * Sends the documents of a run when its files are written, and notes it in the row.
 *
 * `publish` throws a GroundskeeperError unless the server has every document, or keeps that of another
 * run which proved as much.
 */
export function elasticsearchSink(
  documentsFile: DocumentsFile,
  { disk, ...sending }: Sending & { readonly disk: Pick<Disk, "kindOf"> },
): Sink {
  const { node } = sending.config;
  return {
    name: "Elasticsearch",
    publish: async (record, store) => {
      const publication = await announce(record, store, documentsFile);
      const { run_id, file } = publication;
      if (await disk.kindOf(file) !== "file") {
        throw new GroundskeeperError(
          "report",
          `Sent nothing to Elasticsearch at ${node}: the documents of run ${run_id} are not in ` +
            `${file}, from where they could be sent again`,
          EXIT.partly,
        );
      }
      try {
        await sendDocuments(sending, store, record.job, publication, record.documents);
      } catch (error) {
        throw error instanceof ServerFault ? notSent(error, publication) : error;
      }
      return [node];
    },
  };
}

/** What a server was not ready for, with where the documents are and what sends them. */
function notSent(cause: ServerFault, { run_id, documents, file }: Publication): GroundskeeperError {
  return new GroundskeeperError(
    "report",
    `${cause.message}. Not sent, and kept in ${file}: ${counted(documents, "document")} of run ` +
      `${run_id}. To send: groundskeeper reports replay`,
    cause.exitCode,
    { cause },
  );
}

/**
 * Sends the documents of a run, and notes it in the store when all are accounted for.
 *
 * @returns what became of them, and when that was noted
 * @throws GroundskeeperError with how many the server has and where the rest is; StoreError
 */
export async function sendDocuments(
  sending: Sending,
  store: Store,
  job: string,
  publication: Publication,
  documents: readonly WrittenDocument[],
): Promise<Account & { readonly sent_at: string }> {
  await using server = await openElasticsearch(sending);
  await refuseUnreadyFor(server, await sending.indices(), documents);
  const account = await writeDocuments(server, publication.run_id, documents);
  const { total, written, kept, fault } = account;
  if (written + kept !== total || fault) throw unsent(server, publication, account);
  const sent_at = sending.clock.now().toISOString();
  const note = async (sent: Partial<Publication>) =>
    await store.write([publications(job).write(publication.run_id, { ...publication, ...sent })]);
  const begun = await begunOf(store, job, account);
  if (begun !== undefined) {
    await note({ own_sent_at: sent_at });
    throw besideBegun(server, publication, account, begun);
  }
  await note({ sent_at });
  return { ...account, sent_at };
}

/**
 * A run whose documents the server keeps, and which has not sent all of its own. If it died, the server has
 * a part of them, and the run that finds this may be the only one that has the rest: it stays open.
 */
async function begunOf(
  store: Store,
  job: string,
  { keptOf }: Account,
): Promise<string | undefined> {
  for (const other of keptOf) {
    const row = await publications(job).get(store, other);
    if (row?.value.sent_at === null && row.value.own_sent_at === undefined) return other;
  }
}

function besideBegun(
  { node }: Elasticsearch,
  { run_id, file }: Publication,
  { kept }: Account,
  other: string,
): GroundskeeperError {
  return new GroundskeeperError(
    "report",
    `Elasticsearch at ${node} keeps what run ${other} said instead of ` +
      `${counted(kept, "document")} of run ${run_id}, and run ${other} has not sent all of its ` +
      `own. Those of run ${run_id} are in ${file}. To send both: groundskeeper reports replay`,
    EXIT.partly,
  );
}

async function refuseUnreadyFor(
  server: Elasticsearch,
  known: readonly DocumentIndex[],
  documents: readonly WrittenDocument[],
): Promise<void> {
  const all = [...new Set(documents.map(({ index }) => index))].sort();
  for (const [name, months] of Map.groupBy(all, (month) => month.replace(/-[\d.]+$/, ""))) {
    const index = known.find((one) => one.name === name);
    if (!index) {
      throw new GroundskeeperError(
        "elasticsearch",
        `No job of this version writes to the index "${months[0]}": send these documents with ` +
          "the version that has written them",
        EXIT.partly,
      );
    }
    await refuseUnready(server, index, months);
  }
}

function unsent(
  { node }: Elasticsearch,
  { run_id, file }: Publication,
  { total, written, kept, failures, fault }: Account,
): GroundskeeperError {
  const reasons = failures.map(({ id, reason }) => ` Document ${id}: ${reason}.`).join("");
  const has = written + kept;
  const state = has === total
    ? `has all documents of run ${run_id}, and still those of another run that they replace.`
    : `has ${numberText(has)} of ${counted(total, "document")} of run ${run_id}; the rest is in ` +
      `${file}.`;
  return new GroundskeeperError(
    "report",
    `Elasticsearch at ${node} ${state}${reasons}${fault ? ` ${fault.message}.` : ""} ` +
      "To send it: groundskeeper reports replay",
    fault ? fault.exitCode : EXIT.partly,
    fault ? { cause: fault } : {},
  );
}
