import * as z from "zod";
import { checked } from "../checked.ts";
import { SCHEMA } from "../contract/names.ts";
import { UsageError } from "../errors.ts";
import { systemError } from "../files/file_error.ts";
import type { FileWriter } from "../files/write_files.ts";
import type { Job } from "../job.ts";
import type { JobTypes } from "../job_types.ts";
import { isJsonObject, type Json } from "../json.ts";
import { jsonPieces } from "../json_text.ts";
import { type Parts, partsBy, partsOf } from "../parts.ts";
import { digestOf } from "../plan/document.ts";
import { documentIn, readDocumentFile, unreadable } from "./document_file.ts";

/*
 * A snapshot is a folder with a file for each account and an index. The index has the digest of each
 * file and is written last: a folder that was written in part, or by two runs, is never read as one
 * snapshot.
 */

const indexSchema = z.object({
  job: z.string(),
  taken_at: z.iso.datetime(),
  // An ID is part of a path.
  parts: z.array(z.object({ account: z.string().regex(/^\w+$/), digest: z.string() })),
});

function indexPath(directory: string, job: string): string {
  return `${directory}/${job}-snapshot/index.json`;
}

/** V8's longest string. A file that is longer can be written, and not be read. */
const READABLE = 2 ** 29 - 24;

/**
 * Stores what was observed, so that it can be planned from again without AWS. Part by part: no more
 * than one is held.
 *
 * @returns the path of the index
 * @throws FileError when it cannot be written, or a part would be too long to be read again
 */
export async function saveSnapshot(
  write: FileWriter,
  directory: string,
  job: string,
  parts: Iterable<Json & { readonly id: string }>,
  takenAt: Date,
): Promise<string> {
  const index = indexPath(directory, job);
  const save = async (path: string, body: { readonly [key: string]: Json }) => {
    const digest = digestOf(body);
    await write([{ path, text: within(READABLE, jsonPieces({ ...body, digest })) }]);
    return digest;
  };
  const listed: { account: string; digest: string }[] = [];
  for (const observed of parts) {
    const account = observed.id;
    const body = { schema: SCHEMA.part, job, account, observed };
    listed.push({ account, digest: await save(partPath(index, account), body) });
  }
  const taken_at = takenAt.toISOString();
  await save(index, { schema: SCHEMA.snapshot, job, taken_at, parts: listed });
  return index;
}

function partPath(index: string, account: string): string {
  return index.replace(/index\.json$/, `${account}.json`);
}

/**
 * The pieces of a text that has at most so many characters.
 *
 * @throws a system error before a piece that would make it longer
 */
export function* within(most: number, pieces: Iterable<string>): Generator<string> {
  let length = 0;
  for (const piece of pieces) {
    length += piece.length;
    if (length > most) throw systemError("ERR_STRING_TOO_LONG");
    yield piece;
  }
}

/** An observation that was stored, and when it was made. */
type Snapshot<T extends JobTypes> = {
  readonly observed: Parts<T["Part"]>;
  readonly takenAt: Date;
};

/**
 * Opens a snapshot. Each part is read when the plan comes to it, checked, and not kept.
 *
 * @throws UsageError when the index, and later a part, is missing, cut short, edited, of another
 * version, job or shape
 */
export async function loadSnapshot<T extends JobTypes>(
  directory: string,
  job: Job<T>,
): Promise<Snapshot<T>> {
  const path = indexPath(directory, job.name);
  const single = `${directory}/${job.name}-snapshot.json`;
  if (!await isThere(path) && await isThere(single)) return await loadSingle(single, job);
  const read = checked(await readDocumentFile(path, "snapshot", SCHEMA.snapshot), indexSchema);
  if ("problem" in read) throw unusable(path, read.problem);
  const { job: of, taken_at, parts } = read.value;
  if (of !== job.name) throw unusable(path, `it is of the job "${of}"`);
  const digests = new Map(parts.map(({ account, digest }) => [account, digest]));
  if (digests.size < parts.length) throw unusable(path, "it lists an account twice");
  return {
    observed: partsBy(
      digests.keys(),
      (account) => readPart(partPath(path, account), account, digests.get(account)!, job),
    ),
    takenAt: new Date(taken_at),
  };
}

function readPart<T extends JobTypes>(
  path: string,
  account: string,
  digest: string,
  job: Job<T>,
): T["Part"] {
  const part = documentIn(textOf(path), path, "snapshot", SCHEMA.part);
  if (part["job"] !== job.name || part["account"] !== account) {
    throw unusable(path, `it is account ${part["account"]} of the job "${part["job"]}"`);
  }
  if (part["digest"] !== digest) {
    throw unusable(path, "it is of another snapshot than the index beside it");
  }
  const observed = observedBy(job, part["observed"], path);
  if (observed.id !== account) throw unusable(path, `it holds account ${observed.id}`);
  return observed;
}

/** At once and not while others work: a plan is a function that waits for nothing. */
function textOf(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    throw unreadable(path, "snapshot", error);
  }
}

/** A part, checked. */
function observedBy<T extends JobTypes>(
  { name, partSchema }: Job<T>,
  observed: unknown,
  path: string,
): T["Part"] {
  const read = partSchema.safeParse(observed);
  if (read.success) return read.data;
  const where = read.error.issues[0]?.path.join(".");
  throw unusable(path, `it does not hold what ${name} of this version observes (${where})`);
}

/** Reads a snapshot of 0.1.0 and before: one file, with all accounts. */
async function loadSingle<T extends JobTypes>(path: string, job: Job<T>): Promise<Snapshot<T>> {
  const document = await readDocumentFile(path, "snapshot", "groundskeeper.snapshot/1");
  const { accounts = null, ...rest } = isJsonObject(document["observed"])
    ? document["observed"]
    : {};
  if (document["job"] !== job.name || !Array.isArray(accounts)) {
    throw unusable(path, `it does not hold what ${job.name} of this version observes`);
  }
  return {
    observed: partsOf(accounts.map((account, at) =>
      // What was seen of all accounts together: a plan adds up what the parts have of it.
      observedBy(job, at === 0 ? { ...account, ...rest } : account, path)
    )),
    takenAt: new Date(String(document["taken_at"])),
  };
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

function unusable(path: string, why: string): UsageError {
  return new UsageError(`Cannot use the snapshot "${path}": ${why}. Make a new one`);
}
