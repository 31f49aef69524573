/** The clock of the local AWS, which a test can move. */

/** Milliseconds since the epoch, by the machine's clock. */
export type Now = () => number;

export class Clock {
  readonly #now: Now;
  #offsetMs = 0;

  constructor(now: Now = Date.now) {
    this.#now = now;
  }

  /** How far this clock is from the servers' own, in milliseconds; negative is the past. */
  get offsetMs(): number {
    return this.#offsetMs;
  }

  set offsetMs(offsetMs: number) {
    this.#offsetMs = offsetMs;
  }

  /** The time that the local AWS shows, in milliseconds since the epoch. */
  now(): number {
    return this.#now() + this.#offsetMs;
  }
}

/** An RFC 3339 time, moved by so many milliseconds, with the precision that EC2 answers with. */
export function moved(time: string, offsetMs: number): string {
  return new Date(Date.parse(time) + offsetMs).toISOString();
}
