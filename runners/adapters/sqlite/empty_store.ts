import type { ReadStore, Row } from "../../core/store/store.ts";

/** What can be read where no store is. */
export class EmptyStore implements ReadStore {
  readonly #path: string;
  #open = true;

  constructor(path: string) {
    this.#path = path;
  }

  get(_kind: string, _id: string): Promise<Row | undefined> {
    return Promise.try(() => this.#refuseWhenClosed());
  }

  async *list(_kind: string, _prefix?: string): AsyncIterable<Row> {
    this.#refuseWhenClosed();
    yield* [];
  }

  close(): void {
    this.#open = false;
  }

  #refuseWhenClosed(): undefined {
    if (!this.#open) throw new Error(`Cannot read the store "${this.#path}": the store was closed`);
  }
}
