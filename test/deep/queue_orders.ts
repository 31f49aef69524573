import type { Json } from "../../runners/core/json.ts";
import { dice } from "./dice.ts";

/**
 * What a message of the volume test is: work that must be done once, and what stands in its way.
 *
 * - `plain`: it can be carried out.
 * - `twice`: two messages ask for the same work.
 * - `later`: it cannot be carried out at the first two tries.
 * - `long`: it takes longer than its visibility.
 * - `stuck`: it fails more often than a message may, and may never be given up.
 * - `hopeless`: it fails always, and may be given up.
 * - `refused`: it is rejected.
 * - `deadly`: it kills the process, always.
 */
export type Order = {
  readonly key: string;
  readonly kind:
    | "plain"
    | "twice"
    | "later"
    | "long"
    | "stuck"
    | "hopeless"
    | "refused"
    | "deadly";
  /** Orders of one group are carried out one after the other in a process. */
  readonly group: string;
};

/** Orders in an order that the seed says; those for the same work stand apart. */
export function ordersOf(count: number, seed: number): Order[] {
  const { between } = dice(seed);
  const rare: Partial<Record<number, Order["kind"]>> = {
    0: "later",
    1: "later",
    2: "stuck",
    3: "hopeless",
    4: "refused",
    5: "refused",
  };
  const orders: Order[] = [];
  for (let number = 0; orders.length < count; number++) {
    const roll = between(0, 99);
    const kind = number < 3
      ? "deadly"
      // Not in the company of what kills: so long a message is seldom finished there.
      : number % 400 === 200
      ? "long"
      : roll > 5 && roll < 16
      ? "twice"
      : rare[roll] ?? "plain";
    const order: Order = { key: `work-${number}`, kind, group: `group-${between(0, 200)}` };
    orders.push(order);
    if (kind === "twice") orders.splice(between(0, orders.length - 1), 0, order);
  }
  return orders.slice(0, count);
}

/** What a process of the volume test is told. */
export type WorkerTask = {
  readonly endpoint: string;
  readonly account: string;
  readonly queueUrl: string;
  readonly store: string;
  /** While there is a file of this name, the store fails. */
  readonly outage: string;
  readonly seed: number;
  /** One in so many calls kills the process; 0: none does. */
  readonly killOneIn: number;
  /** When the test began, in milliseconds since the epoch: what the processes' clocks count from. */
  readonly beganMs: number;
};

/** The exit code of a process that a message has killed. */
export const DEADLY = 9;

/** How much faster than the machine's the processes' clocks are: their waits are minutes. */
export const CLOCK_FACTOR = 20;

/** For how long a received message is invisible, in seconds of the machine. */
export const VISIBILITY_S = 3;

export const parsedOrder = (body: string): Order => JSON.parse(body) as Order & Json;
