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
 * The SDK asks its provider on every request in the last five minutes and fails the request when
 * the provider fails, although the credentials are still good (research, traps.md 9). This one
 * asks once at a time, goes on with what it has, and lets go of it only in the last 30 seconds.
 */
export function renewingCredentials(
  ask: AwsCredentialIdentityProvider,
  clock: Pick<Clock, "now">,
): AwsCredentialIdentityProvider {
  let held: AwsCredentialIdentity | undefined;
  let pending: Promise<AwsCredentialIdentity> | undefined;
  let askedAtMs = -Infinity;

  const leftMs = () =>
    held === undefined
      ? -Infinity
      : held.expiration === undefined
      ? Infinity
      : held.expiration.getTime() - clock.now().getTime();

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
    return shown(held!);
  };
  // The SDK asks a provider without expiration once and keeps the answer for the client's life,
  // unless it is told that the provider remembers by itself.
  return Object.assign(provider, { memoized: true });
}

/** Without the expiration, so that the SDK does not bring its own opinion of it. */
function shown(
  { expiration: _kept, ...credentials }: AwsCredentialIdentity,
): AwsCredentialIdentity {
  return credentials;
}
