import type { Clock } from "../../../runners/core/clock.ts";

interface Waiting {
  readonly dueMs: number;
  resolve(): void;
}

/** A clock that stands still until a test moves it on. */
export class ManualClock implements Clock {
  #nowMs: number;
  #monotonicMs = 0;
  #waiting: Waiting[] = [];

  constructor(start = "2026-11-20T12:00:00.000Z") {
    this.#nowMs = Date.parse(start);
  }

  now(): Date {
    return new Date(this.#nowMs);
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  /** Waits up to this long pass by themselves, and take the clock with them. */
  flowsUpToMs = 0;

  /** What is being waited for, in milliseconds from now, the nearest first. */
  get waitingMs(): number[] {
    return this.#waiting.map(({ dueMs }) => dueMs - this.#monotonicMs).sort((a, b) => a - b);
  }

  wait(ms: number, signal?: AbortSignal): Promise<void> {
    if (ms <= this.flowsUpToMs) return this.#flow(ms, signal);
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const waiting = { dueMs: this.#monotonicMs + ms, resolve };
      this.#waiting.push(waiting);
      signal?.addEventListener("abort", () => {
        this.#waiting = this.#waiting.filter((one) => one !== waiting);
        reject(signal.reason);
      }, { once: true });
    });
  }

  /** Moves the clock on, ends the waits that are over, and lets everybody go on who can. */
  async advance(ms: number): Promise<void> {
    this.#pass(ms);
    await everybody();
  }

  /** Takes the clock with it, and ends longer waits on its way, one of which may cut it. */
  async #flow(ms: number, signal?: AbortSignal): Promise<void> {
    const endMs = this.#monotonicMs + ms;
    for (;;) {
      // A wait beside this one may have ended a longer one a moment ago, which cuts this one.
      await everybody();
      signal?.throwIfAborted();
      const nextMs = Math.min(endMs, ...this.#waiting.map(({ dueMs }) => dueMs));
      this.#pass(Math.max(0, nextMs - this.#monotonicMs));
      if (nextMs === endMs) return;
    }
  }

  #pass(ms: number): void {
    this.#nowMs += ms;
    this.#monotonicMs += ms;
    const due = this.#waiting.filter(({ dueMs }) => dueMs <= this.#monotonicMs);
    this.#waiting = this.#waiting.filter((one) => !due.includes(one));
    for (const { resolve } of due) resolve();
  }
}

/** Lets everybody go on who waits for nothing but others' promises. */
export async function everybody(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}
