import * as z from "zod";
import { isInterruption } from "../../core/aws/failure.ts";
import { chunksOf } from "../../core/chunks.ts";
import { messageOf } from "../../core/errors.ts";
import type { Evidence, Failure } from "../observed.ts";
import { evidenceFrom } from "./aardvark_rows.ts";
import { ReportError } from "../evidence/report_error.ts";

type AardvarkOptions = {
  readonly fetch: typeof globalThis.fetch;
  readonly signal: AbortSignal;
  readonly now: Date;
  /** Rows that are older are no evidence. */
  readonly maxAgeMs: number;
};

/** How many roles are asked for at once; its database looks for each by its text. */
const ASKED = 100;
/** How long an answer may take. */
const ANSWER_MS = 60_000;

/** One page: `{ page, total, count, <arn>: [rows] }`. */
const pageSchema = z.looseObject({
  page: z.int().min(1),
  total: z.int().min(0),
  count: z.int().min(0),
});

/**
 * Reads from an existing Aardvark what it knows of roles (its API, `POST /api/1/advisors`).
 *
 * @param apiUrl its address, with or without the path of its API
 * @returns for each of the ARNs its evidence, or why there is none: `aardvark-unreachable`,
 * `aardvark-refused`, `report-malformed`, `report-incomplete`, `report-contradicts`,
 * `not-in-aardvark`, `evidence-stale`
 * @throws what a signal throws, and nothing else
 */
export async function readAardvark(
  apiUrl: string,
  arns: readonly string[],
  options: AardvarkOptions,
): Promise<ReadonlyMap<string, Evidence | Failure>> {
  const found = new Map<string, Evidence | Failure>();
  for (const asked of chunksOf(arns, ASKED)) {
    const answered = await allRows(addressOf(apiUrl), asked, options);
    for (const arn of asked) found.set(arn, judge(arn, answered, options));
  }
  return found;
}

/** Rows by ARN in lower case, or why they are not known whole. */
type Answered = ReadonlyMap<string, unknown> | Failure;

function judge(arn: string, answered: Answered, options: AardvarkOptions): Evidence | Failure {
  if (!(answered instanceof Map)) return answered as Failure;
  const rows = answered.get(arn.toLowerCase());
  if (rows === undefined) {
    return { reason: "not-in-aardvark", detail: `Aardvark does not know ${arn}` };
  }
  return evidenceFrom(arn, rows, options.now, options.maxAgeMs);
}

async function allRows(
  address: URL,
  asked: readonly string[],
  options: AardvarkOptions,
): Promise<Answered> {
  try {
    return await readPages(address, asked, options);
  } catch (error) {
    if (isInterruption(error) || options.signal.aborted) throw error;
    if (error instanceof ReportError) return error.failure;
    throw error;
  }
}

/**
 * All pages. Aardvark answers a question that finds nothing with roles that nobody asked for, so
 * that only those asked for count.
 */
async function readPages(
  address: URL,
  asked: readonly string[],
  options: AardvarkOptions,
): Promise<ReadonlyMap<string, unknown>> {
  const wanted = new Set(asked.map((arn) => arn.toLowerCase()));
  const rows = new Map<string, unknown>();
  let seen = 0;
  for (let page = 1;; page++) {
    const { total, count, answered } = await readPage(address, asked, page, options);
    for (const [arn, one] of answered) {
      const key = arn.toLowerCase();
      if (!wanted.has(key)) continue;
      if (rows.has(key)) {
        throw new ReportError("report-contradicts", `Aardvark answered twice about ${arn}`);
      }
      rows.set(key, one);
    }
    seen += count;
    if (seen >= total) break;
    if (count === 0) {
      throw new ReportError(
        "report-incomplete",
        `Aardvark speaks of ${total} roles and answered with ${seen}`,
      );
    }
  }
  return rows;
}

async function readPage(
  address: URL,
  asked: readonly string[],
  page: number,
  options: AardvarkOptions,
): Promise<{ total: number; count: number; answered: [arn: string, rows: unknown][] }> {
  const url = new URL(address);
  url.searchParams.set("page", String(page));
  url.searchParams.set("count", String(ASKED));
  const body = await ask(url, asked, options);
  const parsed = pageSchema.safeParse(body);
  if (!parsed.success) {
    throw new ReportError(
      "report-malformed",
      `Aardvark's answer cannot be read: ${z.prettifyError(parsed.error)}`,
    );
  }
  const { total, count, page: answeredPage } = parsed.data;
  // zod leaves "__proto__" out; nothing here is read from the parsed copy but the numbers.
  const answered = Object.entries(body as object).filter(([key]) => key.startsWith("arn:"));
  if (count !== answered.length || answeredPage !== page) {
    throw new ReportError(
      "report-contradicts",
      `Aardvark's page ${answeredPage} says that it has ${count} roles, and has ` +
        `${answered.length}; page ${page} was asked for`,
    );
  }
  return { total, count, answered };
}

async function ask(
  url: URL,
  arns: readonly string[],
  { fetch, signal }: AardvarkOptions,
): Promise<unknown> {
  const response = await reach(() =>
    fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify({ arn: arns }),
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
    })
  );
  if (!response.ok) {
    await response.body?.cancel();
    throw new ReportError(
      "aardvark-refused",
      `Aardvark at ${url.origin} answered with status ${response.status}. Check repo.aardvark.api`,
    );
  }
  const text = await reach(() => response.text());
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ReportError("report-malformed", `Aardvark at ${url.origin} answered with no JSON`);
  }
}

async function reach<Got>(work: () => Promise<Got>): Promise<Got> {
  try {
    return await work();
  } catch (error) {
    if (isInterruption(error)) throw error;
    throw new ReportError(
      "aardvark-unreachable",
      `Aardvark cannot be reached: ${messageOf(error)}. Check repo.aardvark.api and the network`,
    );
  }
}

/** Repokid's `aardvark_api_location` has the path in it already. */
function addressOf(apiUrl: string): URL {
  const url = new URL(apiUrl);
  if (!/\/advisors\/?$/.test(url.pathname)) {
    url.pathname = `${url.pathname.replace(/\/$/, "")}/api/1/advisors`;
  }
  return url;
}
