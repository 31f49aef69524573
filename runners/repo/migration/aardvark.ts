import { counted } from "../../core/cli/words.ts";
import * as z from "zod";
import { isInterruption } from "../../core/aws/failure.ts";
import { chunksOf } from "../../core/chunks.ts";
import { messageOf } from "../../core/errors.ts";
import { refuseFuture, ReportError } from "../evidence/report_error.ts";
import type { Evidence, Failure, ServiceAccess } from "../observed.ts";
import { parseInstant } from "./timestamps.ts";

type AardvarkOptions = {
  readonly fetch: typeof globalThis.fetch;
  readonly signal: AbortSignal;
  readonly now: Date;
  /** Older rows are no evidence. */
  readonly maxAgeMs: number;
};

/** How many roles are asked for at once: Aardvark's database searches for each by its text. */
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
 * @returns for each ARN its evidence, or why there is none: `aardvark-unreachable`,
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
    const rows = await orFailure(() => readPages(addressOf(apiUrl), asked, options));
    for (const arn of asked) {
      const evidence = rows instanceof Map
        ? await orFailure(() => readRows(arn, rows.get(arn.toLowerCase()), options))
        : rows;
      found.set(arn, evidence);
    }
  }
  return found;
}

/** What `read` answers, or why it is no evidence. */
async function orFailure<Read>(read: () => Read | Promise<Read>): Promise<Read | Failure> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ReportError) return error.failure;
    throw error;
  }
}

/**
 * The rows of all pages, by ARN in lower case. If a question finds nothing, Aardvark answers with
 * roles that nobody asked for: these are left out.
 */
async function readPages(
  address: URL,
  asked: readonly string[],
  options: AardvarkOptions,
): Promise<Map<string, unknown>> {
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
        `Aardvark speaks of ${counted(total, "role")} and answered with ${seen}`,
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
  // Only the numbers are read from the parsed copy: zod leaves "__proto__" out.
  const answered = Object.entries(body as object).filter(([key]) => key.startsWith("arn:"));
  if (count !== answered.length || answeredPage !== page) {
    throw new ReportError(
      "report-contradicts",
      `Aardvark's page ${answeredPage} says that it has ${counted(count, "role")}, and has ` +
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
  const response = await reach(signal, () =>
    fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify({ arn: arns }),
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
    }));
  if (!response.ok) {
    await response.body?.cancel();
    throw new ReportError(
      "aardvark-refused",
      `Aardvark at ${url.origin} answered with status ${response.status}. Check repo.aardvark.api`,
    );
  }
  const text = await reach(signal, () => response.text());
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ReportError("report-malformed", `Aardvark at ${url.origin} answered with no JSON`);
  }
}

async function reach<Got>(signal: AbortSignal, work: () => Promise<Got>): Promise<Got> {
  try {
    return await work();
  } catch (error) {
    if (isInterruption(error) || signal.aborted) throw error;
    throw new ReportError(
      "aardvark-unreachable",
      `Aardvark cannot be reached: ${messageOf(error)}. Check repo.aardvark.api and the network`,
    );
  }
}

/** Repokid's `aardvark_api_location` includes the path already. */
function addressOf(apiUrl: string): URL {
  const url = new URL(apiUrl);
  if (!/\/advisors\/?$/.test(url.pathname)) {
    url.pathname = `${url.pathname.replace(/\/$/, "")}/api/1/advisors`;
  }
  return url;
}

/** What is read of a row; Aardvark has more. Instants are read by `parseInstant`. */
const rowSchema = z.looseObject({
  serviceNamespace: z.string().regex(/^[a-z0-9][a-z0-9-]*$/i),
  lastAuthenticated: z.union([z.number(), z.string(), z.null()]),
  lastUpdated: z.union([z.number(), z.string()]),
});

/**
 * The evidence in Aardvark's rows about a role: services, without actions, as of the oldest row. It
 * says nothing of a service that has no row.
 *
 * @throws ReportError
 */
function readRows(arn: string, answered: unknown, { now, maxAgeMs }: AardvarkOptions): Evidence {
  if (answered === undefined) {
    throw new ReportError("not-in-aardvark", `Aardvark does not know ${arn}`);
  }
  const parsed = z.array(rowSchema).safeParse(answered);
  if (!parsed.success) {
    throw new ReportError(
      "report-malformed",
      `Aardvark's rows about ${arn} cannot be read: ${z.prettifyError(parsed.error)}`,
    );
  }
  const rows = parsed.data;
  if (rows.length === 0) throw new ReportError("not-in-aardvark", `Aardvark has no row of ${arn}`);
  const services = new Map<string, ServiceAccess>();
  let oldest = Infinity;
  for (const row of rows) {
    const namespace = row.serviceNamespace;
    const lastUsed = usedIn(row, now);
    if (services.has(namespace) && services.get(namespace)!.lastUsed !== lastUsed) {
      throw new ReportError(
        "report-contradicts",
        `Aardvark has two rows of ${namespace} with different uses`,
      );
    }
    services.set(namespace, { lastUsed, region: null, actions: null });
    const updated = instant(row.lastUpdated, `Aardvark's update of ${namespace}`);
    refuseFuture(updated, now, `Aardvark's update of ${namespace}`);
    oldest = Math.min(oldest, updated.getTime());
  }
  const completedAt = new Date(oldest).toISOString();
  if (now.getTime() - oldest > maxAgeMs) {
    throw new ReportError("evidence-stale", `Aardvark has not updated it since ${completedAt}`);
  }
  const read = Object.fromEntries(services);
  return { source: "aardvark", level: "service", completedAt, services: read };
}

/** Aardvark writes 0 for "never"; anything else must be an instant. */
function usedIn(
  { lastAuthenticated, serviceNamespace }: z.infer<typeof rowSchema>,
  now: Date,
): string | null {
  if (lastAuthenticated === 0 || lastAuthenticated === "0" || lastAuthenticated === null) {
    return null;
  }
  const what = `The last use of ${serviceNamespace} in Aardvark`;
  const used = instant(lastAuthenticated, what);
  refuseFuture(used, now, what);
  return used.toISOString();
}

function instant(value: number | string, what: string): Date {
  const read = parseInstant(value);
  if (read === undefined) throw new ReportError("report-malformed", `${what} is "${value}"`);
  return read;
}
