import { WithoutEffectError } from "../../core/errors.ts";

/**
 * Gives up a write that was announced, where its target has changed meanwhile.
 *
 * @throws WithoutEffectError `drifted`
 */
export function refuseDrift(why: string | undefined): void {
  if (why !== undefined) throw new WithoutEffectError("drifted", `${why}; nothing was written`);
}
