import { chunksOf } from "../../runners/core/chunks.ts";
import type { ReportDocument } from "../../runners/core/report/sink.ts";
import { type BulkItem, type BulkResult, writeBulk } from "./bulk.ts";
import { type Elasticsearch, ServerFault } from "./client.ts";

export type WrittenDocument = Pick<ReportDocument, "id" | "index" | "part" | "body">;

/** What became of the documents of a run. */
export type Account = {
  readonly total: number;
  /** They are in the server as they are. */
  readonly written: number;
  /** The server keeps those of another run, which has proved as much or more. */
  readonly kept: number;
  /** The runs that have begun to write those: whether they have ended, the server does not know. */
  readonly keptOf: readonly string[];
  /** Documents of other runs that were deleted, since this run has proved more. */
  readonly removed: number;
  /** The first that the server does not have, each with the reason. */
  readonly failures: readonly { readonly id: string; readonly reason: string }[];
  /** The server could not be worked with to the end. */
  readonly fault: ServerFault | null;
};

/** Documents that stand or go together. */
type Part = {
  readonly head: WrittenDocument;
  readonly others: readonly WrittenDocument[];
};

/**
 * Whose a part is in the server: this run's, since just now or since an earlier attempt, or another
 * run's. `failed`: its head was not written.
 */
type Owner = "new" | "replaced" | "again" | "theirs" | "failed";

/** What is written down while documents are sent. */
type Notes = {
  readonly owners: Map<Part, Owner>;
  readonly results: Map<WrittenDocument, BulkResult>;
  readonly keptOf: Set<string>;
};

/**
 * Writes the documents of a run, so that the server has of each part the documents of the run that
 * has proved most of it, and no others. The head of a part is written first, and decides whose the
 * part is; so another run, or this one after a kill, finds out what is left to do.
 *
 * Right to be done again at any time, and beside another run for the same slot.
 */
export async function writeDocuments(
  server: Elasticsearch,
  runId: string,
  documents: readonly WrittenDocument[],
): Promise<Account> {
  const notes: Notes = { owners: new Map(), results: new Map(), keptOf: new Set() };
  let removed = 0;
  let fault: ServerFault | null = null;
  try {
    await takeHeads(server, runId, partsOf(documents), notes);
    const ours = [...notes.owners]
      .filter(([{ others }, owner]) =>
        others.length > 0 && owner !== "theirs" && owner !== "failed"
      ).map(([part]) => part);
    await writeOthers(server, ours, notes);
    await findLost(server, runId, ours, notes);
    removed = await removeStrays(server, runId, notes);
  } catch (error) {
    if (!(error instanceof ServerFault)) throw error;
    fault = error;
  }
  return accountOf(documents, notes, { removed, fault });
}

function partsOf(documents: readonly WrittenDocument[]): Part[] {
  const heads = new Map(
    documents.filter(({ id, part }) => id === part.id).map((one) => [one.id, one]),
  );
  const others = Map.groupBy(
    documents.filter(({ id, part }) => id !== part.id && heads.has(part.id)),
    ({ part }) => part.id,
  );
  return documents.filter(({ id, part }) => id === part.id || !heads.has(part.id))
    .map((head) => ({ head, others: others.get(head.id) ?? [] }));
}

/** A part's head as the server has it. */
type Standing = {
  readonly runId: string | null;
  readonly proof: number;
  readonly seqNo: number;
  readonly primaryTerm: number;
};

const READ_AT_ONCE = 1_000;

/** The heads that the server has, by ID. Reading by ID sees also what was written just now. */
async function readHeads(
  server: Elasticsearch,
  parts: readonly Part[],
): Promise<ReadonlyMap<string, Standing>> {
  const found = new Map<string, Standing>();
  for (const some of chunksOf(parts, READ_AT_ONCE)) {
    const docs = some.map(({ head: { id, index } }) => ({
      _id: id,
      _index: index,
      _source: ["groundskeeper.run.id", "groundskeeper.run.proof"],
    }));
    const answer = await server.ask((client, options) => client.mget<Source>({ docs }, options));
    answer.docs.forEach((doc, at) => {
      if ("error" in doc) {
        const said = `cannot read ${docs[at]!._id}: ${doc.error.reason}`;
        throw new ServerFault(`Elasticsearch at ${server.node} ${said}`, null, doc.error.type);
      }
      if (!doc.found) return;
      const { id = null, proof = Infinity } = doc._source?.groundskeeper?.run ?? {};
      // A head that says nothing of its proof is not known to have proved less.
      found.set(doc._id, {
        runId: id,
        proof,
        seqNo: doc._seq_no!,
        primaryTerm: doc._primary_term!,
      });
    });
  }
  return found;
}

type Source = { groundskeeper?: { run?: { id?: string; proof?: number } } };

/** Takes the parts of which this run has proved most: writes their heads. */
async function takeHeads(
  server: Elasticsearch,
  runId: string,
  parts: readonly Part[],
  notes: Notes,
): Promise<void> {
  const { owners, results } = notes;
  let open = parts;
  // Asked again once, since somebody else may have written a head meanwhile.
  for (let tries = 0; tries < 2 && open.length > 0; tries++) {
    const heads = await readHeads(server, open);
    const writes: (BulkItem & { readonly part: Part; readonly owner: Owner })[] = [];
    for (const part of open) {
      const { owner, action } = decide(runId, part.head, heads.get(part.head.id));
      owners.set(part, owner);
      if (action) writes.push({ ...itemOf(part.head, action), part, owner });
      else if (owner === "theirs") keepTheirs(part, heads.get(part.head.id), notes);
      else results.set(part.head, "done");
    }
    const conflicts: Part[] = [];
    await writeBulk(server, writes, ({ part, owner }, result) => {
      if (result === "conflict") return void conflicts.push(part);
      results.set(part.head, result);
      owners.set(part, result === "done" ? owner : "failed");
    });
    open = conflicts;
  }
  const failed = "another run writes the documents of this slot at the same time";
  for (const part of open) {
    owners.set(part, "failed");
    results.set(part.head, { failed });
  }
}

function keepTheirs(
  { head, others }: Part,
  standing: Standing | undefined,
  { results, keptOf }: Notes,
): void {
  for (const document of [head, ...others]) results.set(document, "conflict");
  // A head without others is all of its part.
  if (others.length > 0 && standing?.runId) keptOf.add(standing.runId);
}

function decide(
  runId: string,
  head: WrittenDocument,
  standing: Standing | undefined,
): { readonly owner: Owner; readonly action?: BulkItem["action"] } {
  if (!standing) return { owner: "new", action: { create: {} } };
  if (standing.runId === runId) return { owner: "again" };
  if (standing.proof >= head.part.proof) return { owner: "theirs" };
  const { seqNo: if_seq_no, primaryTerm: if_primary_term } = standing;
  return { owner: "replaced", action: { index: { if_seq_no, if_primary_term } } };
}

/** Writes the documents of parts that are this run's. */
async function writeOthers(
  server: Elasticsearch,
  parts: readonly Part[],
  { results }: Notes,
): Promise<void> {
  const items = parts.flatMap(({ others }) => others).map((document) => {
    // A run that proves more may come between: its documents have higher versions, and stay.
    const condition = { version: document.part.proof + 1, version_type: "external_gte" } as const;
    return { ...itemOf(document, { index: condition }), document };
  });
  await writeBulk(server, items, ({ document }, result) => results.set(document, result));
}

/** Finds the parts that another run has taken while this one wrote their documents. */
async function findLost(
  server: Elasticsearch,
  runId: string,
  ours: readonly Part[],
  notes: Notes,
): Promise<void> {
  const { owners, results } = notes;
  const heads = await readHeads(server, ours);
  for (const part of ours) {
    const standing = heads.get(part.head.id);
    if (standing?.runId !== runId) {
      owners.set(part, "theirs");
      keepTheirs(part, standing, notes);
      continue;
    }
    for (const document of part.others) {
      if (results.get(document) !== "conflict") continue;
      const failed = "the server has it in a version that no run for this slot has written";
      results.set(document, { failed });
    }
  }
}

const ASKED_AT_ONCE = 1_000;
const HITS_AT_ONCE = 1_000;

/**
 * Deletes what stands in a part that is another run's than its own: what a run has left whose part
 * this one has replaced, and what this one has written before it lost a part.
 *
 * @returns how many were deleted
 */
async function removeStrays(
  server: Elasticsearch,
  runId: string,
  { owners }: Notes,
): Promise<number> {
  const parts = (...wanted: readonly Owner[]) =>
    [...owners].filter(([, owner]) => wanted.includes(owner)).map(([{ head }]) => head.part);
  const ours = Map.groupBy(parts("replaced", "again"), ({ proof }) => proof);
  const run = { term: { "groundskeeper.run.id": runId } };
  const queries = [
    ...[...ours].flatMap(([proof, some]) => {
      // What has proved more is of a run that has just taken the part.
      const less = { range: { "groundskeeper.run.proof": { lt: proof } } };
      return inParts(some).map((terms) => ({ bool: { filter: [terms, less] } }));
    }),
    ...inParts(parts("theirs")).map((terms) => ({ bool: { filter: [terms, run] } })),
  ];
  if (queries.length === 0) return 0;
  const index = [...new Set([...owners.keys()].map(({ head }) => head.index))];
  // Searches see what was written only after a refresh.
  await server.ask((client, options) => client.indices.refresh({ index }, options));
  let removed = 0;
  for (const query of queries) removed += await removeFound(server, index, query);
  return removed;
}

function inParts(parts: readonly { readonly id: string }[]): object[] {
  return chunksOf(parts.map(({ id }) => id), ASKED_AT_ONCE)
    .map((ids) => ({ terms: { "groundskeeper.run.part": ids } }));
}

async function removeFound(
  server: Elasticsearch,
  index: readonly string[],
  query: object,
): Promise<number> {
  const found: BulkItem[] = [];
  const { id: pit } = await server.ask((client, options) =>
    client.openPointInTime({ index: [...index], keep_alive: "1m" }, options)
  );
  try {
    let after: (string | number)[] | undefined;
    while (true) {
      const { hits: { hits } } = await server.ask((client, options) =>
        client.search({
          pit: { id: pit, keep_alive: "1m" },
          query,
          size: HITS_AT_ONCE,
          sort: [{ _shard_doc: "asc" }],
          seq_no_primary_term: true,
          _source: false,
          track_total_hits: false,
          allow_partial_search_results: false,
          ...(after ? { search_after: after } : {}),
        }, options)
      );
      for (const { _id, _index, _seq_no, _primary_term } of hits) {
        const condition = { if_seq_no: _seq_no!, if_primary_term: _primary_term! };
        found.push({ id: _id!, index: _index, action: { delete: condition } });
      }
      if (hits.length < HITS_AT_ONCE) break;
      after = hits.at(-1)!.sort as (string | number)[];
    }
  } finally {
    // 404: an earlier try has closed it, and its answer was lost.
    await server.ask((client, options) =>
      client.closePointInTime({ id: pit }, { ...options, ignore: [404] })
    );
  }
  const results = new Map<BulkItem, BulkResult>();
  await writeBulk(server, found, (item, result) => results.set(item, result));
  const failed = [...results.values()].find((result) => typeof result === "object");
  if (failed) {
    const said = `did not delete documents of another run: ${failed.failed}`;
    throw new ServerFault(`Elasticsearch at ${server.node} ${said}`, null, null);
  }
  // A conflict: somebody has written it again meanwhile, and it is no longer the one that was found.
  return [...results.values()].filter((result) => result === "done").length;
}

function itemOf({ id, index, body }: WrittenDocument, action: BulkItem["action"]): BulkItem {
  const { _id: _, _index: __, ...fields } = body;
  return { id, index, action, body: () => JSON.stringify(fields) };
}

const SHOWN = 3;

function accountOf(
  documents: readonly WrittenDocument[],
  { results, keptOf }: Notes,
  known: Pick<Account, "removed" | "fault">,
): Account {
  const count = (wanted: BulkResult) =>
    documents.filter((document) => results.get(document) === wanted).length;
  return {
    total: documents.length,
    written: count("done"),
    kept: count("conflict"),
    keptOf: [...keptOf].sort(),
    ...known,
    failures: documents.flatMap((document) => {
      const result = results.get(document);
      return typeof result === "object" ? [{ id: document.id, reason: result.failed }] : [];
    }).slice(0, SHOWN),
  };
}
