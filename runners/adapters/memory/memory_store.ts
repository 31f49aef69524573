import { fromRowText } from "../rows/row_text.ts";
import {
  RETENTION_MS,
  type Row,
  type Store,
  type StoreTime,
  type Write,
  type WriteResult,
} from "../../core/store/store.ts";
import {
  endOf,
  inPieces,
  type PreparedWrite,
  prepareEach,
  prepareWrites,
  refuseUnfit,
} from "../rows/prepared_writes.ts";

type Kept = {
  readonly revision: number;
  /** Text, so that what was written is nobody's to change. */
  readonly text: string;
  readonly end: Date | null;
};

/** How many rows a piece has: small, so that tests see several. */
const ROWS_OF_A_PIECE = 100;

/** A store that ends with its process, for tests. Several views of one memory may be open. */
export class MemoryStore implements Store {
  #isOpen = true;

  constructor(
    private readonly rows: Map<string, Map<string, Kept>> = new Map(),
    private readonly time: StoreTime = { now: () => new Date(), retentionMs: RETENTION_MS },
    private readonly counter = { revision: 0 },
  ) {}

  /** The same rows once more, as another program sees them. */
  reopen(): MemoryStore {
    return new MemoryStore(this.rows, this.time, this.counter);
  }

  get(kind: string, id: string): Promise<Row | undefined> {
    return Promise.try(() => {
      this.#refuseClosed();
      refuseUnfit("kind", kind);
      refuseUnfit("id", id);
      return this.#row(kind, id);
    });
  }

  async *list(kind: string, prefix = ""): AsyncIterable<Row> {
    this.#refuseClosed();
    refuseUnfit("kind", kind);
    if (prefix !== "") refuseUnfit("prefix", prefix);
    const ids = [...this.rows.get(kind)?.keys() ?? []].filter((id) => id.startsWith(prefix));
    for (const id of ids.sort()) {
      const row = this.#row(kind, id);
      if (row) yield await Promise.resolve(row);
    }
  }

  write(writes: readonly Write[]): Promise<WriteResult> {
    return Promise.try((): WriteResult => {
      this.#refuseClosed();
      const prepared = prepareWrites(writes);
      for (const { kind, id, expect } of prepared) {
        const row = this.#row(kind, id);
        if (expect !== undefined && expect !== (row?.revision ?? "absent")) {
          return { written: false, inTheWay: { kind, id, row } };
        }
      }
      this.#put(prepared);
      return { written: true };
    });
  }

  writeEach(writes: readonly Write[], signal?: AbortSignal): Promise<void> {
    return Promise.try(() => {
      this.#refuseClosed();
      return inPieces(prepareEach(writes), ROWS_OF_A_PIECE, (piece) => this.#put(piece), signal);
    });
  }

  close(): void {
    this.#isOpen = false;
  }

  #put(prepared: readonly PreparedWrite[]): void {
    const revision = ++this.counter.revision;
    for (const { text, ...write } of prepared) {
      const own = this.rows.get(write.kind) ?? new Map<string, Kept>();
      this.rows.set(write.kind, own);
      if (text === undefined) own.delete(write.id);
      else own.set(write.id, { revision, text, end: endOf(write, this.time) });
    }
  }

  #row(kind: string, id: string): Row | undefined {
    const kept = this.rows.get(kind)?.get(id);
    if (!kept || kept.end !== null && kept.end <= this.time.now()) return undefined;
    return { kind, id, revision: kept.revision, value: fromRowText(kept.text) };
  }

  #refuseClosed(): void {
    if (!this.#isOpen) throw new Error("Cannot use the store in memory: the store was closed");
  }
}
