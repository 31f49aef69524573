import { prepareEach } from "../../runners/adapters/rows/prepared_writes.ts";
import type { FreeWrite, Store, Write } from "../../runners/core/store/store.ts";

/** What work on a store came to. */
export interface StoreCosts {
  readonly writeCalls: number;
  readonly writtenRows: number;
  /** Of the largest row, as it is stored. */
  readonly largestBytes: number;
  readonly largestKind: string;
  readonly readCalls: number;
  readonly readRows: number;
}

/** The same store, with what is asked of it counted. */
export function measured(store: Store): { readonly store: Store; costs(): StoreCosts } {
  const costs = {
    writeCalls: 0,
    writtenRows: 0,
    largestBytes: 0,
    largestKind: "",
    readCalls: 0,
    readRows: 0,
  };
  const count = (writes: readonly (Write | FreeWrite)[]) => {
    costs.writeCalls++;
    costs.writtenRows += writes.length;
    for (const { kind, id, text = "" } of prepareEach(writes)) {
      // All of it is ASCII but for some texts of people.
      const bytes = kind.length + id.length + text.length;
      if (bytes <= costs.largestBytes) continue;
      costs.largestBytes = bytes;
      costs.largestKind = kind.split("#")[0]!;
    }
  };
  return {
    costs: () => ({ ...costs }),
    store: {
      get: async (kind, id) => {
        costs.readCalls++;
        const row = await store.get(kind, id);
        if (row) costs.readRows++;
        return row;
      },
      async *list(kind, prefix) {
        costs.readCalls++;
        for await (const row of store.list(kind, prefix)) {
          costs.readRows++;
          yield row;
        }
      },
      write: (writes) => {
        count(writes);
        return store.write(writes);
      },
      writeEach: (writes, signal) => {
        count(writes);
        return store.writeEach(writes, signal);
      },
      close: () => store.close(),
    },
  };
}
