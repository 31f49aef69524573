/** How a call gets its answer: from here, or from a server and then put right. */

import { type Answer, textOf } from "./answer.ts";
import type { Call } from "./call_log.ts";
import {
  type Caller,
  callerIdentity,
  callerInAnswer,
  givesCredentials,
  isRootKey,
} from "./callers.ts";
import { type Clock, moved } from "./clock.ts";
import { learnInstances, rewriteInstances } from "./instance_answers.ts";
import type { Memory } from "./memory.ts";
import type { Pages } from "./pages.ts";
import { protocolError } from "./protocol_error.ts";
import { type Regions, regionsAnswer } from "./regions.ts";
import { lookUpTagged, refusedTags, rootIdentity } from "./repairs.ts";
import type { AwsRequest } from "./request.ts";
import type { Rewrite } from "./rewrites.ts";
import { routeOf, type Server } from "./route.ts";
import { type Seeding, seedingOf } from "./seeding.ts";
import { learnSender, rewriteSenders } from "./sender_id.ts";
import type { RawRequest, UpstreamClient } from "./upstream.ts";
import { elementText } from "./xml_text.ts";

/** One call on its way. */
export interface Exchange {
  readonly call: Call;
  readonly request: AwsRequest;
  readonly raw: RawRequest;
  readonly caller: Caller | undefined;
  readonly requestId: string;
}

export interface AnsweringParts {
  readonly upstream: UpstreamClient;
  readonly enforcesIam: boolean;
  readonly memory: Memory;
  readonly clock: Clock;
  readonly pages: Pages;
  readonly rewrites: readonly Rewrite[];
  readonly regions: () => Regions | null;
}

export class Answering {
  readonly #parts: AnsweringParts;

  constructor(parts: AnsweringParts) {
    this.#parts = parts;
  }

  /** The answer to a call. Throws a TypeError if the server behind cannot be reached. */
  async answer(exchange: Exchange): Promise<Answer> {
    const { call, request, raw, caller, requestId } = exchange;
    if (this.#parts.enforcesIam) {
      const answer = await this.#send("ministack", exchange, raw);
      await this.#learnCaller(exchange, "ministack", answer);
      return answer;
    }
    const seeding = seedingOf(raw.headers);
    const regions = this.#parts.regions();
    const own = (regions && regionsAnswer(regions, request)) ?? rootIdentity(request, caller) ??
      refusedTags(request, seeding, requestId);
    if (own !== null) return own;

    const refused = await this.#refusedIds(exchange);
    if (refused !== null) return refused;
    const fetchPage = (changes: Readonly<Record<string, string | undefined>>) =>
      this.#forward(exchange, withParameters(raw, request, changes), seeding);
    return await this.#parts.pages.answer(call, request, fetchPage) ??
      await this.#forward(exchange, raw, seeding);
  }

  async #forward(
    exchange: Exchange,
    raw: RawRequest,
    seeding: Seeding | null,
  ): Promise<Answer> {
    const { call, request, requestId } = exchange;
    const server = routeOf(request);
    if (!this.#parts.upstream.has(server)) {
      const message = `${request.action} needs MiniStack, which does not run. ` +
        `Start the local AWS with services: { ministack: true }`;
      return protocolError(
        request.protocol,
        { code: "NotImplementedByLocalAws", message },
        requestId,
      );
    }
    const answer = await this.#send(server, exchange, raw);
    // moto answers an action that it lacks with a page in HTML, which the SDK would retry.
    if (answer.status === 500 && answer.headers["content-type"]?.startsWith("text/html")) {
      const message = `${request.action}: ${server} does not have it, or failed over these ` +
        `parameters`;
      return protocolError(
        request.protocol,
        { code: "NotImplementedByLocalAws", message },
        requestId,
      );
    }
    if (answer.status !== 200) return answer;
    await this.#learnCaller(exchange, server, answer);
    const repaired = this.#repaired(exchange, answer, seeding);
    return this.#parts.rewrites.filter((rewrite) => rewrite.appliesTo(call))
      .reduce((answer, { rewrite }) => withText(answer, (body) => rewrite(body, call)), repaired);
  }

  async #send(server: Server, exchange: Exchange, raw: RawRequest): Promise<Answer> {
    const { call, request, caller } = exchange;
    call.forwarded = true;
    return await this.#parts.upstream.send(server, raw, request, caller?.account ?? null);
  }

  /** What the answer should have said, and what is worth remembering of it. */
  #repaired(exchange: Exchange, answer: Answer, seeding: Seeding | null): Answer {
    const { memory, clock } = this.#parts;
    const { request, caller } = exchange;
    switch (request.action) {
      case "ec2:RunInstances":
      case "ec2:StartInstances":
        learnInstances(memory, request, textOf(answer), clock.offsetMs, seeding, clock.now());
        return withText(answer, (xml) => rewriteInstances(memory, xml));
      case "ec2:DescribeInstances":
        if (memory.instances.size === 0) return answer;
        return withText(answer, (xml) => rewriteInstances(memory, xml));
      case "sts:GetCallerIdentity":
        // moto makes up an ID for each call by a role that does not exist.
        return caller === undefined ? answer : withText(
          answer,
          (xml) => xml.replace(/<UserId>[^<]*/, `<UserId>${caller.userId}`),
        );
      case "sqs:SendMessage":
      case "sqs:SendMessageBatch":
        if (caller !== undefined && request.protocol === "json") {
          learnSender(memory, textOf(answer), caller.userId);
        }
        return answer;
      case "sqs:ReceiveMessage":
        if (request.protocol !== "json") return answer;
        return withText(answer, (json) => rewriteSenders(memory, json));
      default:
        if (!givesCredentials(request) || clock.offsetMs === 0) return answer;
        return withText(answer, (xml) =>
          xml.replace(
            /<Expiration>([^<]+)/,
            (_, time: string) => `<Expiration>${moved(time, clock.offsetMs)}`,
          ));
    }
  }

  async #learnCaller(exchange: Exchange, server: Server, answer: Answer): Promise<void> {
    const { request, raw } = exchange;
    if (answer.status !== 200 || !givesCredentials(request)) return;
    const xml = textOf(answer);
    const key = elementText(xml, "AccessKeyId");
    if (key === null) return;
    const known = callerInAnswer(xml) ?? await this.#identity(server, raw, request, key) ??
      userNamed(elementText(xml, "UserName"), exchange.caller);
    if (known !== null) this.#parts.memory.callers.learn(key, known);
  }

  /** Asks the server whose key it has just given out; null where it checks the signature. */
  async #identity(
    server: Server,
    raw: RawRequest,
    request: AwsRequest,
    key: string,
  ): Promise<Caller | null> {
    const headers = new Headers(raw.headers);
    const region = request.region;
    headers.set(
      "authorization",
      `AWS4-HMAC-SHA256 Credential=${key}/20260101/${region}/sts/aws4_request, ` +
        `SignedHeaders=host, Signature=0`,
    );
    const body = new TextEncoder().encode("Action=GetCallerIdentity&Version=2011-06-15");
    const question = { ...raw, headers, body };
    const asked = { ...request, service: "sts", accessKeyId: key };
    return callerIdentity(
      textOf(await this.#parts.upstream.send(server, question, asked, null)),
    );
  }

  async #refusedIds(exchange: Exchange): Promise<Answer | null> {
    const form = lookUpTagged(exchange.request);
    if (form === null) return null;
    const body = new TextEncoder().encode(form.toString());
    const { raw, request, caller } = exchange;
    const account = caller?.account ?? null;
    const answer = await this.#parts.upstream.send("moto", { ...raw, body }, request, account);
    return answer.status === 200 ? null : answer;
  }
}

/** A user of the account that made its key. The ID and the path stay unknown. */
function userNamed(name: string | null, maker: Caller | undefined): Caller | null {
  if (name === null || maker === undefined) return null;
  const { account } = maker;
  return { account, arn: `arn:aws:iam::${account}:user/${name}`, userId: name };
}

/** True if the caller must be known: real AWS refuses an access key that it never gave out. */
export function isRefused(request: AwsRequest, caller: Caller | undefined): boolean {
  const { accessKeyId } = request;
  return accessKeyId !== null && caller === undefined && !isRootKey(accessKeyId);
}

function withText(answer: Answer, rewrite: (text: string) => string): Answer {
  return { ...answer, body: rewrite(textOf(answer)) };
}

/** The request with other parameters. Only for servers that check no signature. */
function withParameters(
  raw: RawRequest,
  request: AwsRequest,
  changes: Readonly<Record<string, string | undefined>>,
): RawRequest {
  const encoded = (text: string) => ({ ...raw, body: new TextEncoder().encode(text) });
  if (request.protocol === "json") {
    return encoded(
      JSON.stringify({ ...JSON.parse(new TextDecoder().decode(raw.body)), ...changes }),
    );
  }
  const form = new URLSearchParams(request.parameters);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) form.delete(name);
    else form.set(name, value);
  }
  return encoded(form.toString());
}
