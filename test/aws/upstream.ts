/** The way from the proxy to the servers behind it. */

import type { Answer } from "./answer.ts";
import type { AwsRequest } from "./request.ts";
import { type Server } from "./route.ts";
import { seedingHeader } from "./seeding.ts";

/** Addresses such as `http://127.0.0.1:40000`; null for a server that was not asked for. */
export interface Upstream {
  readonly moto: string | null;
  readonly ministack: string | null;
  /** MiniStack runs with `AUTH=true`: it answers everything, and the requests go on untouched. */
  readonly enforcesIam: boolean;
}

/** An HTTP request as it came in. */
export interface RawRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** Belong to one connection, or are made anew here. */
const hopHeaders: ReadonlySet<string> = new Set([
  "connection",
  "content-encoding",
  "content-length",
  "date",
  "expect",
  "keep-alive",
  "server",
  "transfer-encoding",
]);

export class UpstreamClient {
  readonly #upstream: Upstream;
  // The Host header stays the client's: signatures hold, and queue URLs name the proxy.
  readonly #client = Deno.createHttpClient({ allowHost: true });
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(upstream: Upstream) {
    this.#upstream = upstream;
  }

  close(): void {
    this.#client.close();
  }

  /** True if this server runs. */
  has(server: Server): boolean {
    return this.#upstream[server] !== null;
  }

  /**
   * Sends a request on and reads the whole answer.
   * @param account whose call it is; null leaves it to the server
   * @throws TypeError if the server cannot be reached
   */
  async send(
    server: Server,
    raw: RawRequest,
    request: AwsRequest,
    account: string | null,
  ): Promise<Answer> {
    const headers = new Headers(raw.headers);
    for (const name of ["connection", "content-length", "expect", "transfer-encoding"]) {
      headers.delete(name);
    }
    headers.delete(seedingHeader);
    if (account !== null && !this.#upstream.enforcesIam) {
      if (server === "moto") headers.set("x-moto-account-id", account);
      else asRootOf(account, request, headers);
    }
    const send = () => this.#fetch(`${this.#upstream[server]}${raw.target}`, raw, headers);
    // moto changes its dictionaries without locks; in turns, per account, nothing is lost by it:
    // one interpreter lock lets only one request work at a time anyway.
    return server === "moto" ? await this.#inTurn(account ?? "", send) : await send();
  }

  async #fetch(url: string, raw: RawRequest, headers: Headers): Promise<Answer> {
    const response = await fetch(url, {
      client: this.#client,
      method: raw.method,
      headers,
      redirect: "manual",
      ...(raw.body.length > 0 ? { body: raw.body } : {}),
    });
    const kept: Record<string, string> = {};
    for (const [name, value] of response.headers) {
      // The answer to HEAD tells a length that it does not have.
      const told = name === "content-length" && raw.method === "HEAD";
      if (told || !hopHeaders.has(name)) kept[name] = value;
    }
    return {
      status: response.status,
      headers: kept,
      body: new Uint8Array(await response.arrayBuffer()),
    };
  }

  async #inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
    const mine = (this.#turns.get(key) ?? Promise.resolve()).then(work, work);
    this.#turns.set(key, mine);
    try {
      return await mine;
    } finally {
      if (this.#turns.get(key) === mine) this.#turns.delete(key);
    }
  }
}

/** MiniStack takes the twelve digits of an account as the key of its root user. */
function asRootOf(account: string, request: AwsRequest, headers: Headers): void {
  const authorization = headers.get("authorization");
  if (authorization === null) return;
  headers.set(
    "authorization",
    authorization.replace(`Credential=${request.accessKeyId}/`, `Credential=${account}/`),
  );
  headers.delete("x-amz-security-token");
}
