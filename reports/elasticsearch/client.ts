import type { Client, ClientOptions, TransportRequestOptions } from "@elastic/elasticsearch";
import type { Clock } from "../../runners/core/clock.ts";
import type { ElasticsearchConfig } from "../../runners/core/config/reports.ts";
import { deadlineAfter } from "../../runners/core/deadline.ts";
import { EXIT, GroundskeeperError, messageOf, UsageError } from "../../runners/core/errors.ts";

/** What a server is reached with. */
export type Reaching = {
  readonly config: ElasticsearchConfig;
  readonly env: (name: string) => string | undefined;
  /** Reads a file of certificates. @throws an error of the system */
  readonly readFile: (path: string) => Promise<string>;
  readonly clock: Clock;
  /** Fired when the program is told to stop. */
  readonly signal: AbortSignal;
  /** From 0 to 1. @default Math.random */
  readonly random?: () => number;
};

/** An Elasticsearch server, for one piece of work. */
export interface Elasticsearch extends AsyncDisposable {
  /** Its address, as it is configured. */
  readonly node: string;
  /**
   * Asks the server. What another try may mend is tried again, for a minute in total: no connection,
   * no answer, and 429, 502, 503 and 504. So whatever is asked must be right to be asked twice.
   *
   * @throws ServerFault with what is wrong, in words for people
   */
  ask<Answer>(
    call: (client: Client, options: TransportRequestOptions) => Promise<Answer>,
  ): Promise<Answer>;
  /**
   * Waits before another try.
   *
   * @param tries how often it was tried
   * @returns false: the minute is over
   * @throws ServerFault if the program is told to stop
   */
  pause(tries: number): Promise<boolean>;
}

/** A server that cannot be worked with: exit 1; exit 3 if the program was told to stop. */
export class ServerFault extends GroundskeeperError {
  override readonly name = "ServerFault";
  constructor(
    message: string,
    /** The HTTP status; null: there was no answer. */
    readonly status: number | null,
    /** What Elasticsearch calls it: `security_exception`. */
    readonly type: string | null,
    options?: ErrorOptions,
  ) {
    super("elasticsearch", message, type === "stopped" ? EXIT.partly : EXIT.failed, options);
  }
}

/** How long work goes on without any success, in total. */
const PATIENCE_MS = 60_000;
/** A request in flight when the program is told to stop: the program ends within 10 s. */
const AFTER_STOP_MS = 3_000;
const ANSWER_MS = 30_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;

/**
 * Opens a server; nothing is sent yet.
 *
 * @throws UsageError if the secret or the certificates are not there
 */
export async function openElasticsearch(
  { config, env, readFile, clock, signal, random = Math.random }: Reaching,
): Promise<Elasticsearch> {
  const { Client, HttpConnection } = await import("@elastic/elasticsearch");
  const client = new Client({
    ...await optionsOf(config, env, readFile),
    // The runtime's own: that of undici leaves timers behind.
    Connection: HttpConnection,
    maxRetries: 0,
  });
  const { node } = config;
  const deadline = deadlineAfter(signal, clock, AFTER_STOP_MS);
  let leftMs = PATIENCE_MS;
  const stopped = () =>
    new ServerFault("The program was told to stop before all was written", null, "stopped");
  const pause = async (tries: number) => {
    const longest = Math.min(FIRST_PAUSE_MS * 2 ** tries, LONGEST_PAUSE_MS);
    // Those who were refused together do not come back together.
    const ms = Math.ceil(longest * (0.5 + random() / 2));
    if (ms > leftMs) return false;
    leftMs -= ms;
    await clock.wait(ms, signal).catch(() => {});
    if (signal.aborted) throw stopped();
    return true;
  };
  return {
    node,
    pause,
    ask: async (call) => {
      for (let tries = 0;; tries++) {
        if (signal.aborted) throw stopped();
        const began = clock.monotonicMs();
        try {
          const requestTimeout = Math.max(1_000, Math.min(ANSWER_MS, leftMs));
          const answer = await call(client, { signal: deadline.signal, requestTimeout });
          if (answer !== null && typeof answer === "object") return answer;
          throw new ServerFault(`Elasticsearch at ${node} ${NO_JSON}`, null, "no-json");
        } catch (error) {
          leftMs -= clock.monotonicMs() - began;
          if (deadline.signal.aborted) throw stopped();
          const fault = error instanceof ServerFault ? error : faultOf(error, config);
          if (!fault) throw error;
          if (!mayPass(fault) || !await pause(tries)) throw fault;
        }
      }
    },
    [Symbol.asyncDispose]: async () => {
      deadline[Symbol.dispose]();
      await client.close();
    },
  };
}

async function optionsOf(
  { node, apiKeyEnv, basic, ca }: ElasticsearchConfig,
  env: Reaching["env"],
  readFile: Reaching["readFile"],
): Promise<ClientOptions> {
  const secret = (variable: string, setting: string) => {
    const value = env(variable);
    if (value) return value;
    throw new UsageError(
      `Cannot open Elasticsearch at ${node}: the variable ${variable}, which ` +
        `reports.elasticsearch.${setting} names, is not set, or the program may not read it`,
    );
  };
  return {
    node,
    ...apiKeyEnv === null ? {} : { auth: { apiKey: secret(apiKeyEnv, "apiKeyEnv") } },
    ...basic === null ? {} : {
      auth: {
        username: basic.username,
        password: secret(basic.passwordEnv, "basic.passwordEnv"),
      },
    },
    ...ca === null ? {} : { tls: { ca: await certificates(ca, readFile) } },
  };
}

async function certificates(path: string, readFile: Reaching["readFile"]): Promise<string> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new UsageError(
      `Cannot read the certificates in "${path}", which reports.elasticsearch.ca names: ` +
        messageOf(cause),
      { cause },
    );
  }
}

/** Whether another try may mend it. */
function mayPass({ status, type }: ServerFault): boolean {
  return status === null
    ? type === "connection" || type === "timeout"
    : [429, 502, 503, 504].includes(status);
}

/** What the client's error means; undefined: it is not one of the server's. */
function faultOf(error: unknown, config: ElasticsearchConfig): ServerFault | undefined {
  if (!(error instanceof Error)) return undefined;
  const fault = (state: string, status: number | null, type: string | null) =>
    new ServerFault(`Elasticsearch at ${config.node} ${state}`, status, type, { cause: error });
  switch (error.name) {
    case "ConnectionError":
    case "NoLivingConnectionsError":
      return connectionFault(error, fault);
    case "TimeoutError":
      return fault("did not answer in time", null, "timeout");
    case "ProductNotSupportedError":
      return fault(NOT_ELASTICSEARCH, null, "product");
    case "DeserializationError":
      return fault(NO_JSON, null, "no-json");
    case "ResponseError":
      return responseFault(error as ResponseLike, config, fault);
  }
}

type MakeFault = (state: string, status: number | null, type: string | null) => ServerFault;

const NO_JSON = "answered something that is not JSON: is it a proxy?";

const NOT_ELASTICSEARCH =
  "does not answer as an Elasticsearch server of version 8 or 9. OpenSearch is not " +
  'supported: it has no field type "flattened", which keeps the keys of tags';

const NO_ADDRESS = /ENOTFOUND|EAI_AGAIN|dns error/i;
const NO_PERMISSION = /NotCapable|EPERM|EACCES|Requires net access/i;
const WRONG_NAME = /NotValidForName|altnames|ALTNAME/i;
const UNTRUSTED = /certificate|UnknownIssuer|SELF_SIGNED|UNABLE_TO_VERIFY/i;

function connectionFault(error: Error, fault: MakeFault): ServerFault {
  const said = `${error.message} ${error.cause ? messageOf(error.cause) : ""}`;
  if (NO_PERMISSION.test(said)) {
    const state = 'cannot be reached: the program has no permission to. "groundskeeper config ' +
      'check" prints the command with the permission';
    return fault(state, null, "permission");
  }
  if (NO_ADDRESS.test(said)) {
    return fault("has no address: is reports.elasticsearch.node right?", null, "connection");
  }
  if (WRONG_NAME.test(said)) {
    return fault("shows a certificate of another host name", null, "certificate");
  }
  if (UNTRUSTED.test(said)) {
    const state =
      "shows a certificate that is not trusted. If it is right, name the file with the " +
      "certificate of its authority (PEM) in reports.elasticsearch.ca";
    return fault(state, null, "certificate");
  }
  return /ECONNREFUSED|connection refused/i.test(said)
    ? fault("refused the connection: no server runs there", null, "connection")
    : fault("broke the connection", null, "connection");
}

/** A ResponseError, whose class is loaded with the client alone. */
type ResponseLike = Error & {
  readonly statusCode?: number;
  readonly headers?: { readonly [name: string]: unknown };
  readonly body?: unknown;
};

function responseFault(
  { statusCode: status = 0, headers = {}, body }: ResponseLike,
  { apiKeyEnv, basic }: ElasticsearchConfig,
  fault: MakeFault,
): ServerFault {
  const { type, reason } = whyOf(body);
  const who = apiKeyEnv !== null
    ? `the API key in ${apiKeyEnv}`
    : basic !== null
    ? `the user ${basic.username}`
    : "a caller without API key or user";
  if (type === "media_type_header_exception") {
    const state = "is of a version that is not supported: versions 8 and 9 are, 7.17 and older " +
      "refuse the headers of this client";
    return fault(state, status, type);
  }
  if (status === 401) return fault(`does not let ${who} in (401): ${reason}`, status, type);
  if (status === 403 && type !== "cluster_block_exception") {
    return fault(`does not allow it to ${who} (403): ${reason}`, status, type);
  }
  // A load balancer answers without it, too, while its server is away or asks who is there.
  const isElasticsearch = headers["x-elastic-product"] === "Elasticsearch" || status >= 500;
  if (!isElasticsearch && [400, 404, 405].includes(status)) {
    return fault(NOT_ELASTICSEARCH, status, "product");
  }
  return fault(`answered ${status}: ${reasonText(type, reason)}`, status, type);
}

/** What stands in the answer of a request that failed. */
function whyOf(body: unknown): { readonly type: string | null; readonly reason: string } {
  const { error } = (body ?? {}) as { error?: { type?: string; reason?: string } | string };
  if (typeof error === "string") return { type: null, reason: error };
  return { type: error?.type ?? null, reason: error?.reason ?? "it gives no reason" };
}

/** Why something is not written, with what to do where that is known. */
export function reasonText(type: string | null, reason: string): string {
  if (type === "cluster_block_exception") {
    return /flood|read[-_]only[-_]allow[-_]delete/.test(reason)
      ? "the index is read-only, since a disk of the server is nearly full. Make room there; " +
        `Elasticsearch lifts the block by itself (${reason})`
      : `the index is read-only; its lifecycle makes it so 45 days after its month began (${reason})`;
  }
  return type === null ? reason : `${type}: ${reason}`;
}
