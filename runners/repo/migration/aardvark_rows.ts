import * as z from "zod";
import type { Evidence, Failure, ServiceAccess } from "../observed.ts";
import { refuseFuture, ReportError } from "../evidence/report_error.ts";
import { parseInstant } from "./timestamps.ts";

/** What is read of a row; Aardvark says more. Instants are read on their own. */
const rowSchema = z.looseObject({
  serviceNamespace: z.string().regex(/^[a-z0-9][a-z0-9-]*$/i),
  lastAuthenticated: z.union([z.number(), z.string(), z.null()]),
  lastUpdated: z.union([z.number(), z.string()]),
});

type Row = z.infer<typeof rowSchema>;

/**
 * What Aardvark's rows about a role come to. It holds services alone, and knows as much as its
 * oldest row; a service that it has no row for is not spoken of.
 *
 * @param maxAgeMs rows that are older are no evidence
 */
export function evidenceFrom(
  arn: string,
  answered: unknown,
  now: Date,
  maxAgeMs: number,
): Evidence | Failure {
  const parsed = z.array(rowSchema).safeParse(answered);
  if (!parsed.success) {
    return {
      reason: "report-malformed",
      detail: `Aardvark's rows about ${arn} cannot be read: ${z.prettifyError(parsed.error)}`,
    };
  }
  try {
    return readRows(arn, parsed.data, now, maxAgeMs);
  } catch (error) {
    if (error instanceof ReportError) return error.failure;
    throw error;
  }
}

function readRows(arn: string, rows: readonly Row[], now: Date, maxAgeMs: number): Evidence {
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
  return {
    source: "aardvark",
    level: "service",
    completedAt,
    services: Object.fromEntries(services),
  };
}

/** Aardvark writes 0 for "never"; anything else must be an instant. */
function usedIn({ lastAuthenticated, serviceNamespace }: Row, now: Date): string | null {
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
