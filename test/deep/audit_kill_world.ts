import assert from "assert";
import { DescribeInstancesCommand, EC2Client } from "@aws-sdk/client-ec2";
import { openSqliteStoreReadOnly } from "../../runners/adapters/sqlite/sqlite_store.ts";
import {
  journalEntries,
  type JournalEntry,
  openIntents,
} from "../../runners/core/journal/journal.ts";
import { reservationsOf } from "../../runners/core/limits/reservations.ts";
import { runsOf } from "../../runners/core/run/run_register.ts";
import { readMarks } from "../../runners/audit/mark.ts";
import { clientConfig } from "../aws/seed.ts";
import { type AuditWorld, auditWorld, groupsOf, REGIONS } from "../e2e/audit_world.ts";
import type { KillSubject, KillWorld } from "./kill_generator.ts";

/** Marks twelve instances in two regions. */
export const auditKillSubject: KillSubject = { job: "audit", makeWorld };

async function makeWorld(): Promise<KillWorld> {
  const world = await auditWorld({
    groups: groupsOf(2, 6),
    accounts: 1,
    // A budget for exactly these twelve: one that is spent twice would refuse the second run.
    audit: {
      limits: {
        perRun: { count: 12, percent: 100 },
        perAccount: { count: 12 },
        rollingDay: { count: 12 },
      },
    },
  });
  return {
    proxy: world.aws.proxy,
    apply: (more) => world.run("audit apply --yes", more),
    state: () => stateOf(world),
    assertWhole: async () => {
      const { journal, agreeing, marks, spent } = await stateOf(world);
      assert.deepEqual(journal.map(({ outcome }) => outcome), Array(12).fill("done"));
      assert.ok(agreeing.every(([, row, tag]) => row === true && tag === true));
      assert.deepEqual([marks, spent], [12, 12]);
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

/** Instances go by their place and name here, since their ids differ from world to world. */
async function stateOf(world: AuditWorld) {
  const names = new Map<string, string>();
  const tags: Record<string, Record<string, string>> = {};
  for (const region of REGIONS) {
    const ec2 = new EC2Client(clientConfig(world.aws.endpoint, world.accounts[0]!, region));
    const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({}));
    ec2.destroy();
    const instances = Reservations.flatMap(({ Instances }) => Instances ?? []);
    for (const { InstanceId, Tags = [] } of instances) {
      const own = Object.fromEntries(Tags.map(({ Key, Value }) => [Key!, Value!]));
      // The compliant ones share a name; they must stay as they are, all of them alike.
      const name = `${region}/${own["Name"]}`;
      names.set(InstanceId!, name);
      tags[name] = own;
    }
  }
  const store = openSqliteStoreReadOnly(`${world.directory}/groundskeeper.db`);
  try {
    const entries: JournalEntry[] = [];
    for await (const entry of journalEntries(store)) entries.push(entry);
    const marks = await readMarks(store);
    const runs = [];
    for await (const run of runsOf(store, "audit")) runs.push(run);
    const { reservations } = await reservationsOf(store, "audit");
    const nameOf = (target: string) => names.get(target.split("/").at(-1)!);
    return {
      tags: Object.fromEntries(
        Object.entries(tags).map((
          [name, own],
        ) => [name, { ...own, "groundskeeper-audit": withoutInstant(own["groundskeeper-audit"]) }]),
      ),
      journal: entries.map(({ action, target, reason, before, outcome, error }) => ({
        action,
        target: nameOf(target),
        reason,
        before,
        outcome,
        error,
      })).sort((a, b) => a.target! < b.target! ? -1 : 1),
      // Each mark's tag, row and journal entry say the same, to the letter.
      agreeing: entries.map((entry) => {
        const value = entry.after["value"];
        const row = [...marks].find(([id]) => id.endsWith(`/${entry.target.split("/").at(-1)}`))
          ?.[1];
        return [
          nameOf(entry.target),
          row?.value === value,
          tags[nameOf(entry.target)!]!["groundskeeper-audit"] === value,
        ];
      }).sort(),
      marks: marks.size,
      open: (await openIntents(store, "audit")).length,
      spent: reservations.flatMap(({ wanted }) => wanted).reduce(
        (sum, { count }) => sum + count,
        0,
      ),
      unfinished: [
        ...runs.filter(({ finished }) => finished === null).map(({ run_id }) => run_id),
        ...reservations.filter(({ finished }) => !finished).map(({ run_id }) => run_id),
      ],
    };
  } finally {
    store.close();
  }
}

function withoutInstant(mark: string | undefined): string | undefined {
  return mark?.replace(/\d{4}-\d\d-\d\dT[\d:]+Z/, "INSTANT");
}
