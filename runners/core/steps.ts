import { setTimeout } from "node:timers/promises";
import type { Clock } from "./clock.ts";

/** A pure function that may take long: it stops between its steps, so that signals can be heard. */
export type Steps<Result> = Generator<void, Result>;

/** Makes something of each item, which is a step. */
export function* eachInStep<Item, Made>(
  items: Iterable<Item>,
  make: (item: Item) => Made,
): Steps<Made[]> {
  const all: Made[] = [];
  for (const item of items) {
    all.push(make(item));
    yield;
  }
  return all;
}

/** Calculates without a pause. */
export function atOnce<Result>(steps: Steps<Result>): Result {
  let step = steps.next();
  while (!step.done) step = steps.next();
  return step.value;
}

/** How long signals wait to be heard at most, but for the length of a step. */
const TURN_MS = 250;

/**
 * Calculates, and lets the event loop have its turn in between: signals are heard by it alone.
 *
 * @throws the signal's reason once it is aborted
 */
export async function inTurns<Result>(
  steps: Steps<Result>,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<Result> {
  let began = clock.monotonicMs();
  let step = steps.next();
  while (!step.done) {
    if (clock.monotonicMs() - began >= TURN_MS) {
      await aTurn(signal);
      began = clock.monotonicMs();
    }
    step = steps.next();
  }
  // What becomes of the result may take long too.
  await aTurn(signal);
  return step.value;
}

async function aTurn(signal: AbortSignal): Promise<void> {
  await setTimeout(0);
  signal.throwIfAborted();
}
