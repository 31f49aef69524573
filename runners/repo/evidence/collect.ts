import type {
  GetServiceLastAccessedDetailsResponse,
  IAMClient,
  ServiceLastAccessed,
  TrackedActionLastAccessed,
} from "@aws-sdk/client-iam";
import { failureUnlessInterrupted } from "../../core/aws/failure.ts";
import { IncompleteAnswerError, nextMarker, pages } from "../../core/aws/paginate.ts";
import { globalRegion } from "../../core/aws/regions.ts";
import type { Session } from "../../core/aws/session.ts";
import type { Clock } from "../../core/clock.ts";
import { messageOf, nameOf } from "../../core/errors.ts";
import type { Evidence, Failure, ServiceAccess } from "../observed.ts";
import { refuseFuture, ReportError } from "./report_error.ts";

type CollectOptions = {
  readonly level: Evidence["level"];
  readonly clock: Clock;
};

const ACTION = "iam:GetServiceLastAccessedDetails";
/** IAM API Reference, GetServiceLastAccessedDetails: MaxItems. One page then holds all of AWS. */
const PAGE = 1000;
/** How long to wait between two reads of a report that is being made; the last one repeats. */
const WAITS_MS = [500, 1000, 2000, 4000] as const;
/** How long a report may take. Reports of all services were seen to take ten seconds. */
const PATIENCE_MS = 60_000;

type Page = GetServiceLastAccessedDetailsResponse;

/**
 * Asks IAM when the services that a role's policies allow were last used, and reads the complete
 * report in the session that asked for it: no other session may (IAM user guide, "View last
 * accessed information").
 *
 * @returns the evidence, or why there is none: the report is not complete, contradicts itself or
 * cannot be read. `role-gone`, `report-lost`, `report-failed`, `report-not-complete`,
 * `report-incomplete`, `report-contradicts`, `report-malformed`, or what `failureOf` calls an error
 * of AWS
 * @throws what a signal throws, and nothing else
 */
export async function collectEvidence(
  session: Session,
  roleArn: string,
  options: CollectOptions,
): Promise<Evidence | Failure> {
  try {
    // A job is lost when the session's credentials are renewed in between.
    return await report(session, roleArn, options) ?? await report(session, roleArn, options) ??
      { reason: "report-lost", detail: `${ACTION} does not know the report that it began, twice` };
  } catch (error) {
    return asFailure(error);
  }
}

/** A complete report; null: IAM no longer has the job that makes it. */
async function report(
  session: Session,
  roleArn: string,
  options: CollectOptions,
): Promise<Evidence | null> {
  const { IAMClient } = await import("@aws-sdk/client-iam");
  const client = session.client(IAMClient, globalRegion(session.partition));
  const jobId = await generate(client, session, roleArn, options);
  try {
    return await readReport(client, session, jobId, options);
  } catch (error) {
    if (isNoSuchEntity(error)) return null;
    throw error;
  }
}

async function generate(
  client: IAMClient,
  { reading }: Session,
  Arn: string,
  { level }: CollectOptions,
): Promise<string> {
  const { GenerateServiceLastAccessedDetailsCommand } = await import("@aws-sdk/client-iam");
  const question = new GenerateServiceLastAccessedDetailsCommand({
    Arn,
    Granularity: granularityOf(level),
  });
  try {
    const { JobId } = await client.send(question, reading);
    if (JobId) return JobId;
  } catch (error) {
    if (!isNoSuchEntity(error)) throw error;
    throw new ReportError("role-gone", `IAM does not know ${Arn} any more`);
  }
  throw new ReportError(
    "report-incomplete",
    "iam:GenerateServiceLastAccessedDetails answered without the job that it began",
  );
}

async function readReport(
  client: IAMClient,
  session: Session,
  JobId: string,
  { level, clock }: CollectOptions,
): Promise<Evidence> {
  const { GetServiceLastAccessedDetailsCommand } = await import("@aws-sdk/client-iam");
  const get = (Marker: string | undefined) =>
    client.send(
      new GetServiceLastAccessedDetailsCommand({ JobId, MaxItems: PAGE, Marker }),
      session.reading,
    );
  const first = await completed(() => get(undefined), clock, session.reading.abortSignal);
  const completedAt = first.JobCompletionDate;
  if (completedAt === undefined) {
    throw new ReportError("report-incomplete", `${ACTION} does not say when it was completed`);
  }
  const rows = [];
  const parts = pages(
    ACTION,
    async (Marker) => {
      const page = Marker === undefined ? first : await get(Marker);
      mustBelongTo(page, level, completedAt);
      return page;
    },
    (page) => ({ items: page.ServicesLastAccessed, next: nextMarker(ACTION, page) }),
  );
  for await (const part of parts) rows.push(...part);
  const now = clock.now();
  refuseFuture(completedAt, now, "The report's completion");
  return {
    source: "iam",
    level,
    completedAt: completedAt.toISOString(),
    services: readServices(rows, now),
  };
}

/** Reads until the job is done: first at once, since small reports take a second at most. */
async function completed(
  look: () => Promise<Page>,
  clock: Clock,
  signal: AbortSignal,
): Promise<Page> {
  const begunMs = clock.monotonicMs();
  for (let looks = 0;; looks++) {
    const page = await look();
    if (page.JobStatus === "COMPLETED") return page;
    if (page.JobStatus === "FAILED") {
      const { Code = "no code", Message = "AWS does not say why" } = page.Error ?? {};
      throw new ReportError("report-failed", `The report failed: ${Message} (${Code})`);
    }
    if (page.JobStatus !== "IN_PROGRESS") {
      throw new ReportError("report-incomplete", `The report is "${page.JobStatus}"`);
    }
    const waitMs = WAITS_MS[Math.min(looks, WAITS_MS.length - 1)]!;
    if (clock.monotonicMs() - begunMs + waitMs > PATIENCE_MS) {
      throw new ReportError(
        "report-not-complete",
        `The report was still being made after ${PATIENCE_MS / 1000} s`,
      );
    }
    await clock.wait(waitMs, signal);
  }
}

/** Every page must belong to the report of the first page, in the detail that was asked for. */
function mustBelongTo(page: Page, level: Evidence["level"], completedAt: Date): void {
  const { JobStatus, JobType, JobCompletionDate } = page;
  if (JobStatus !== "COMPLETED") {
    throw contradiction(`A page of the complete report is "${JobStatus}"`);
  }
  if (JobType !== undefined && JobType !== granularityOf(level)) {
    throw contradiction(`The report is of ${JobType}, and was not asked so`);
  }
  if (JobCompletionDate?.getTime() !== completedAt.getTime()) {
    throw contradiction("Two pages were completed at different times");
  }
}

function contradiction(what: string): ReportError {
  return new ReportError("report-contradicts", what);
}

function granularityOf(level: Evidence["level"]): "SERVICE_LEVEL" | "ACTION_LEVEL" {
  return level === "action" ? "ACTION_LEVEL" : "SERVICE_LEVEL";
}

function isNoSuchEntity(error: unknown): boolean {
  return /^NoSuchEntity(Exception)?$/.test(nameOf(error));
}

function asFailure(error: unknown): Failure {
  if (error instanceof ReportError) return error.failure;
  if (error instanceof IncompleteAnswerError) {
    return { reason: "report-incomplete", detail: error.message };
  }
  // How the SDK refuses a value that is no date or number.
  if (error instanceof TypeError && /Invalid (RFC|timestamp|date)/i.test(error.message)) {
    return { reason: "report-malformed", detail: messageOf(error) };
  }
  return failureUnlessInterrupted(error);
}

/** What IAM names services by: `s3`, `ec2messages`, `execute-api`. */
const NAMESPACE = /^[a-z0-9][a-z0-9-]*$/i;
const ACTION_NAME = /^[a-z0-9][\w:-]*$/i;

/**
 * The services of a complete report, by namespace.
 *
 * @throws ReportError if it contradicts itself, or cannot be read
 */
function readServices(rows: readonly ServiceLastAccessed[], now: Date): Evidence["services"] {
  const services = new Map<string, ServiceAccess>();
  for (const row of rows) {
    const namespace = row.ServiceNamespace ?? "";
    if (!NAMESPACE.test(namespace)) {
      throw new ReportError("report-malformed", `A service is named "${namespace}"`);
    }
    const access = readService(row, namespace, now);
    const earlier = services.get(namespace);
    if (earlier && JSON.stringify(earlier) !== JSON.stringify(access)) {
      throw contradiction(`${namespace} stands twice in the report, with different uses`);
    }
    services.set(namespace, access);
  }
  return Object.fromEntries(services);
}

function readService(row: ServiceLastAccessed, namespace: string, now: Date): ServiceAccess {
  const actions = row.TrackedActionsLastAccessed;
  const used = instantText(row.LastAuthenticated, now, `The last use of ${namespace}`);
  const read = actions === undefined ? null : readActions(actions, namespace, now);
  const dates = [used, ...Object.values(read ?? {})].filter((date) => date !== null);
  return {
    // A use of an action is a use of its service, whatever the service's own date says.
    lastUsed: dates.sort().at(-1) ?? null,
    region: row.LastAuthenticatedRegion ?? null,
    actions: read,
  };
}

function readActions(
  rows: readonly TrackedActionLastAccessed[],
  namespace: string,
  now: Date,
): NonNullable<ServiceAccess["actions"]> {
  const actions = new Map<string, string | null>();
  for (const { ActionName: name = "", LastAccessedTime } of rows) {
    if (!ACTION_NAME.test(name)) {
      throw new ReportError("report-malformed", `An action of ${namespace} is named "${name}"`);
    }
    const used = instantText(LastAccessedTime, now, `The last use of ${namespace}:${name}`);
    if (actions.has(name) && actions.get(name) !== used) {
      throw contradiction(`${namespace}:${name} stands twice in the report, with different uses`);
    }
    actions.set(name, used);
  }
  return Object.fromEntries(actions);
}

/** @throws ReportError if the date is none or in the future: such a date never means "not used" */
function instantText(date: Date | undefined, now: Date, what: string): string | null {
  if (date === undefined) return null;
  if (Number.isNaN(date.getTime())) throw new ReportError("report-malformed", `${what} is no date`);
  refuseFuture(date, now, what);
  return date.toISOString();
}
