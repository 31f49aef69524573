import {
  type DynamoDbStoreOptions,
  openDynamoDbStore,
  openDynamoDbStoreReadOnly,
} from "../adapters/dynamodb/dynamodb_store.ts";
import { isOnThisMachine } from "../adapters/endpoint.ts";
import type { Session } from "../core/aws/session.ts";
import type { StoreConfig } from "../core/config/organization.ts";
import { deadlineAfter } from "../core/deadline.ts";
import type { Needing } from "../core/needs/configured.ts";
import type { JobRoles } from "../core/needs/needs.ts";
import { MAKES_TABLE, withStore } from "../core/needs/store.ts";
import type { ReadStore, Store, StoreTime } from "../core/store/store.ts";
import { openSessions } from "./open_sessions.ts";
import type { StoreUser } from "./store_user.ts";

type Table = Extract<StoreConfig, { kind: "dynamodb" }>;

/** A program that is told to stop has ten seconds, and what it has done must be written. */
const AFTER_STOP_MS = 8_000;

/** DynamoDB answers within milliseconds, or not at all. */
const ANSWER_MS = 10_000;

/** Opens the table for reading and writing, as the home role of the job. */
export async function openTable(user: StoreUser, table: Table, time: StoreTime): Promise<Store> {
  return await openDynamoDbStore(await optionsOf(user, table, time, "write"));
}

/** Opens the table for reading, as a home role that can only read. */
export async function openTableToRead(
  user: StoreUser,
  table: Table,
  time: StoreTime,
): Promise<ReadStore> {
  return await openDynamoDbStoreReadOnly(await optionsOf(user, table, time, "read"));
}

async function optionsOf(
  user: StoreUser,
  config: Table,
  time: StoreTime,
  access: "read" | "write",
): Promise<DynamoDbStoreOptions> {
  const { terminal: { host, log, command }, signal } = user;
  const isLocal = isOnThisMachine(host.env, "DYNAMODB");
  const until = deadlineAfter(signal, host.clock, AFTER_STOP_MS);
  const close = () => until[Symbol.dispose]();
  try {
    return {
      session: await homeSession(user, needsOf(user, config, access, isLocal), until.signal),
      region: config.region,
      table: config.table,
      time,
      clock: host.clock,
      log,
      isLocal,
      policyCommand: reachingOf(user).map(({ name }) =>
        command("permissions", name, "--role", "home")
      )
        .join("; "),
      onClose: close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

/** A session of its own: the signal of the run does not cut its calls. */
async function homeSession(
  { loaded: { config }, terminal: { host }, runId }: StoreUser,
  needs: JobRoles,
  signal: AbortSignal,
): Promise<Session> {
  const { callPolicy } = host;
  const sessions = await openSessions(host, {
    organization: config.organization,
    needs,
    signal,
    runId,
    policy: { ...callPolicy, answerMs: Math.min(callPolicy.answerMs, ANSWER_MS) },
  });
  return await sessions.home();
}

/** Who reaches the table. */
function reachingOf({ as, jobs }: StoreUser): readonly Needing[] {
  return as ? [as] : jobs;
}

/** The home role of the job, or of all jobs whose rows are read. */
function needsOf(
  user: StoreUser,
  table: Table,
  access: "read" | "write",
  isLocal: boolean,
): JobRoles {
  const { config } = user.loaded;
  const reaching = reachingOf(user);
  const homes = reaching.map((one) =>
    withStore(one.needs(config[one.name]), table, access).roles.home
  );
  const permissions = homes.flatMap((home) => home.permissions);
  const making = access === "write" && isLocal ? MAKES_TABLE : [];
  const [only] = reaching;
  return {
    job: only && reaching.length === 1 ? only.name : "changes",
    roles: {
      home: { purpose: "Keeps the store", kind: "home", permissions: [...permissions, ...making] },
    },
  };
}
