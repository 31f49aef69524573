import type { ReasonSummary } from "@aws-sdk/client-accessanalyzer";
import type { IAMClient } from "@aws-sdk/client-iam";
import { failureOf } from "../../core/aws/failure.ts";
import { globalRegion } from "../../core/aws/regions.ts";
import type { Session } from "../../core/aws/session.ts";
import type { Clock } from "../../core/clock.ts";
import { WithoutEffectError } from "../../core/errors.ts";
import type { PolicyEdit } from "../present/names.ts";
import type { Reading } from "./live_policies.ts";
import type { RepoChange } from "./repo_change.ts";

/** What policies are changed with. */
export type Making = {
  readonly client: IAMClient;
  readonly clock: Pick<Clock, "wait">;
  readonly reading: Reading;
  /**
   * Shows before the first write that no access is gained; null: the configuration asks for none.
   */
  readonly proof: Proof | null;
};

/** Makes changes of one kind, each by itself. */
export interface Maker<One extends RepoChange> {
  /** @returns why the change can no longer be made as planned; undefined: it can */
  drift(change: One): Promise<string | undefined>;
  /**
   * @returns AWS's request id of the last call
   * @throws WithoutEffectError if the write has no effect
   */
  write(change: One, signal: AbortSignal): Promise<string | null>;
  /** Whether its effect can be seen. */
  isThere(change: One, signal: AbortSignal): Promise<boolean>;
}

/**
 * Gives up an announced write if its target has changed since then.
 *
 * @throws WithoutEffectError `drifted`
 */
export function refuseDrift(why: string | undefined): void {
  if (why !== undefined) throw new WithoutEffectError("drifted", `${why}; nothing was written`);
}

/** What one change is written with. */
export type Writing = Pick<Making, "client" | "clock"> & { readonly signal: AbortSignal };

/** How long to wait before each read of what was put back; IAM is eventually consistent. */
const BACK_AFTER_MS = [0, 500, 1_000, 2_000];

/** Reads until what was put back is seen, or `BACK_AFTER_MS` is used up. */
export async function seenBack(
  look: () => Promise<boolean>,
  { clock, signal }: Pick<Writing, "clock" | "signal">,
): Promise<boolean> {
  for (const waitMs of BACK_AFTER_MS) {
    if (waitMs > 0) await clock.wait(waitMs, signal);
    if (await look()) return true;
  }
  return false;
}

/**
 * Shows that no policy will grant what it does not grant now.
 *
 * @throws WithoutEffectError `new-access` if one would, `no-proof` if it could not be shown
 */
export type Proof = (policies: readonly PolicyEdit[], signal: AbortSignal) => Promise<void>;

/**
 * Asks IAM Access Analyzer, which reasons over all of the policy language without this code (IAM
 * Access Analyzer API Reference, CheckNoNewAccess). Nothing is written unless it answers PASS.
 */
export async function noNewAccess(session: Session): Promise<Proof> {
  const sdk = await import("@aws-sdk/client-accessanalyzer");
  // Policies belong to no Region: the check is made in the Region of IAM.
  const client = session.client(sdk.AccessAnalyzerClient, globalRegion(session.partition));
  return async (policies, signal) => {
    for (const { name, before, after } of policies) {
      // What is deleted grants nothing, and what is added is a Deny.
      if (before === null || after === null) continue;
      const command = new sdk.CheckNoNewAccessCommand({
        policyType: "IDENTITY_POLICY",
        existingPolicyDocument: before,
        newPolicyDocument: after,
      });
      const { result, message, reasons = [] } = await client.send(command, { abortSignal: signal })
        .catch((error: unknown) => {
          throw noProof(name, failureOf(error).detail, error);
        });
      if (result === "PASS") continue;
      if (result !== "FAIL") throw noProof(name, `it answered ${JSON.stringify(result ?? null)}`);
      const said = reasons.map(reasonText).join("; ") || message || "it gives no reason";
      throw new WithoutEffectError(
        "new-access",
        `IAM Access Analyzer says that the policy "${name}" would grant what it does not now, so ` +
          `nothing was written: ${said}. Its reasons tell a defect of Groundskeeper from one of ` +
          "its own; to write without the check, set repo.checkNoNewAccess to false",
      );
    }
  };
}

function noProof(name: string, why: string, cause?: unknown): WithoutEffectError {
  return new WithoutEffectError(
    "no-proof",
    `IAM Access Analyzer could not check the policy "${name}", so nothing was written: ${why}`,
    { cause },
  );
}

function reasonText({ description, statementId, statementIndex }: ReasonSummary): string {
  const where = statementId ?? (statementIndex === undefined ? null : `${statementIndex + 1}`);
  return [...(where === null ? [] : [`statement ${where}`]), description ?? "no description"]
    .join(": ");
}
