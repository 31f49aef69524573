import type { IAMClient } from "@aws-sdk/client-iam";
import type { Clock } from "../../core/clock.ts";
import type { Change } from "../../core/plan/change.ts";
import type { Proof } from "./no_new_access.ts";

/** What policies are changed with. */
export type Making = {
  readonly client: IAMClient;
  readonly clock: Pick<Clock, "wait">;
  readonly reading: { readonly abortSignal: AbortSignal };
  /** Shows before the first write that nothing is gained; null: nobody asks for it. */
  readonly proof: Proof | null;
};

/** Makes changes of one form, each by itself. */
export interface Maker {
  /** @returns why the change no longer stands as planned; undefined where it does */
  drift(change: Change): Promise<string | undefined>;
  /**
   * @returns AWS's request id of the last call
   * @throws WithoutEffectError when nothing of it is there
   */
  write(change: Change, signal: AbortSignal): Promise<string | null>;
  /** Whether its effect can be seen. */
  isThere(change: Change, signal: AbortSignal): Promise<boolean>;
}
