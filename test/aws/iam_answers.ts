/** What IAM answers and moto does not have, or has otherwise. */

import { allowedServices } from "./allowed_services.ts";
import { type Answer, textOf } from "./answer.ts";
import type { Call } from "./call_log.ts";
import { AuthorizationPages } from "./authorization_pages.ts";
import { refusedSize } from "./inline_size.ts";
import type { LastAccessed } from "./last_accessed.ts";
import { type AwsError, protocolError } from "./protocol_error.ts";
import type { AwsRequest } from "./request.ts";
import type { Seeding } from "./seeding.ts";
import type { StaleReads } from "./stale_reads.ts";
import { cutSet, elementText, unescapeXml } from "./xml_text.ts";

/** A call to IAM, and its ways to the server. */
export interface IamCall {
  readonly call: Call;
  readonly request: AwsRequest;
  readonly requestId: string;
  readonly seeding: Seeding | null;
  readonly nowMs: number;
  /** The largest page of a list that a test wants. */
  readonly largestPage: number;
  /** Sends a question of the proxy's own; its answer is put right. */
  ask(form: Readonly<Record<string, string>>): Promise<Answer>;
  /** Sends the call on. */
  forward(): Promise<Answer>;
}

export class IamAnswers {
  readonly #lastAccessed: LastAccessed;
  readonly #stale: StaleReads;
  readonly #pages = new AuthorizationPages();

  constructor(lastAccessed: LastAccessed, stale: StaleReads) {
    this.#lastAccessed = lastAccessed;
    this.#stale = stale;
  }

  /** The answer; null for what moto answers well. */
  async answer(one: IamCall): Promise<Answer | null> {
    const { request, requestId } = one;
    const answer = await this.#answer(one);
    if (answer === null || "body" in answer) return answer;
    return protocolError(request.protocol, answer, requestId);
  }

  /**
   * What a server that enforces IAM has allowed, answered by script; null for anything else. The
   * services that a role's policies allow are not looked up then: what a test says is listed.
   */
  allowed(
    request: AwsRequest,
    answer: Answer,
    nowMs: number,
    requestId: string,
  ): Answer | null {
    if (answer.status !== 200) return null;
    const told = this.#allowed(request, answer, nowMs, requestId);
    if (told === null || "body" in told) return told;
    return protocolError(request.protocol, told, requestId);
  }

  #allowed(request: AwsRequest, answer: Answer, nowMs: number, requestId: string) {
    switch (request.action) {
      case "iam:GenerateServiceLastAccessedDetails": {
        const jobId = elementText(textOf(answer), "JobId") ?? "";
        return this.#lastAccessed.generate(request, [], nowMs, requestId, jobId);
      }
      case "iam:GetServiceLastAccessedDetails":
        return this.#lastAccessed.get(request, requestId);
      default:
        return null;
    }
  }

  async #answer(one: IamCall): Promise<Answer | AwsError | null> {
    const { call, request, requestId, ask } = one;
    switch (request.action) {
      case "iam:GenerateServiceLastAccessedDetails": {
        const allowed = await servicesOf(request.parameters["Arn"] ?? "", ask);
        return this.#lastAccessed.generate(request, allowed, one.nowMs, requestId);
      }
      case "iam:GetServiceLastAccessedDetails":
        return this.#lastAccessed.get(request, requestId);
      case "iam:GetAccountAuthorizationDetails":
        return await this.#pages.answer(request, one.largestPage, () => one.forward());
      case "iam:PutRolePolicy":
      case "iam:DeleteRolePolicy": {
        // What is seeded is trusted: asking takes as long as writing.
        if (one.seeding === null && request.action === "iam:PutRolePolicy") {
          const refused = await refusedSize(request, ask);
          if (refused !== null) return refused;
        }
        await this.#stale.beforeWrite(call, ask);
        return null;
      }
      case "iam:GetRolePolicy":
      case "iam:ListRolePolicies":
        return this.#stale.answer(call);
      default:
        return null;
    }
  }
}

/** The services that a role's policies allow, inline and managed; null if there is no such role. */
async function servicesOf(arn: string, ask: IamCall["ask"]): Promise<string[] | null> {
  const RoleName = arn.slice(arn.lastIndexOf("/") + 1);
  const inline = await ask({ Action: "ListRolePolicies", RoleName });
  if (inline.status !== 200) return null;
  const documents: string[] = [];
  for (const member of cutSet(textOf(inline), "PolicyNames", "member").items) {
    const PolicyName = unescapeXml(elementText(member, "member") ?? "");
    documents.push(documentIn(await ask({ Action: "GetRolePolicy", RoleName, PolicyName })));
  }
  const attached = textOf(await ask({ Action: "ListAttachedRolePolicies", RoleName }));
  for (const member of cutSet(attached, "AttachedPolicies", "member").items) {
    const PolicyArn = elementText(member, "PolicyArn") ?? "";
    const policy = textOf(await ask({ Action: "GetPolicy", PolicyArn }));
    const VersionId = elementText(policy, "DefaultVersionId") ?? "";
    documents.push(documentIn(await ask({ Action: "GetPolicyVersion", PolicyArn, VersionId })));
  }
  return allowedServices(documents);
}

/** The policy in an answer, as text. */
function documentIn(answer: Answer): string {
  const xml = textOf(answer);
  const text = elementText(xml, "PolicyDocument") ?? elementText(xml, "Document") ?? "";
  return decodeURIComponent(text);
}
