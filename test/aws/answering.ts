/** How a call gets its answer: from here, or from a server and then put right. */

import { describedImages, imageParameter, launchedFromImage } from "./amazon_images.ts";
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
import { forgottenIds, withoutForgottenTags } from "./forgotten.ts";
import { IamAnswers } from "./iam_answers.ts";
import { learnInstances, showInstances } from "./instance_answers.ts";
import { tagsBefore, tagsForm } from "./instance_tags.ts";
import { launchedOnce } from "./launch_tokens.ts";
import type { LastAccessed } from "./last_accessed.ts";
import type { Memory } from "./memory.ts";
import { ownFilters, withoutOwnFilters } from "./own_filters.ts";
import type { Pages } from "./pages.ts";
import { learnPolicies, showPolicies } from "./policy_answers.ts";
import { learnProtection, refusedProtection, showProtection } from "./protection.ts";
import { presignedIdentity } from "./presigned_identity.ts";
import { protocolError } from "./protocol_error.ts";
import { type Regions, regionsAnswer } from "./regions.ts";
import {
  accountsByState,
  conversionTasks,
  lookUpTagged,
  ownIdentity,
  refusedTags,
} from "./repairs.ts";
import type { AwsRequest } from "./request.ts";
import type { Rewrite } from "./rewrites.ts";
import { learnRole, showRoles } from "./role_answers.ts";
import { routeOf, type Server } from "./route.ts";
import { type Seeding, seedingOf } from "./seeding.ts";
import { learnSender, rewriteSenders } from "./sender_id.ts";
import { signingKeyIn } from "./signing_key.ts";
import type { SlowTransitions } from "./slow_transitions.ts";
import type { StaleReads } from "./stale_reads.ts";
import { StateChanges } from "./state_changes.ts";
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

/** What MiniStack says of actions and parameters that it lacks, after it has allowed the call. */
const lacking = /InvalidAction|ParameterNotFound/;

export interface AnsweringParts {
  readonly upstream: UpstreamClient;
  readonly enforcesIam: boolean;
  readonly memory: Memory;
  readonly clock: Clock;
  readonly pages: Pages;
  readonly rewrites: readonly Rewrite[];
  readonly slow: SlowTransitions;
  readonly lastAccessed: LastAccessed;
  readonly stale: StaleReads;
  readonly regions: () => Regions | null;
}

export class Answering {
  readonly #parts: AnsweringParts;
  readonly #stateChanges: StateChanges;
  readonly #iam: IamAnswers;

  constructor(parts: AnsweringParts) {
    this.#parts = parts;
    this.#stateChanges = new StateChanges(parts);
    this.#iam = new IamAnswers(parts.lastAccessed, parts.stale);
  }

  /** The answer to a call. Throws a TypeError if the server behind cannot be reached. */
  async answer(exchange: Exchange): Promise<Answer> {
    const { memory, clock } = this.#parts;
    const identity = presignedIdentity(exchange, memory.callers, clock.now());
    if (identity !== null) return this.#rewritten(exchange.call, identity);
    if (this.#parts.enforcesIam) return await this.#enforced(exchange);
    const { call, request, raw, caller, requestId } = exchange;
    const seeding = seedingOf(raw.headers);
    const regions = this.#parts.regions();
    const own = (regions && regionsAnswer(regions, request)) ?? ownIdentity(request, caller) ??
      refusedTags(request, seeding, requestId) ?? this.#refusedInstance(exchange) ??
      imageParameter(request) ?? describedImages(request, requestId) ??
      conversionTasks(request, requestId);
    if (own !== null) return this.#rewritten(call, own);

    const ofIam = await this.#answerOfIam(exchange, seeding);
    if (ofIam !== null) return this.#rewritten(call, ofIam);

    const refused = await this.#refusedIds(exchange);
    if (refused !== null) return refused;
    const prepared = this.#prepared(exchange);
    const forward = (changes: Changes) =>
      this.#forward(exchange, withParameters(raw, prepared.request, changes), seeding);
    const ask = (form: URLSearchParams) => this.#ask(exchange, form);
    const changed = await this.#stateChanges.answer({
      call,
      request,
      requestId,
      ask,
      forward: (changes) => this.#fetch(exchange, withParameters(raw, request, changes), seeding),
    });
    if (changed !== null) return this.#rewritten(call, changed);
    if (request.action === "ec2:RunInstances") {
      const launch = () => this.#forward(exchange, prepared.raw, seeding);
      return await launchedOnce(memory, { call, requestId, ask, launch });
    }
    return await this.#parts.pages.answer(call, prepared.request, forward) ??
      await this.#forward(exchange, prepared.raw, seeding);
  }

  /** Asks moto which tags the instances have that a call changes, and notes them in the log. */
  async noteTags(exchange: Exchange): Promise<void> {
    const { call, request } = exchange;
    const form = tagsForm(request);
    if (form === null) return;
    call.instanceTags = tagsBefore(request, textOf(await this.#ask(exchange, form)));
  }

  /** The answer of a server that enforces IAM: what it has not allowed is answered by nobody else. */
  async #enforced(exchange: Exchange): Promise<Answer> {
    const { request, raw, requestId } = exchange;
    const answer = await this.#send("ministack", exchange, raw);
    await this.#learnCaller(exchange, "ministack", answer);
    const isLacking = answer.status !== 200 && lacking.test(textOf(answer));
    if (answer.status !== 200 && !isLacking) return answer;
    const regions = this.#parts.regions();
    const own = this.#iam.allowed(request, answer, this.#parts.clock.now(), requestId) ??
      (regions && regionsAnswer(regions, request)) ?? imageParameter(request) ??
      describedImages(request, requestId) ?? conversionTasks(request, requestId);
    if (own !== null || isLacking) return own ?? answer;
    if (request.action === "ec2:DescribeInstanceAttribute") {
      return withText(answer, (xml) => showProtection(this.#parts.memory, request, xml));
    }
    return request.service === "iam"
      ? this.#shownRoles(exchange, answer, seedingOf(raw.headers))
      : this.#withSenders(exchange, answer);
  }

  async #answerOfIam(exchange: Exchange, seeding: Seeding | null): Promise<Answer | null> {
    const { call, request, raw, caller, requestId } = exchange;
    if (request.service !== "iam") return null;
    const { memory, clock, pages } = this.#parts;
    return await this.#iam.answer({
      call,
      request,
      requestId,
      seeding,
      nowMs: clock.now(),
      largestPage: pages.sizeFor(call),
      ask: async (form) => {
        const asked = new URLSearchParams({ ...form, Version: "2010-05-08" });
        const answer = await this.#ask(exchange, asked);
        return withText(answer, (xml) => showRoles(memory, caller?.account ?? "", xml));
      },
      forward: () => this.#fetch(exchange, raw, seeding),
    });
  }

  /** The call as moto can answer it. */
  #prepared(exchange: Exchange): Pick<Exchange, "request" | "raw"> {
    const { request, raw } = exchange;
    const changes = request.action === "ec2:DescribeInstances"
      ? withoutOwnFilters(request.parameters, this.#parts.slow.any)
      : launchedFromImage(request);
    if (changes === null) return { request, raw };
    const parameters = changedParameters(request, changes);
    return { request: { ...request, parameters }, raw: withParameters(raw, request, changes) };
  }

  #refusedInstance({ request, requestId }: Exchange): Answer | null {
    const { memory, clock } = this.#parts;
    const forgotten = forgottenIds(memory, request, clock.now());
    if (forgotten !== null) return protocolError(request.protocol, forgotten, requestId);
    return refusedProtection(memory, request, requestId);
  }

  async #forward(exchange: Exchange, raw: RawRequest, seeding: Seeding | null): Promise<Answer> {
    return this.#rewritten(exchange.call, await this.#fetch(exchange, raw, seeding));
  }

  #rewritten(call: Call, answer: Answer): Answer {
    if (answer.status !== 200) return answer;
    return this.#parts.rewrites.filter((rewrite) => rewrite.appliesTo(call))
      .reduce((answer, { rewrite }) => withText(answer, (body) => rewrite(body, call)), answer);
  }

  async #fetch(exchange: Exchange, raw: RawRequest, seeding: Seeding | null): Promise<Answer> {
    const { request, requestId } = exchange;
    const server = routeOf(request, (server) => this.#parts.upstream.has(server));
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
    return this.#repaired(exchange, answer, seeding);
  }

  async #send(server: Server, exchange: Exchange, raw: RawRequest): Promise<Answer> {
    const { call, request, caller } = exchange;
    call.forwarded = true;
    return await this.#parts.upstream.send(server, raw, request, caller?.account ?? null);
  }

  /** What the answer should have said, and what is worth remembering of it. */
  #repaired(exchange: Exchange, answer: Answer, seeding: Seeding | null): Answer {
    const { memory, clock, slow } = this.#parts;
    const { request } = exchange;
    const nowMs = clock.now();
    if (request.service === "iam" && !givesCredentials(request)) {
      return this.#shownRoles(exchange, answer, seeding);
    }
    switch (request.action) {
      case "ec2:RunInstances":
      case "ec2:StartInstances":
        learnInstances(memory, request, textOf(answer), clock.offsetMs, seeding, nowMs);
        return withText(answer, (xml) => showInstances(xml, { memory, slow, keeps: null, nowMs }));
      case "ec2:DescribeInstances": {
        const keeps = ownFilters(request.parameters, slow.any);
        return withText(answer, (xml) => showInstances(xml, { memory, slow, keeps, nowMs }));
      }
      case "ec2:DescribeTags":
        return withText(answer, (xml) => withoutForgottenTags(memory, xml, nowMs));
      case "ec2:DescribeInstanceAttribute":
        return withText(answer, (xml) => showProtection(memory, request, xml));
      case "ec2:ModifyInstanceAttribute":
        learnProtection(memory, request);
        return answer;
      case "organizations:DescribeAccount":
      case "organizations:ListAccounts":
      case "organizations:ListAccountsForParent":
        return withText(answer, accountsByState);
      case "sqs:SendMessage":
      case "sqs:SendMessageBatch":
      case "sqs:ReceiveMessage":
        return this.#withSenders(exchange, answer);
      default:
        if (!givesCredentials(request) || clock.offsetMs === 0) return answer;
        return withText(answer, (xml) =>
          xml.replace(
            /<Expiration>([^<]+)/,
            (_, time: string) => `<Expiration>${moved(time, clock.offsetMs)}`,
          ));
    }
  }

  /** Remembers who has sent messages, and says so where they are received. */
  #withSenders({ request, caller }: Exchange, answer: Answer): Answer {
    const { memory } = this.#parts;
    if (request.protocol !== "json") return answer;
    switch (request.action) {
      case "sqs:SendMessage":
      case "sqs:SendMessageBatch":
        if (caller !== undefined) learnSender(memory, textOf(answer), caller.userId);
        return answer;
      case "sqs:ReceiveMessage":
        return withText(answer, (json) => rewriteSenders(memory, json));
      default:
        return answer;
    }
  }

  /** Roles and managed policies as old and as lately used as a test has them. */
  #shownRoles({ request, caller }: Exchange, answer: Answer, seeding: Seeding | null): Answer {
    const { memory, clock } = this.#parts;
    const account = caller?.account ?? "";
    if (request.action === "iam:CreateRole") {
      learnRole(memory, request, account, clock.offsetMs, seeding);
    }
    if (answer.status === 200) {
      learnPolicies(memory, request, account, clock.offsetMs, seeding);
    }
    return withText(
      answer,
      (xml) => showPolicies(memory, account, showRoles(memory, account, xml)),
    );
  }

  async #learnCaller(exchange: Exchange, server: Server, answer: Answer): Promise<void> {
    const { request, raw } = exchange;
    if (answer.status !== 200 || !givesCredentials(request)) return;
    const xml = textOf(answer);
    const key = elementText(xml, "AccessKeyId");
    if (key === null) return;
    const known = callerInAnswer(xml) ?? await this.#identity(server, raw, request, key) ??
      userNamed(elementText(xml, "UserName"), exchange.caller);
    const signing = signingKeyIn(answer, this.#parts.clock.offsetMs);
    if (known !== null) this.#parts.memory.callers.learn(key, known, signing);
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
    const answer = await this.#ask(exchange, form);
    return answer.status === 200 ? null : answer;
  }

  /** Asks moto something of the proxy's own, as the caller. */
  async #ask({ raw, request, caller }: Exchange, form: URLSearchParams): Promise<Answer> {
    const body = new TextEncoder().encode(form.toString());
    const account = caller?.account ?? null;
    return await this.#parts.upstream.send("moto", { ...raw, body }, request, account);
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

/** Parameters to change; undefined takes one out. */
type Changes = Readonly<Record<string, string | undefined>>;

function changedParameters(request: AwsRequest, changes: Changes): Record<string, string> {
  const changed = Object.entries({ ...request.parameters, ...changes });
  return Object.fromEntries(
    changed.filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** The request with other parameters. Only for servers that check no signature. */
function withParameters(
  raw: RawRequest,
  request: AwsRequest,
  changes: Changes,
): RawRequest {
  const encoded = (text: string) => ({ ...raw, body: new TextEncoder().encode(text) });
  if (request.protocol === "json") {
    return encoded(
      JSON.stringify({ ...JSON.parse(new TextDecoder().decode(raw.body)), ...changes }),
    );
  }
  return encoded(new URLSearchParams(changedParameters(request, changes)).toString());
}
