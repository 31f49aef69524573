import type { Clock } from "../clock.ts";

/** How often a class of API may be called: a burst, and what flows in again. */
type Rate = {
  readonly burst: number;
  readonly perSecond: number;
};

/**
 * Half of what EC2 documents per account and region (API Reference, "Request throttling": paginated
 * reads 100 and 20/s, mutating calls 50 and 5/s), since others work in the account too; and half of
 * CloudTrail's two lookups per second (API Reference, LookupEvents). IAM, Organizations and the
 * others document no figures; 5/s has been well below what they bear. A quarter of what a new
 * on-demand table of DynamoDB takes (Developer Guide, "On-demand capacity mode": 4,000 writes/s). A
 * third of what SQS takes of one action on a FIFO queue, and SNS in its smallest Regions (Developer
 * Guides, "Quotas": 300/s).
 */
export const RATES = {
  read: { burst: 50, perSecond: 10 },
  write: { burst: 25, perSecond: 2.5 },
  lookup: { burst: 1, perSecond: 1 },
  table: { burst: 1_000, perSecond: 1_000 },
  message: { burst: 100, perSecond: 100 },
  global: { burst: 10, perSecond: 5 },
} as const satisfies Record<string, Rate>;

export type RateClass = keyof typeof RATES;

/** How often each class of API may be called. */
export type Rates = Readonly<Record<RateClass, Rate>>;

/** One token bucket per account, region and class of API, shared by all clients of a run. */
export class RateBudget {
  readonly #buckets = new Map<string, { tokens: number; atMs: number }>();

  constructor(private readonly clock: Clock, private readonly rates: Rates = RATES) {}

  /**
   * Waits until a call may be made.
   *
   * @throws the signal's reason when it is aborted first
   */
  async take(place: string, rateClass: RateClass, signal?: AbortSignal): Promise<void> {
    const rate = this.rates[rateClass];
    const key = `${place}/${rateClass}`;
    const nowMs = this.clock.monotonicMs();
    const bucket = this.#buckets.get(key) ?? { tokens: rate.burst, atMs: nowMs };
    const refilled = bucket.tokens + (nowMs - bucket.atMs) / 1000 * rate.perSecond;
    // A caller that must wait takes its token at once, so that the next one waits behind it.
    const tokens = Math.min(rate.burst, refilled) - 1;
    this.#buckets.set(key, { tokens, atMs: nowMs });
    if (tokens < 0) await this.clock.wait(-tokens / rate.perSecond * 1000, signal);
  }
}
