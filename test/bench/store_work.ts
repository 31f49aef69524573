/**
 * Does the work of some hours on a store, and says what it cost:
 * `deno run store_work.ts '{"store": …, "work": "audit", "accounts": 1000, "hours": 24}'`.
 */

import { openSqliteStore } from "../../runners/adapters/sqlite/sqlite_store.ts";
import { type AuditConfig, auditSchema } from "../../runners/audit/config.ts";
import { sightedAgain, SIGHTINGS } from "../../runners/audit/ladder/sightings.ts";
import { LEVELS } from "../../runners/audit/levels.ts";
import { readEarlier as readEarlierOfAudit } from "../../runners/audit/planning.ts";
import { finished, intentOf } from "../../runners/core/journal/entry.ts";
import { intentWrites, journalIdOf, outcomeWrites } from "../../runners/core/journal/journal.ts";
import { UNBOUNDED } from "../../runners/core/limits/limits.ts";
import {
  reduceReservation,
  reservationsOf,
  reserve,
} from "../../runners/core/limits/reservations.ts";
import { LEASE_MS, registerRun } from "../../runners/core/run/run_register.ts";
import { RETENTION_MS, type Store, type StoreTime } from "../../runners/core/store/store.ts";
import { readTracked } from "../../runners/repo/inventory/access.ts";
import { readEarlier as readEarlierOfRepo } from "../../runners/repo/inventory/read_earlier.ts";
import { refreshAccount } from "../../runners/repo/inventory/refresh_account.ts";
import type { ObservedRole } from "../../runners/repo/observed.ts";
import { openAt, type TestTable } from "../runners/adapters/dynamodb_table.ts";
import { accountIdOf, INSTANCES_PER_ACCOUNT, REGIONS, VIOLATING } from "./audit_parts.ts";
import { measured, type StoreCosts } from "./measured_store.ts";
import { repoParts } from "./repo_corpus.ts";

/** What is to be done. */
export interface StoreWork {
  readonly store: { readonly path: string } | { readonly table: TestTable };
  readonly work: "audit" | "repo";
  readonly accounts: number;
  readonly hours: number;
}

/** What it came to. */
export interface StoreWorked {
  /** Of all hours together. */
  readonly costs: StoreCosts;
  /** Of what a plan after the last hour reads of earlier runs. */
  readonly plan: StoreCosts;
  /** How long each hour's work took, in milliseconds. */
  readonly hoursMs: readonly number[];
}

const START = Date.parse("2026-11-20T00:00:00Z");
const HOUR_MS = 3_600_000;
/** How many changes each run makes, and journals. */
const CHANGES = 10;
const LIMITS = { ...UNBOUNDED, perRun: { percent: 10 } };

/** Rows of an hour of the audit, as a run of it writes them. */
async function audit(store: Store, accounts: readonly string[], now: Date): Promise<void> {
  const config: AuditConfig = auditSchema.parse({ required: [{ key: "owner" }] });
  const runId = `01J${now.getTime()}`.padEnd(26, "0");
  const run = { run_id: runId, job: "audit", verb: "apply", slot: "", started: now.toISOString() };
  const { sightings } = await readEarlierOfAudit(store, { accounts });
  const running = await registerRun(store, run, LEASE_MS);
  const places = accounts.flatMap((account) => REGIONS.map((region) => ({ account, region })));
  const violators = accounts.flatMap((account) =>
    Array.from(
      { length: VIOLATING },
      (_, index) => `${account}/${REGIONS[index]}/i-${account}${index}`,
    )
  );
  await store.writeEach([
    ...violators.map((id) => SIGHTINGS.write(id, sightedAgain(sightings.get(id), config, now))),
    ...places.map(({ account, region }) =>
      LEVELS.write(`${account}/${region}`, {
        listed: 6,
        examined: 6,
        violating: 1,
        at: now.toISOString(),
      })
    ),
  ]);
  const wanted = places.slice(0, CHANGES).map((place) => (
    { ...place, kind: "ec2:CreateTags", count: 1 }
  ));
  await reserve(store, "audit", { limits: LIMITS, share: false }, () => ({
    run_id: runId,
    at: now.toISOString(),
    share: false,
    finished: false,
    wanted,
    examined: places.map((place) => ({ ...place, count: INSTANCES_PER_ACCOUNT / REGIONS.length })),
  }));
  for (const { account, region } of wanted) {
    const target = `arn:aws:ec2:${region}:${account}:instance/i-${account}0`;
    const change = {
      id: `${now.getTime()}${account}${region}`,
      account,
      region,
      action: "ec2:CreateTags",
      target,
      reason: "no owner",
      before: { tags: { Name: "web" } },
      after: { key: "groundskeeper-audit", value: "gk1/mark" },
    };
    const of = { job: "audit", runId, planId: "", principal: "", toolVersion: "", now };
    const entry = intentOf(change, of);
    await store.write(intentWrites(entry));
    await store.write(
      outcomeWrites({ entry, journalId: journalIdOf(entry) }, finished(entry, "done", now)),
    );
  }
  await reduceReservation(store, "audit", runId, { effective: wanted, finished: true });
  await running.finish(now, 0, { changes: wanted.length });
}

/** A refresh of all roles; some are used, and some have other policies, since the last one. */
function refreshing(store: Store) {
  const models = repoParts(42, new Date(START))(0).roles;
  return async (accounts: readonly string[], now: Date): Promise<void> => {
    const tracked = await readTracked(store);
    const hour = (now.getTime() - START) / HOUR_MS;
    for (const id of accounts) {
      await refreshAccount({ id, name: null }, {
        store,
        clock: { now: () => now },
        sightMs: 90 * 24 * HOUR_MS,
        tracked,
        open: () =>
          Promise.resolve({
            partition: "aws",
            async *roles() {
              for (const [index, model] of models.entries()) {
                yield await Promise.resolve(roleOf(model, id, index, hour));
              }
            },
          }),
        judge: ({ inline }) => ({
          permissions: 100,
          removable: 40,
          services: Object.keys(inline),
          removable_services: [],
          disqualified_by: [],
        }),
      });
    }
  };
}

function roleOf(model: ObservedRole, account: string, index: number, hour: number): ObservedRole {
  const isUsed = index % 10 === hour % 10;
  const isOther = index === 0 && hour > 0 && Number(account) % 10 === hour % 10;
  return {
    ...model,
    roleId: `AROA${account}${index}`,
    arn: `arn:aws:iam::${account}:role/${model.name}`,
    ...(isUsed ? { lastUsed: new Date(START + hour * HOUR_MS).toISOString() } : {}),
    ...(isOther ? { inline: { ...model.inline, [`hour-${hour}`]: '{"Statement":[]}' } } : {}),
  };
}

if (import.meta.main) {
  const { store: place, work, accounts: count, hours }: StoreWork = JSON.parse(Deno.args[0] ?? "");
  let now = new Date(START);
  const time: StoreTime = { now: () => now, retentionMs: RETENTION_MS };
  const opened = "path" in place
    ? openSqliteStore(place.path, { time })
    : await openAt(place.table, { time });
  const { store, costs } = measured(opened);
  const accounts = Array.from({ length: count }, (_, index) => accountIdOf(index));
  const refresh = work === "repo" ? refreshing(store) : null;
  const hoursMs: number[] = [];
  for (let hour = 0; hour < hours; hour++) {
    now = new Date(START + hour * HOUR_MS);
    const begin = performance.now();
    await (refresh ? refresh(accounts, now) : audit(store, accounts, now));
    hoursMs.push(performance.now() - begin);
  }
  const all = costs();
  if (work === "audit") {
    await readEarlierOfAudit(store, { accounts });
    await reservationsOf(store, "audit", { limits: LIMITS, share: false });
  } else {
    await readEarlierOfRepo(store, { now, sightMs: 90 * 24 * HOUR_MS, accounts, named: null });
  }
  const plan = costs();
  store.close();
  const worked: StoreWorked = {
    costs: all,
    plan: {
      ...plan,
      readCalls: plan.readCalls - all.readCalls,
      readRows: plan.readRows - all.readRows,
    },
    hoursMs,
  };
  console.log(JSON.stringify(worked));
}
