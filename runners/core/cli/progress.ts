/** A line on stderr that says how far a run is; only where stderr is a terminal. */
export interface Progress {
  show(stage: string, done: number, of: number): void;
  /** Takes the line away, before anything else is printed. */
  clear(): void;
}

/** Draws at most this often. */
const EVERY_MS = 100;

/** Makes a progress line. `write` null: there is no terminal, and nothing is drawn. */
export function createProgress(
  write: ((text: string) => void) | null,
  monotonicMs: () => number,
): Progress {
  let drawnAtMs = -Infinity;
  let drawn = false;
  return {
    show(stage, done, of) {
      if (!write) return;
      const nowMs = monotonicMs();
      if (nowMs - drawnAtMs < EVERY_MS && done < of) return;
      drawnAtMs = nowMs;
      drawn = true;
      write(`\r\u001b[K${stage}  ${done} of ${of}`);
    },
    clear() {
      if (drawn && write) write("\r\u001b[K");
      drawn = false;
    },
  };
}
