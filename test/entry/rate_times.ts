import type { Rates } from "../../runners/core/aws/rate_budget.ts";

/** Rates that are so many times as high. */
export function rateTimes(rates: Rates, factor: number): Rates {
  return Object.fromEntries(
    Object.entries(rates).map(([name, { burst, perSecond }]) => [
      name,
      { burst: burst * factor, perSecond: perSecond * factor },
    ]),
  ) as Record<keyof Rates, Rates[keyof Rates]>;
}
