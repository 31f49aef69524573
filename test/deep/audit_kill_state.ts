import { DescribeInstancesCommand, EC2Client } from "@aws-sdk/client-ec2";
import { CANARIES, STAMPS } from "../../runners/audit/canary/canary.ts";
import { kindOf } from "../../runners/audit/ladder/audit_change.ts";
import { LIFTS } from "../../runners/audit/ladder/protection.ts";
import { MARKS } from "../../runners/audit/ladder/mark.ts";
import { GONE_STATES } from "../../runners/audit/observed.ts";
import { AUDIT_MARK_TAG, CANARY_STAMP_TAG } from "../../runners/core/contract/names.ts";
import { openIntents } from "../../runners/core/journal/journal.ts";
import { reservationsOf } from "../../runners/core/limits/reservations.ts";
import { runsOf } from "../../runners/core/run/run_register.ts";
import type { ReadStore } from "../../runners/core/store/store.ts";
import { clientConfig } from "../aws/seed.ts";
import { type AuditWorld, REGIONS } from "../e2e/audit_world.ts";
import { comparable } from "./comparable.ts";
import type { KillStore } from "./kill_store.ts";
import { UNBOUNDED } from "../../runners/core/limits/limits.ts";
import { wholeJournal } from "../runners/core/journal/whole_journal.ts";

/** What EC2 says of an instance. */
interface Seen {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * What an account and the store hold after some runs of the audit, as it can be compared from world
 * to world. Instances go by their place and the tag `Name`.
 */
export async function auditKillState(world: AuditWorld, store: KillStore) {
  const seen = (await Promise.all(REGIONS.map((region) => instancesOf(world, region)))).flat();
  const kept = await store.read(world, (opened) => rows(opened, world.accounts, seen));
  return { ...instances(world, seen), ...kept };
}

async function instancesOf(world: AuditWorld, region: string): Promise<Seen[]> {
  const ec2 = new EC2Client(clientConfig(world.aws.endpoint, world.accounts[0]!, region));
  const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({}));
  ec2.destroy();
  return Reservations.flatMap(({ Instances }) => Instances ?? []).map((one) => {
    const tags = Object.fromEntries((one.Tags ?? []).map(({ Key, Value }) => [Key!, Value!]));
    // The compliant ones share a name; they must stay as they are, all of them alike.
    const name = `${region}/${tags["Name"]}`;
    return { id: one.InstanceId!, name, state: one.State!.Name!, tags };
  });
}

/** What EC2 holds; a protection that was lifted and not put back would show here. */
function instances({ aws }: AuditWorld, seen: readonly Seen[]) {
  return {
    instances: Object.fromEntries(seen.map(({ id, name, state, tags }) => {
      const note = aws.proxy.memory.instances.get(id);
      const isProtected = {
        termination: note?.disableApiTermination ?? false,
        stop: note?.disableApiStop ?? false,
      };
      // The protection of a terminated instance does not matter any more.
      const protection = GONE_STATES.has(state) ? {} : { isProtected };
      return [name, { state, tags: comparable(tags, new Map()), ...protection }];
    })),
  };
}

async function rows(store: ReadStore, accounts: readonly string[], seen: readonly Seen[]) {
  const names = new Map(seen.map(({ id, name }) => [id, name]));
  const nameOf = (rowId: string) => names.get(rowId.split("/").at(-1)!) ?? rowId;
  const here = new Map(seen.map((one) => [one.name, one]));
  const entries = await wholeJournal(store, "audit");
  const runs = [];
  for await (const run of runsOf(store, "audit")) runs.push(run);
  const { reservations } = await reservationsOf(store, "audit", {
    limits: UNBOUNDED,
    share: false,
  });
  // The row of a terminated instance stays until a later run has seen that it is gone.
  const marks = [...await MARKS.read(store, accounts)].map(([rowId, row]) => ({
    name: nameOf(rowId),
    row,
  }))
    .filter(({ name }) => !GONE_STATES.has(here.get(name)?.state ?? ""));
  const stamps = entries.filter((entry) => kindOf(entry) === "stamp");
  return {
    journal: entries.filter((entry) => !stamps.includes(entry)).map((entry) => ({
      deed: kindOf(entry),
      target: nameOf(entry.target),
      reason: comparable(entry.reason, names),
      before: comparable(entry.before, names),
      after: comparable(entry.after, names),
      outcome: entry.outcome,
      error: entry.error,
    })).sort((a, b) => `${a.target} ${a.deed}` < `${b.target} ${b.deed}` ? -1 : 1),
    // Every run stamps: how often is the number of runs.
    stamps: Object.fromEntries(
      [...await STAMPS.read(store, accounts)].map(([place, { instance_id, value }]) => [
        String(comparable(place, names)),
        {
          canary: names.get(instance_id),
          agrees: here.get(names.get(instance_id)!)?.tags[CANARY_STAMP_TAG] === value,
          outcomes: [
            ...new Set(
              stamps.filter(({ target }) => target.endsWith(instance_id))
                .map(({ outcome }) => outcome),
            ),
          ],
        },
      ]),
    ),
    marks: marks.map(({ name, row }) => ({
      name,
      row: comparable(row, names),
      agrees: here.get(name)?.tags[AUDIT_MARK_TAG] === row.value,
    })).sort((a, b) => a.name < b.name ? -1 : 1),
    canaries: Object.fromEntries(
      [...await CANARIES.read(store, accounts)].map(([place, { instance_id, how }]) => [
        String(comparable(place, names)),
        { canary: names.get(instance_id), how },
      ]),
    ),
    lifts: [...(await LIFTS.read(store, accounts)).keys()].map(nameOf),
    open: (await openIntents(store, "audit")).length,
    spent: Object.fromEntries(
      [...Map.groupBy(reservations.flatMap(({ wanted }) => wanted), ({ kind }) => kind!)]
        .map(([action, wanted]) => [action, wanted.reduce((sum, { count }) => sum + count, 0)])
        .filter(([, count]) => count !== 0).sort(),
    ),
    unfinished: [
      ...runs.filter(({ finished }) => finished === null).map(({ run_id }) => run_id),
      ...reservations.filter(({ finished }) => !finished).map(({ run_id }) => run_id),
    ],
  };
}
