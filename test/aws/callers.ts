/** Who is behind an access key: learnt from the credentials that STS and IAM give out. */

import { partitionOfRegion } from "../../runners/core/aws/arn.ts";
import type { AwsRequest } from "./request.ts";
import type { SigningKey } from "./signing_key.ts";
import { elementText } from "./xml_text.ts";

export interface Caller {
  readonly account: string;
  readonly arn: string;
  /** `AROA…:session` of a role, `AIDA…` of a user, the account ID of a root user. */
  readonly userId: string;
}

const rootKey = /^\d{12}$/;

/** What a root user signs with where the signature is checked. */
const rootSigningKey: SigningKey = {
  secretAccessKey: "test",
  token: null,
  expiresAtMs: Infinity,
};

/**
 * True for the key of an account's root user: here the twelve digits of the account themselves
 * (MiniStack's convention), so that any account can be reached without asking for credentials.
 */
export function isRootKey(accessKeyId: string): boolean {
  return rootKey.test(accessKeyId);
}

export class Callers {
  readonly #byKey = new Map<string, Caller>();
  readonly #signing = new Map<string, SigningKey>();

  /** Who calls, or undefined for a key that was never given out. */
  find(accessKeyId: string, region: string): Caller | undefined {
    if (isRootKey(accessKeyId)) {
      const arn = `arn:${partitionOfRegion(region)}:iam::${accessKeyId}:root`;
      return { account: accessKeyId, arn, userId: accessKeyId };
    }
    return this.#byKey.get(accessKeyId);
  }

  /** What the key's owner signs with, or undefined where that is not known. */
  signingKey(accessKeyId: string): SigningKey | undefined {
    return isRootKey(accessKeyId) ? rootSigningKey : this.#signing.get(accessKeyId);
  }

  learn(accessKeyId: string, caller: Caller, signing: SigningKey | null): void {
    this.#byKey.set(accessKeyId, caller);
    if (signing !== null) this.#signing.set(accessKeyId, signing);
  }

  /** From now on the key is refused, as after its deletion. */
  forget(accessKeyId: string): void {
    this.#byKey.delete(accessKeyId);
  }
}

const givingSessions: ReadonlySet<string> = new Set([
  "sts:AssumeRole",
  "sts:AssumeRoleWithSAML",
  "sts:AssumeRoleWithWebIdentity",
  "sts:GetFederationToken",
  "sts:GetSessionToken",
]);

/** True if the answer to this call holds credentials. */
export function givesCredentials(request: AwsRequest): boolean {
  return givingSessions.has(request.action) || request.action === "iam:CreateAccessKey";
}

/**
 * Reads who the credentials in an answer of STS belong to. Null for a failure, and for answers
 * that do not say it: CreateAccessKey and GetSessionToken, whose owner GetCallerIdentity tells.
 */
export function callerInAnswer(xml: string): Caller | null {
  const arn = elementText(xml, "Arn");
  const userId = elementText(xml, "AssumedRoleId") ?? elementText(xml, "FederatedUserId");
  const account = arn?.split(":")[4];
  if (arn === null || userId === null || account === undefined) return null;
  return { account, arn, userId };
}

/** Reads an answer of GetCallerIdentity. Null for a failure. */
export function callerIdentity(xml: string): Caller | null {
  const account = elementText(xml, "Account");
  const arn = elementText(xml, "Arn");
  const userId = elementText(xml, "UserId");
  return account === null || arn === null || userId === null ? null : { account, arn, userId };
}
