import { createHash, type Hash } from "node:crypto";
import * as z from "zod";
import { checked } from "../checked.ts";
import { SCHEMA } from "../contract/names.ts";
import { UsageError } from "../errors.ts";
import { systemError } from "../files/file_error.ts";
import type { FileWriter } from "../files/write_files.ts";
import type { Job } from "../job.ts";
import type { JobTypes } from "../job_types.ts";
import type { Json, JsonObject } from "../json.ts";
import { jsonPieces } from "../json_text.ts";
import { type Parts, partsBy, partsOf } from "../parts.ts";
import { digestOf } from "../plan/document.ts";
import { readDocumentFile, readText } from "./document_file.ts";

/**
 * Where a snapshot is: the folder has a file for each account, and beside it is an index. The index
 * has the digest of the text of each file and is written last: what was written in part, or by two
 * runs, is never read as one snapshot.
 */
function folderOf(directory: string, job: string): string {
  return `${directory}/${job}-snapshot`;
}

/** V8's longest string, in characters: a longer file could not be read again. */
const LONGEST = 2 ** 29 - 24;

/**
 * Stores what was observed, so that it can be planned from again without AWS. It holds one part at a
 * time.
 *
 * @returns the path of the index
 * @throws FileError when it cannot be written, or a document would be too long
 */
export async function saveSnapshot(
  write: FileWriter,
  directory: string,
  job: string,
  parts: Iterable<Json & { readonly id: string }>,
  takenAt: Date,
  longest = LONGEST,
): Promise<string> {
  const folder = folderOf(directory, job);
  const save = async (path: string, document: JsonObject) => {
    const hash = createHash("sha256");
    let left = longest;
    const text = jsonPieces(document).map((piece) => {
      if ((left -= piece.length) < 0) throw systemError("ERR_STRING_TOO_LONG");
      hash.update(piece);
      return piece;
    });
    await write([{ path, text }]);
    return digestIn(hash);
  };
  const listed: JsonObject[] = [];
  for (const observed of parts) {
    const account = observed.id;
    const part = { schema: SCHEMA.part, job, account, observed };
    listed.push({ account, digest: await save(`${folder}/${account}.json`, part) });
  }
  const taken_at = takenAt.toISOString();
  const path = `${folder}.json`;
  const body = { schema: SCHEMA.snapshot, job, taken_at, parts: listed };
  await save(path, { ...body, digest: digestOf(body) });
  return path;
}

function digestIn(hash: Hash): string {
  return `sha256:${hash.digest("hex")}`;
}

/** 0.1.0 wrote all accounts into the index. */
const SINGLE = "groundskeeper.snapshot/1";

const indexSchema = z.looseObject({
  job: z.string(),
  taken_at: z.iso.datetime(),
  // An account's ID is part of a path.
  parts: z.array(z.object({ account: z.string().regex(/^\w+$/), digest: z.string() }))
    .exactOptional(),
  observed: z.looseObject({ accounts: z.array(z.looseObject({})) }).exactOptional(),
});

/**
 * Opens a snapshot. A part is read and checked each time when a plan comes to it, and not kept.
 *
 * @throws UsageError when the index, and later a part, is missing, cut short, edited, of another
 * version, job or shape
 */
export function loadSnapshot<T extends JobTypes>(directory: string, job: Job<T>): {
  readonly observed: Parts<T["Part"]>;
  readonly takenAt: Date;
} {
  const folder = folderOf(directory, job.name);
  const path = `${folder}.json`;
  const index = checked(readDocumentFile(path, "snapshot", SCHEMA.snapshot, SINGLE), indexSchema);
  if ("problem" in index) throw unusable(path, index.problem);
  const { job: of, taken_at, parts = [], observed: { accounts = [], ...together } = {} } =
    index.value;
  if (of !== job.name) throw unusable(path, `it is of the job "${of}"`);
  const digests = new Map(parts.map(({ account, digest }) => [account, digest]));
  // A plan adds up what the parts have of what was seen of all accounts together.
  const all = accounts.map((one, at) => at === 0 ? { ...one, ...together } : one);
  const observed = accounts.length === 0
    ? partsBy(digests.keys(), (account) => readPart(folder, account, digests.get(account)!, job))
    : partsOf(all.map((one) => checkedPart(one, path, job)));
  if (observed.accounts.length < parts.length + accounts.length) {
    throw unusable(path, "it lists an account twice");
  }
  return { observed, takenAt: new Date(taken_at) };
}

function readPart<T extends JobTypes>(
  folder: string,
  account: string,
  listed: string,
  job: Job<T>,
): T["Part"] {
  const path = `${folder}/${account}.json`;
  const text = readText(path, "snapshot");
  // Of the text: a plan reads each part more than once, and what it says would take longer to hash.
  if (digestIn(createHash("sha256").update(text)) === listed) {
    const part = checkedPart(JSON.parse(text).observed, path, job);
    if (part.id === account) return part;
  }
  throw unusable(
    path,
    "it was edited or cut short, or is of another snapshot than the index beside it",
  );
}

function checkedPart<T extends JobTypes>(
  part: unknown,
  path: string,
  { name, partSchema }: Job<T>,
): T["Part"] {
  const { data, error } = partSchema.safeParse(part);
  if (data !== undefined) return data;
  const where = error?.issues[0]?.path.join(".");
  throw unusable(path, `it does not hold what ${name} of this version observes (${where})`);
}

function unusable(path: string, why: string): UsageError {
  return new UsageError(`Cannot use the snapshot "${path}": ${why}. Make a new one`);
}
