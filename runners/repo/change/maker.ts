import type { Change } from "../../core/plan/change.ts";

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
