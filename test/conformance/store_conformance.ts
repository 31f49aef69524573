import type { ReadStore, Store } from "../../runners/core/store/store.ts";
import { keyCases } from "./store_key_cases.ts";
import { listCases } from "./store_list_cases.ts";
import { modelCases } from "./store_model_cases.ts";
import { raceCases } from "./store_race_cases.ts";
import { rowCases } from "./store_row_cases.ts";
import { writeCases } from "./store_write_cases.ts";

/** One store that a case has for itself. */
export interface OpenedStore {
  readonly store: Store;
  /** Opens the same store once more, as another program does. The case closes it. */
  reopen(): Promise<Store>;
  /** Opens the same store for reading alone. The case closes it. */
  readOnly(): Promise<ReadStore>;
  /** How another process opens the same store. */
  readonly contender: Contender;
  /** Closes `store` and removes what it left. */
  dispose(): Promise<void>;
}

/** What store_contender.ts needs to open a store in a process of its own. */
export interface Contender {
  /** A module that exports `openStore(argument: string): Promise<Store>`. */
  readonly module: URL;
  readonly argument: string;
}

/** What an adapter hands to the suite. */
export interface StoreHarness {
  /** Makes an empty store. */
  open(): Promise<OpenedStore>;
  /** How many rows one write may have at most, as far as the suite should try. */
  readonly rowsPerWrite: number;
}

/** A sentence and its proof. */
export interface StoreCase {
  readonly title: string;
  run(opened: OpenedStore, harness: StoreHarness): Promise<void>;
}

/**
 * Registers what every adapter of the store's port must do, each case on a store of its own.
 *
 * @param name The adapter, as it begins the name of each test.
 */
export function storeConformance(name: string, harness: StoreHarness): void {
  const cases = [
    ...rowCases,
    ...keyCases,
    ...writeCases,
    ...listCases,
    ...modelCases,
    ...raceCases,
  ];
  for (const { title, run } of cases) {
    Deno.test(`${name}: ${title}`, async () => {
      const opened = await harness.open();
      try {
        await run(opened, harness);
      } finally {
        await opened.dispose();
      }
    });
  }
}
