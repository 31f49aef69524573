import { DAY_MS } from "../../runners/core/duration.ts";
import type { ReadStore, RowKey, Store, StoreTime } from "../../runners/core/store/store.ts";
import { eachCases, faultCases } from "./store_each_cases.ts";
import { expiryCases } from "./store_expiry_cases.ts";
import { keyCases } from "./store_key_cases.ts";
import { listCases } from "./store_list_cases.ts";
import { modelCases } from "./store_model_cases.ts";
import { raceCases } from "./store_race_cases.ts";
import { rowCases } from "./store_row_cases.ts";
import { writeCases } from "./store_write_cases.ts";

/** One store that a case has for itself. */
export interface OpenedStore {
  readonly store: Store;
  /** Where it is: what a contender's `openStore` is handed. */
  readonly place: string;
  /** Opens the same store once more, as another program does. The case closes it. */
  reopen(): Promise<Store>;
  /** Opens the same store for reading alone. The case closes it. */
  readOnly(): Promise<ReadStore>;
  /** Closes `store` and removes what it left. */
  dispose(): Promise<void>;
}

/** What an adapter hands to the suite. */
export interface StoreHarness {
  /** Makes an empty store. All that opens it later has this time too, within this process. */
  open(time: StoreTime): Promise<OpenedStore>;
  /**
   * A module that exports `openStore(place: string): Promise<Store>`, by which other processes open
   * a store. Left out: the store lives in one process alone.
   */
  readonly contender?: URL;
  /**
   * Makes every write fail that has a row of this key, before the row is written. Answers what ends
   * that. Left out: no write of this store can be made to fail.
   */
  failAt?(opened: OpenedStore, row: RowKey): Promise<() => Promise<void>>;
}

/** A sentence and its proof. */
export interface StoreCase {
  readonly title: string;
  run(opened: OpenedStore, clock: CaseClock): Promise<void>;
}

/** The same, of processes that fight over one store. */
export interface RaceCase {
  readonly title: string;
  run(opened: OpenedStore, contender: URL): Promise<void>;
}

/** The same, where a write fails. */
export interface FaultCase {
  readonly title: string;
  run(
    opened: OpenedStore,
    failAt: (row: RowKey) => Promise<() => Promise<void>>,
  ): Promise<void>;
}

/** How long the suite's stores retain rows. */
export const RETENTION_DAYS = 30;

/** The clock of a case's store: it stands still until the case moves it on. */
export class CaseClock implements StoreTime {
  readonly retentionMs = RETENTION_DAYS * DAY_MS;
  // Far ahead: a server that deletes what is over by its own clock must not come before the case.
  #nowMs = Date.parse("2100-01-01T00:00:00.000Z");

  readonly now = (): Date => new Date(this.#nowMs);

  advance(ms: number): void {
    this.#nowMs += ms;
  }
}

/**
 * Registers what every adapter of the store's port must do within one process, each case on a store of
 * its own.
 *
 * @param name The adapter, as it begins the name of each test.
 */
export function storeConformance(name: string, harness: StoreHarness): void {
  const failAt = harness.failAt?.bind(harness);
  register(name, harness, [
    ...rowCases,
    ...keyCases,
    ...writeCases,
    ...eachCases,
    ...listCases,
    ...expiryCases,
    ...modelCases,
    ...failAt === undefined ? [] : faultCases.map(({ title, run }): StoreCase => ({
      title,
      run: (opened) => run(opened, (row) => failAt(opened, row)),
    })),
  ]);
}

/** Registers what it must do among processes that fight over one store. */
export function storeRaces(
  name: string,
  harness: StoreHarness & { readonly contender: URL },
): void {
  const races = raceCases.map(({ title, run }): StoreCase => ({
    title,
    run: (opened) => run(opened, harness.contender),
  }));
  register(name, harness, races);
}

function register(name: string, harness: StoreHarness, cases: readonly StoreCase[]): void {
  for (const { title, run } of cases) {
    Deno.test(`${name}: ${title}`, async () => {
      const clock = new CaseClock();
      const opened = await harness.open(clock);
      try {
        await run(opened, clock);
      } finally {
        await opened.dispose();
      }
    });
  }
}
