import type { ReadStore, Row } from "../../../runners/core/store/store.ts";

/** A store that holds these rows and cannot be written. */
export function storeOf(...rows: readonly Omit<Row, "revision">[]): ReadStore {
  const kept = rows.map((row) => ({ ...row, revision: 1 }));
  return {
    get: (kind, id) => Promise.resolve(kept.find((row) => row.kind === kind && row.id === id)),
    async *list(kind, prefix = "") {
      yield* await Promise.resolve(
        kept.filter((row) => row.kind === kind && row.id.startsWith(prefix)),
      );
    },
    close: () => {},
  };
}
