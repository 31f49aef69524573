import { counted } from "../../runners/core/cli/words.ts";
import {
  EXIT,
  type ExitCode,
  type Fault,
  faultOf,
  GroundskeeperError,
  messageOf,
} from "../../runners/core/errors.ts";
import { isJsonObject, jsonIn } from "../../runners/core/json.ts";
import { compareText } from "../../runners/core/plan/canonical.ts";
import { type Publication, publications } from "../../runners/core/report/publication.ts";
import type { ReadStore, Store } from "../../runners/core/store/store.ts";
import { sendDocuments, type Sending } from "./sink.ts";
import type { Account, WrittenDocument } from "./write_documents.ts";

/** A run whose documents were not all sent, and what became of them now. */
export type Replayed = Publication & Pick<Account, "written" | "kept" | "removed"> & {
  readonly job: string;
  /** null: it was sent, or not tried, since the server failed before. */
  readonly error: Omit<Fault, "exitCode"> | null;
};

/**
 * Sends the documents of all runs that the server does not have, oldest slot first. It ends with the
 * first run at which the server itself fails; the others cannot be sent either.
 *
 * @throws StoreError
 */
export async function replay(
  sending: Sending,
  store: Store,
  jobs: readonly string[],
): Promise<{ readonly runs: readonly Replayed[]; readonly exitCode: ExitCode }> {
  const runs: Replayed[] = [];
  let exitCode: ExitCode = EXIT.done;
  for (const { job, ...publication } of await unsentOf(store, jobs)) {
    const none = { ...publication, job, written: 0, kept: 0, removed: 0, error: null };
    if (exitCode === EXIT.failed || sending.signal.aborted) {
      exitCode ||= EXIT.partly;
      runs.push(none);
      continue;
    }
    try {
      const documents = await documentsOf(publication, sending.readFile);
      const { written, kept, removed, sent_at } = await sendDocuments(
        sending,
        store,
        job,
        publication,
        documents,
      );
      runs.push({ ...none, written, kept, removed, sent_at });
    } catch (error) {
      if (!(error instanceof GroundskeeperError)) throw error;
      const { code, message, exitCode: own } = faultOf(error);
      runs.push({ ...none, error: { code, message } });
      exitCode = own === EXIT.failed ? EXIT.failed : EXIT.partly;
    }
  }
  return { runs, exitCode };
}

async function unsentOf(
  store: ReadStore,
  jobs: readonly string[],
): Promise<readonly (Publication & { readonly job: string })[]> {
  const all = await Promise.all(jobs.map(async (job) => {
    const rows = await publications(job).read(store);
    return [...rows.values()].filter(({ sent_at }) => sent_at === null)
      .map((publication) => ({ ...publication, job }));
  }));
  return all.flat().sort((a, b) => compareText(a.slot, b.slot) || compareText(a.run_id, b.run_id));
}

/** @throws GroundskeeperError if the file is not as the run has left it */
async function documentsOf(
  { run_id, file, documents: count }: Publication,
  readFile: Sending["readFile"],
): Promise<WrittenDocument[]> {
  const unusable = (state: string, cause?: unknown) =>
    new GroundskeeperError(
      "report",
      `Cannot send the documents of run ${run_id} from ${file}: ${state}`,
      EXIT.partly,
      { cause },
    );
  let text: string;
  try {
    text = await readFile(file);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw unusable(messageOf(error), error);
    throw unusable(
      "there is no such file. The run has ended before it wrote its documents, or they were on " +
        "another machine or in a folder that is gone",
      error,
    );
  }
  const lines = text.split("\n").filter((line) => line !== "");
  if (lines.length !== count) {
    const found = counted(lines.length, "line");
    throw unusable(`it has ${found}, and the run wrote ${counted(count, "document")}`);
  }
  return lines.map((line, at) => {
    const document = documentIn(line, run_id);
    if (document) return document;
    throw unusable(`line ${at + 1} is no document of this run`);
  });
}

function documentIn(line: string, runId: string): WrittenDocument | undefined {
  const [read] = jsonIn(line);
  if (!isJsonObject(read)) return undefined;
  const { _id: id, _index: index, ...body } = read;
  const { groundskeeper } = body;
  const run = isJsonObject(groundskeeper) ? groundskeeper["run"] : undefined;
  if (!isJsonObject(run) || run["id"] !== runId) return undefined;
  const { part, proof } = run;
  return typeof id === "string" && typeof index === "string" && typeof part === "string" &&
      typeof proof === "number"
    ? { id, index, part: { id: part, proof }, body }
    : undefined;
}
