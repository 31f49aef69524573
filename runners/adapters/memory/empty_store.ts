import type { ReadStore } from "../../core/store/store.ts";

/**
 * What can be read where there is no store.
 *
 * @param name for messages: the store's path
 */
export function emptyStore(name: string): ReadStore {
  let isOpen = true;
  const nothing = (): undefined => {
    if (!isOpen) throw new Error(`Cannot read the store "${name}": the store was closed`);
  };
  return {
    missing: name,
    get: () => Promise.try(nothing),
    async *list() {
      nothing();
      yield* [];
    },
    close: () => {
      isOpen = false;
    },
  };
}
