import type { AwsCredentialIdentity, AwsCredentialIdentityProvider } from "@smithy/types";
import type { Clock } from "../clock.ts";

/** Renewed when less than this is left. */
const RENEW_BEFORE_MS = 5 * 60_000;
/** Never used when less than this is left. */
const NEVER_IN_LAST_MS = 30_000;
/** After a renewal that failed or brought nothing fresher, not asked again for this long. */
const RETRY_AFTER_MS = 15_000;

/**
 * Keeps credentials and renews them in time.
 *
 * In the last five minutes the SDK asks its provider on every request. If the provider fails, the
 * request fails, although the credentials are still good. This provider asks once at a time, and
 * uses the credentials that it has until their last 30 seconds.
 */
export function renewingCredentials(
  ask: AwsCredentialIdentityProvider,
  clock: Pick<Clock, "now">,
): AwsCredentialIdentityProvider {
  let held: AwsCredentialIdentity | undefined;
  let pending: Promise<AwsCredentialIdentity> | undefined;
  let askedAtMs = -Infinity;

  const leftMs = () =>
    held ? (held.expiration?.getTime() ?? Infinity) - clock.now().getTime() : -Infinity;

  const renew = () => {
    askedAtMs = clock.now().getTime();
    return pending ??= ask().then((fresh) => held = fresh).finally(() => pending = undefined);
  };

  const provider = async () => {
    const left = leftMs();
    const askedLately = pending === undefined &&
      clock.now().getTime() - askedAtMs < RETRY_AFTER_MS;
    if (left < NEVER_IN_LAST_MS) await renew();
    else if (left < RENEW_BEFORE_MS && !askedLately) {
      // The credentials are good for a while; the failure is told when they no longer are.
      await renew().catch(() => {});
    }
    // Without the expiration: the SDK would decide by it when to ask again.
    const { expiration: _expiration, ...credentials } = held!;
    return credentials;
  };
  // The SDK asks a provider without expiration once and keeps the answer for the client's life,
  // unless it is told that the provider remembers by itself.
  return Object.assign(provider, { memoized: true });
}
