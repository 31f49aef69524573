/**
 * IAM's service last accessed data, by script: moto does not have it, and MiniStack's is empty. As
 * in the IAM API Reference, GenerateServiceLastAccessedDetails and GetServiceLastAccessedDetails,
 * and the IAM user guide, "Refine permissions in AWS using last accessed information".
 */

import { type Answer, iamAnswer } from "./answer.ts";
import type { AwsError } from "./protocol_error.ts";
import type { AwsRequest } from "./request.ts";
import { escapeXml } from "./xml_text.ts";

/** What a role has done with a service. */
export interface ServiceUse {
  /** The last attempt, RFC 3339. Absent: none. */
  readonly at?: string;
  readonly region?: string;
  /** Of actions that AWS tracks, each with its last attempt; null: none. */
  readonly actions?: Readonly<Record<string, string | null>>;
}

/** By the service's namespace; a text is the last attempt. */
export type Uses = Readonly<Record<string, string | ServiceUse>>;

/** What becomes of reports about a role. */
export interface ReportBehaviour {
  /** So many looks at each report find it in progress. Default: 0. */
  readonly pending?: number;
  /** Reports fail with this. */
  readonly failure?: { readonly code: string; readonly message: string };
  /** So many reports are gone as soon as they were begun. */
  readonly lost?: number;
  /** The largest page, if it is smaller than what is asked for. */
  readonly page?: number;
  /** Lists exactly these services, whatever the role's policies allow. */
  readonly services?: readonly string[];
}

interface Job {
  readonly accessKeyId: string | null;
  readonly level: string;
  readonly createdAt: string;
  readonly rows: readonly string[];
  readonly behaviour: ReportBehaviour;
  looks: number;
}

/** IAM API Reference, GetServiceLastAccessedDetails: MaxItems. */
const defaultPage = 100;

export class LastAccessed {
  readonly #uses = new Map<string, Uses>();
  readonly #behaviours = new Map<string, ReportBehaviour>();
  readonly #lost = new Map<string, number>();
  readonly #tracked = new Map<string, readonly string[]>();
  readonly #jobs = new Map<string, Job>();

  /** Says what a role has used; what its policies allow besides is listed as unused. */
  use(account: string, role: string, uses: Uses): void {
    this.#uses.set(`${account}/${role}`, uses);
  }

  /** Says what becomes of reports about a role, or about all that nothing was said of. */
  behave(
    where: { account: string; role: string } | "everywhere",
    behaviour: ReportBehaviour,
  ): void {
    const key = where === "everywhere" ? where : `${where.account}/${where.role}`;
    this.#behaviours.set(key, behaviour);
    this.#lost.set(key, behaviour.lost ?? 0);
  }

  /** From now on AWS tracks these actions of a service: reports at action level list them. */
  track(service: string, actions: readonly string[]): void {
    this.#tracked.set(service, actions);
  }

  /**
   * Begins a report.
   * @param allowed the services that the role's policies allow; null: there is no such role
   * @param jobId default: a new one
   */
  generate(
    request: AwsRequest,
    allowed: readonly string[] | null,
    nowMs: number,
    requestId: string,
    jobId: string = crypto.randomUUID(),
  ): Answer | AwsError {
    const { Arn = "", Granularity: level = "SERVICE_LEVEL" } = request.parameters;
    if (allowed === null) {
      return { code: "NoSuchEntity", message: `ARN ${Arn} does not exist` };
    }
    const [key, behaviour] = this.#behaviourOf(Arn);
    const left = this.#lost.get(key) ?? 0;
    if (left > 0) this.#lost.set(key, left - 1);
    else {
      this.#jobs.set(jobId, {
        accessKeyId: request.accessKeyId,
        level,
        createdAt: new Date(nowMs).toISOString(),
        rows: this.#rows(Arn, behaviour.services ?? allowed, level),
        behaviour,
        looks: 0,
      });
    }
    return iamAnswer("GenerateServiceLastAccessedDetails", `<JobId>${jobId}</JobId>`, requestId);
  }

  /** Looks at a report: only who began it, with the same credentials, may. */
  get(request: AwsRequest, requestId: string): Answer | AwsError {
    const { JobId = "", Marker = "0", MaxItems = `${defaultPage}` } = request.parameters;
    const job = this.#jobs.get(JobId);
    if (job === undefined || job.accessKeyId !== request.accessKeyId) {
      return { code: "NoSuchEntity", message: `Job ID ${JobId} does not exist` };
    }
    const { pending = 0, failure, page = Infinity } = job.behaviour;
    const answer = (status: string, rest: string) =>
      iamAnswer(
        "GetServiceLastAccessedDetails",
        `<JobStatus>${status}</JobStatus><JobType>${job.level}</JobType>` +
          `<JobCreationDate>${job.createdAt}</JobCreationDate>${rest}`,
        requestId,
      );
    if (job.looks++ < pending) return answer("IN_PROGRESS", "");
    const completed = `<JobCompletionDate>${job.createdAt}</JobCompletionDate>`;
    if (failure) {
      return answer(
        "FAILED",
        `${completed}<Error><Code>${escapeXml(failure.code)}</Code>` +
          `<Message>${escapeXml(failure.message)}</Message></Error>`,
      );
    }
    const size = Math.min(Number(MaxItems), page);
    const from = Number(Marker);
    if (!(size >= 1 && size <= 1000) || !(from >= 0)) {
      return { code: "InvalidInput", message: `Invalid MaxItems ${MaxItems} or Marker ${Marker}` };
    }
    const more = from + size < job.rows.length;
    return answer(
      "COMPLETED",
      completed +
        `<ServicesLastAccessed>${job.rows.slice(from, from + size).join("")}` +
        `</ServicesLastAccessed><IsTruncated>${more}</IsTruncated>` +
        (more ? `<Marker>${from + size}</Marker>` : ""),
    );
  }

  #behaviourOf(arn: string): readonly [key: string, behaviour: ReportBehaviour] {
    const own = this.#behaviours.get(keyOf(arn));
    return own === undefined
      ? ["everywhere", this.#behaviours.get("everywhere") ?? {}]
      : [keyOf(arn), own];
  }

  #rows(arn: string, listed: readonly string[], level: string): string[] {
    const uses = this.#uses.get(keyOf(arn)) ?? {};
    const services = [...new Set([...listed, ...Object.keys(uses)])].sort();
    return services.map((service) => {
      const said = uses[service];
      const use: ServiceUse = typeof said === "string" ? { at: said } : said ?? {};
      const actions = level === "ACTION_LEVEL" ? this.#actions(arn, service, use) : "";
      return `<member><ServiceName>${service}</ServiceName>` +
        `<ServiceNamespace>${service}</ServiceNamespace>` +
        lastAttempt(arn, "LastAuthenticated", "LastAuthenticated", use.at, use.region) +
        `<TotalAuthenticatedEntities>${use.at === undefined ? 0 : 1}` +
        `</TotalAuthenticatedEntities>${actions}</member>`;
    });
  }

  /** A service of which AWS tracks no action has no list at all. */
  #actions(arn: string, service: string, { actions = {}, region }: ServiceUse): string {
    const names = [...new Set([...this.#tracked.get(service) ?? [], ...Object.keys(actions)])];
    if (names.length === 0) return "";
    const rows = names.sort().map((name) =>
      `<member><ActionName>${name}</ActionName>` +
      lastAttempt(arn, "LastAccessedTime", "LastAccessed", actions[name] ?? undefined, region) +
      `</member>`
    );
    return `<TrackedActionsLastAccessed>${rows.join("")}</TrackedActionsLastAccessed>`;
  }
}

/** An attempt's elements; none where there was no attempt. */
function lastAttempt(
  arn: string,
  date: string,
  prefix: string,
  at: string | undefined,
  region = "us-east-1",
): string {
  if (at === undefined) return "";
  return `<${date}>${at}</${date}><${prefix}Entity>${arn}</${prefix}Entity>` +
    `<${prefix}Region>${region}</${prefix}Region>`;
}

/** `111111111111/app` of a role's ARN. */
function keyOf(arn: string): string {
  return `${arn.split(":")[4]}/${arn.slice(arn.lastIndexOf("/") + 1)}`;
}
