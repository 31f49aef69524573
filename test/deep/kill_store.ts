import {
  openSqliteStore,
  openSqliteStoreReadOnly,
} from "../../runners/adapters/sqlite/sqlite_store.ts";
import { closing, type ReadStore, type Store } from "../../runners/core/store/store.ts";
import { tableStore } from "../e2e/store_table.ts";
import "../aws/start_shared_both.ts";
import type { LocalAwsOptions } from "../aws/local_aws.ts";
import type { World } from "../e2e/world.ts";
import { openAt, openReadOnlyAt } from "../runners/adapters/dynamodb_table.ts";
import { BEFORE_ALL } from "../runners/core/run/store_in_folder.ts";

/** Where a world keeps its store. Each world has one of its own. */
export interface KillStore {
  /** What the world is made with. */
  readonly options: {
    readonly store?: Record<string, unknown>;
    readonly proxy?: LocalAwsOptions;
  };
  /** Opens it for what earlier runs have left. */
  write(world: World, work: (store: Store) => Promise<unknown>): Promise<void>;
  /** Opens it for looking at it: no row is over for this reader. */
  read<Seen>(world: World, work: (store: ReadStore) => Promise<Seen>): Promise<Seen>;
}

/** Makes the store of one world. */
export type MakeKillStore = () => KillStore;

/** An SQLite file in the folder of the world. */
export const inFile: MakeKillStore = () => {
  const path = ({ directory }: World) => `${directory}/groundskeeper.db`;
  return {
    options: {},
    write: async (world, work) => void await closing(openSqliteStore(path(world)), work),
    read: (world, work) =>
      closing(openSqliteStoreReadOnly(path(world), { time: BEFORE_ALL }), work),
  };
};

/** A DynamoDB table, in the account of the credentials that the program starts with. */
export const inTable: MakeKillStore = () => {
  const store = tableStore();
  const at = ({ aws: { endpoint, environment } }: World) => ({
    endpoint,
    account: environment["AWS_ACCESS_KEY_ID"]!,
    table: store.table,
  });
  return {
    options: { store, proxy: { services: { ministack: true } } },
    write: async (world, work) => void await closing(await openAt(at(world)), work),
    read: async (world, work) =>
      await closing(await openReadOnlyAt(at(world), { time: BEFORE_ALL }), work),
  };
};

/** Every store that a job is killed over, and how a test's name says it. */
export const STORES: readonly (readonly [where: string, make: MakeKillStore])[] = [
  ["a file", inFile],
  ["a table", inTable],
];
