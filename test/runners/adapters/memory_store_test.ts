import { MemoryStore } from "../../../runners/adapters/memory/memory_store.ts";
import type { ReadStore, Store } from "../../../runners/core/store/store.ts";
import { storeConformance } from "../../conformance/store_conformance.ts";

storeConformance("The store in memory", {
  open(time) {
    const store = new MemoryStore(undefined, time);
    return Promise.resolve({
      store,
      place: "",
      reopen: () => Promise.resolve(store.reopen()),
      readOnly: () => Promise.resolve(forReading(store.reopen())),
      dispose: () => Promise.resolve(store.close()),
    });
  },
});

function forReading(store: Store): ReadStore {
  return {
    get: (kind, id) => store.get(kind, id),
    list: (kind, prefix) => store.list(kind, prefix),
    close: () => store.close(),
  };
}
