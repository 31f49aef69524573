import type { Row, Store } from "../../../../runners/core/store/store.ts";

/** The least that serving needs of a store; the adapters' own has its own suite. */
export class MapStore implements Store {
  readonly #rows = new Map<string, Row>();
  #revision = 0;

  get(kind: string, id: string) {
    return Promise.resolve(this.#rows.get(`${kind}\0${id}`));
  }

  async *list(kind: string) {
    for (const row of this.#rows.values()) if (row.kind === kind) yield row;
  }

  write(writes: Parameters<Store["write"]>[0]) {
    const key = ({ kind, id }: { kind: string; id: string }) => `${kind}\0${id}`;
    if (writes.some((one) => one.expect === "absent" && this.#rows.has(key(one)))) {
      return Promise.resolve(false);
    }
    for (const { kind, id, value } of writes) {
      if (value === undefined) this.#rows.delete(key({ kind, id }));
      else this.#rows.set(key({ kind, id }), { kind, id, value, revision: ++this.#revision });
    }
    return Promise.resolve(true);
  }

  close() {}
}
