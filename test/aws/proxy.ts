/** The proxy in front of the local AWS: one per test, before servers that tests share. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout } from "node:timers/promises";

import { AccessAnalyzer } from "./access_analyzer.ts";
import type { Answer } from "./answer.ts";
import { Answering, type Exchange, isRefused } from "./answering.ts";
import { type Call, CallLog } from "./call_log.ts";
import { CloudTrail } from "./cloud_trail.ts";
import { Clock, type Now } from "./clock.ts";
import type { Fault, FaultRule } from "./faults.ts";
import { forgetTerminated } from "./forgotten.ts";
import { LastAccessed } from "./last_accessed.ts";
import type { CallMatch } from "./match.ts";
import { Memory } from "./memory.ts";
import { type PageRule, Pages } from "./pages.ts";
import { protocolError, unknownKey } from "./protocol_error.ts";
import type { Regions } from "./regions.ts";
import { parseRequest } from "./request.ts";
import type { Rewrite } from "./rewrites.ts";
import { roleNote } from "./role_answers.ts";
import { SlowTransitions } from "./slow_transitions.ts";
import { StaleReads } from "./stale_reads.ts";
import { type RawRequest, type Upstream, UpstreamClient } from "./upstream.ts";

export interface ProxyOptions {
  /** Shared by the proxies before the same servers; by default a new one. */
  readonly memory?: Memory;
  /** The machine's clock, in milliseconds since the epoch. */
  readonly now?: Now;
  /** How a delay waits. */
  readonly wait?: (ms: number) => Promise<unknown>;
  /**
   * Lets clients use a connection again. Default: no, for Deno repeats a request by itself, once
   * and unseen by the SDK, when a connection used before is cut without an answer; so a lost
   * answer would never reach the SDK.
   */
  readonly keepAlive?: boolean;
  /** What DescribeRegions and ListRegions tell; null leaves it to the servers. */
  readonly regions?: Regions | null;
  /** Notes which tags instances have before a call changes them. Default: no, it takes a call. */
  readonly notesTags?: boolean;
}

const defaultRegions: Regions = {
  enabled: ["us-east-1", "us-west-2"],
  notOptedIn: ["ap-east-1"],
};

export class Proxy implements AsyncDisposable {
  readonly memory: Memory;
  /** What CloudTrail tells of; at first nothing. A MiniStack that enforces IAM tells its own. */
  readonly cloudTrail: CloudTrail = new CloudTrail();
  /** When roles have used what; at first, what their policies allow is listed as never used. */
  readonly lastAccessed: LastAccessed = new LastAccessed();
  /** What Access Analyzer finds. */
  readonly accessAnalyzer: AccessAnalyzer = new AccessAnalyzer();
  readonly #clock: Clock;
  readonly #log = new CallLog();
  readonly #rules: FaultRule[] = [];
  readonly #rewrites: Rewrite[] = [];
  readonly #pages = new Pages();
  readonly #slow = new SlowTransitions();
  readonly #stale = new StaleReads();
  readonly #upstream: UpstreamClient;
  readonly #answering: Answering;
  readonly #enforcesIam: boolean;
  readonly #keepAlive: boolean;
  readonly #notesTags: boolean;
  readonly #wait: (ms: number) => Promise<unknown>;
  #regions: Regions | null;
  // node:http, not Deno.serve: only here can a connection be cut before any answer.
  readonly #server: Server;

  private constructor(upstream: Upstream, options: ProxyOptions) {
    this.memory = options.memory ?? new Memory();
    this.#clock = new Clock(options.now);
    this.#wait = options.wait ?? ((ms) => setTimeout(ms));
    this.#enforcesIam = upstream.enforcesIam;
    this.#keepAlive = options.keepAlive ?? false;
    this.#notesTags = options.notesTags ?? false;
    this.#regions = options.regions === undefined ? defaultRegions : options.regions;
    this.#upstream = new UpstreamClient(upstream);
    this.#answering = new Answering({
      upstream: this.#upstream,
      enforcesIam: upstream.enforcesIam,
      memory: this.memory,
      clock: this.#clock,
      pages: this.#pages,
      rewrites: this.#rewrites,
      slow: this.#slow,
      lastAccessed: this.lastAccessed,
      stale: this.#stale,
      regions: () => this.#regions,
    });
    this.#server = createServer((request, response) => void this.#handle(request, response));
    // An upload waits for it; every header here is taken at once.
    this.#server.on("checkContinue", (request: IncomingMessage, response: ServerResponse) => {
      response.writeContinue();
      void this.#handle(request, response);
    });
  }

  /** Starts a proxy on a free port of 127.0.0.1. */
  static async start(upstream: Upstream, options: ProxyOptions = {}): Promise<Proxy> {
    const proxy = new Proxy(upstream, options);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    proxy.#server.once("error", reject);
    proxy.#server.listen(0, "127.0.0.1", resolve);
    await promise;
    return proxy;
  }

  /** Where clients find it, e.g. `http://127.0.0.1:40000`. */
  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Every call so far, in the order of arrival. */
  get calls(): readonly Call[] {
    return this.#log.calls;
  }

  clearCalls(): void {
    this.#log.clear();
  }

  /** Adds a rule; the one added last is asked first. Returns what takes it out again. */
  onCall(rule: FaultRule): () => void {
    return addTo(this.#rules, rule);
  }

  /** Rewrites successful answers. Returns what ends it. */
  rewrite(rewrite: Rewrite): () => void {
    return addTo(this.#rewrites, rewrite);
  }

  /** Forces small pages on lists. Returns what ends it. Throws a TypeError for a bad size. */
  page(rule: PageRule): () => void {
    return this.#pages.add(rule);
  }

  /** Instances that matching calls stop from now on read `stopping` until the end that it returns. */
  slowStops(match: CallMatch = {}): () => void {
    return this.#slow.hold("stopping", match);
  }

  /** The same for `shutting-down` after a termination. */
  slowTerminations(match: CallMatch = {}): () => void {
    return this.#slow.hold("shutting-down", match);
  }

  /** After a matching write of an inline policy, so many reads answer what was before it. */
  staleReads(match: CallMatch, reads: number): () => void {
    return this.#stale.add(match, reads);
  }

  /** Says when a role's credentials were last used, RFC 3339; null: never. */
  setLastUsed(account: string, role: string, lastUsed: string | null): void {
    roleNote(this.memory, account, role).lastUsed = lastUsed;
  }

  /** Forgets the instances terminated so far, as EC2 does after an hour of the proxy's clock. */
  forgetTerminated(where: { readonly account?: string; readonly region?: string } = {}): void {
    forgetTerminated(this.memory, where);
  }

  /** Says which regions are enabled; null leaves it to the servers. */
  setRegions(regions: Regions | null): void {
    this.#regions = regions;
  }

  /** From now on the local AWS lives so many milliseconds in the future, or in the past. */
  setClock(offsetMs: number): void {
    this.#clock.offsetMs = offsetMs;
  }

  /** The time that the local AWS shows, in milliseconds since the epoch. */
  now(): number {
    return this.#clock.now();
  }

  /** Ends the proxy and every connection to it; the servers behind go on. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    this.#server.closeAllConnections();
    await promise;
    this.#upstream.close();
  }

  async #handle(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const requestId = crypto.randomUUID();
    // A client that went away is no fault of the proxy's.
    response.on("error", () => {});
    let raw: RawRequest;
    try {
      raw = await read(message);
    } catch {
      message.socket.destroy();
      return;
    }
    const url = new URL(raw.target, "http://127.0.0.1");
    const request = parseRequest(raw.method, url, raw.headers, raw.body);
    const caller = request.accessKeyId === null
      ? undefined
      : this.memory.callers.find(request.accessKeyId, request.region);
    const call = this.#log.open(request, caller);
    const exchange: Exchange = { call, request, raw, caller, requestId };
    try {
      if (!this.#enforcesIam && isRefused(request, caller)) {
        const refusal = unknownKey(request.protocol);
        this.#send(response, exchange, protocolError(request.protocol, refusal, requestId));
        return;
      }
      if (this.#notesTags) await this.#answering.noteTags(exchange);
      const fault = await this.#faultFor(call);
      await this.#carryOut(fault, exchange, response);
    } catch (error) {
      const text = `${call.action} failed in the local AWS: ${error}`;
      const failure = { code: "LocalAwsFailed", message: text, status: 501 };
      this.#send(response, exchange, protocolError(request.protocol, failure, requestId));
    }
  }

  async #faultFor(call: Call): Promise<Fault | undefined> {
    for (const rule of this.#rules) {
      const fault = await rule(call);
      if (fault !== undefined) return fault;
    }
  }

  async #carryOut(
    fault: Fault | undefined,
    exchange: Exchange,
    response: ServerResponse,
  ): Promise<void> {
    const { request, requestId } = exchange;
    await fault?.beforeForward?.();
    switch (fault?.kind) {
      case "error":
        return this.#send(response, exchange, protocolError(request.protocol, fault, requestId));
      case "replace":
        return this.#send(response, exchange, { headers: {}, ...fault });
      case "drop":
        return void response.socket?.destroy();
      case "hang":
        return;
      case "delay":
        await this.#wait(fault.ms);
    }
    const answer = this.#scripted(exchange) ?? this.#analyzed(exchange) ??
      await this.#answering.answer(exchange);
    await fault?.afterEffect?.();
    if (fault?.kind === "lose-answer") return void response.socket?.destroy();
    if (fault?.kind === "truncate") return this.#truncate(response, exchange, answer, fault.how);
    this.#send(response, exchange, answer);
  }

  #scripted({ request, caller, requestId }: Exchange): Answer | null {
    return this.#enforcesIam ? null : this.cloudTrail.answer(request, caller, requestId);
  }

  #analyzed({ request, caller, requestId }: Exchange): Answer | null {
    const answer = this.accessAnalyzer.answer(request, caller?.account ?? null);
    if (answer === null || "body" in answer) return answer;
    return protocolError(request.protocol, answer, requestId);
  }

  #truncate(
    response: ServerResponse,
    exchange: Exchange,
    answer: Answer,
    how: "cut" | "short",
  ): void {
    const whole = bytesOf(answer);
    const half = whole.slice(0, Math.floor(whole.length / 2));
    if (how === "short") return this.#send(response, exchange, { ...answer, body: half });
    response.writeHead(answer.status, this.#headers(answer, exchange, whole.length));
    response.write(half, () => response.socket?.end());
  }

  #send(response: ServerResponse, exchange: Exchange, answer: Answer): void {
    if (response.headersSent || response.destroyed) return;
    const { call, raw } = exchange;
    const body = bytesOf(answer);
    const length = raw.method === "HEAD" ? null : body.length;
    call.status = answer.status;
    response.writeHead(answer.status, this.#headers(answer, exchange, length));
    response.end(raw.method === "HEAD" ? undefined : body);
  }

  #headers(answer: Answer, exchange: Exchange, length: number | null): Record<string, string> {
    const headers: Record<string, string> = {
      "x-amzn-requestid": exchange.requestId,
      ...answer.headers,
      date: new Date(this.now()).toUTCString(),
      ...(this.#keepAlive ? {} : { connection: "close" }),
    };
    if (length !== null && answer.status !== 204) headers["content-length"] = String(length);
    return headers;
  }
}

function addTo<T>(list: T[], entry: T): () => void {
  list.unshift(entry);
  return () => {
    const at = list.indexOf(entry);
    if (at >= 0) list.splice(at, 1);
  };
}

function bytesOf(answer: Answer): Uint8Array {
  return typeof answer.body === "string" ? new TextEncoder().encode(answer.body) : answer.body;
}

async function read(message: IncomingMessage): Promise<RawRequest> {
  const headers = new Headers();
  for (let i = 0; i + 1 < message.rawHeaders.length; i += 2) {
    headers.append(message.rawHeaders[i] ?? "", message.rawHeaders[i + 1] ?? "");
  }
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for await (const chunk of message) chunks.push(chunk);
  const body = new Uint8Array(await new Blob(chunks).arrayBuffer());
  return { method: message.method ?? "GET", target: message.url ?? "/", headers, body };
}
