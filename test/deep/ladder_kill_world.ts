import { regionOf } from "../../runners/core/limits/counts.ts";
import assert from "assert";
import { CANARIES, STAMPS } from "../../runners/audit/canary/canary.ts";
import { auditSchema } from "../../runners/audit/config.ts";
import { stepsFrom } from "../../runners/audit/ladder/ladder.ts";
import { LIFTS } from "../../runners/audit/ladder/protection.ts";
import { SIGHTINGS } from "../../runners/audit/ladder/sightings.ts";
import {
  instanceRowId,
  type MarkRow,
  MARKS,
  markValue,
  ruleHash,
} from "../../runners/audit/ladder/mark.ts";
import { AUDIT_MARK_TAG, CANARY_STAMP_TAG } from "../../runners/core/contract/names.ts";
import type { FreeWrite } from "../../runners/core/store/store.ts";
import type { InstanceGroup } from "../aws/world.ts";
import { type AuditWorld, auditWorld, CANARY, REGIONS, WHOLE_LADDER } from "../e2e/audit_world.ts";
import { auditKillState } from "./audit_kill_state.ts";
import type { KillSubject, KillWorld } from "./kill_generator.ts";
import type { KillStore, MakeKillStore } from "./kill_store.ts";

/**
 * One run that does all that an apply can do: marks, stops and terminates in batches of one zone,
 * one of them after lifting its protection, takes a mark away, puts a protection back, and stamps
 * its canaries.
 */
export const ladderKillSubject = (makeStore: MakeKillStore): KillSubject => ({
  job: "audit",
  makeWorld: () => makeWorld(makeStore()),
});

const AUDIT = {
  required: [{ key: "owner" }, { key: "project" }],
  ladder: WHOLE_LADDER,
  canary: CANARY,
  protection: "lift",
  // Budgets for exactly what is due: one that is spent twice would refuse the second run.
  limits: {
    perRun: { count: 6, percent: 100 },
    perAccount: { count: 6 },
    rollingDay: { count: 6 },
    stop: { perRun: { count: 2 }, rollingDay: { count: 2 } },
    terminate: { perRun: { count: 2 }, rollingDay: { count: 2 } },
  },
};

/** What that run does, by action and instance. */
const LAST_CHANGES = [
  "mark us-east-1/new",
  "mark us-west-2/new",
  "restore us-east-1/spared",
  "stop us-east-1/due-a",
  "stop us-east-1/due-b",
  "terminate us-east-1/over",
  "terminate us-east-1/over-protected",
  "unmark us-east-1/fixed",
];

const DAY_MS = 86_400_000;
/** The id of the run that the prepared rows name. */
const EARLIER_RUN = "01K00000000000000000000000";

/** What runs of the days before have left of an instance. */
interface Left {
  readonly markedDaysAgo?: number;
  readonly stoppedDaysAgo?: number;
  /** Its protection was lifted, and is off. */
  readonly lifted?: boolean;
}

const LEFT: Readonly<Record<string, Left>> = {
  "due-a": { markedDaysAgo: 4 },
  "due-b": { markedDaysAgo: 4 },
  "over": { markedDaysAgo: 15, stoppedDaysAgo: 12 },
  "over-protected": { markedDaysAgo: 15, stoppedDaysAgo: 12 },
  "fixed": { markedDaysAgo: 2 },
  "spared": { lifted: true },
};

/** The mark of so many days ago. */
function markOf({ markedDaysAgo, stoppedDaysAgo }: Left): MarkRow | undefined {
  if (markedDaysAgo === undefined) return undefined;
  const config = auditSchema.parse(AUDIT);
  const markedAt = new Date(daysAgo(markedDaysAgo));
  const steps = stepsFrom(markedAt, config);
  const rule_hash = ruleHash(config);
  return {
    value: markValue(steps, markedAt, rule_hash),
    deadline: steps.stop!,
    rule_hash,
    marked_at: markedAt.toISOString(),
    run_id: EARLIER_RUN,
    ...(stoppedDaysAgo === undefined ? {} : { stopped_at: daysAgo(stoppedDaysAgo) }),
  };
}

/** Counted from when the file was loaded, so that a tag and its row name the same instant. */
const LOADED_MS = Date.now();

function daysAgo(days: number): string {
  return new Date(LOADED_MS - days * DAY_MS).toISOString();
}

function groupsIn({ region }: { region: string }): InstanceGroup[] {
  const one = (name: string, tags: InstanceGroup["tags"], more: Partial<InstanceGroup> = {}) => {
    const mark = markOf(LEFT[name] ?? {});
    return {
      name,
      ageMinutes: 30 * 24 * 60,
      tags: { Name: name, ...tags, ...(mark ? { [AUDIT_MARK_TAG]: mark.value } : {}) },
      ...more,
    };
  };
  const kept = { owner: "alice", project: "shop" };
  const broken = { project: "shop" };
  const canary = one("canary", {
    owner: CANARY.tags.owner,
    project: CANARY.tags.project,
    Name: CANARY.tags.Name.replace("{region}", region),
    [CANARY_STAMP_TAG]: daysAgo(1),
  }, { state: "stopped" });
  const everywhere = [one("web", kept), canary, one("new", broken)];
  if (region !== "us-east-1") return everywhere;
  return [
    ...everywhere,
    one("due-a", broken),
    one("due-b", broken),
    one("over", broken, { state: "stopped" }),
    one("over-protected", broken, { state: "stopped", protected: "termination" }),
    one("fixed", kept),
    one("spared", kept),
  ];
}

/** The rows that the runs of the days before have left. */
function rowsLeft({ seeded, accounts: [account = ""] }: AuditWorld): FreeWrite[] {
  const hash = ruleHash(auditSchema.parse(AUDIT));
  const writes: FreeWrite[] = [];
  for (const region of REGIONS) {
    const place = { account, region };
    const [canary = ""] = seeded.instances(account, region, "canary");
    writes.push(
      CANARIES.write(regionOf(place), { instance_id: canary, how: "created", at: daysAgo(20) }),
      STAMPS.write(regionOf(place), { instance_id: canary, value: daysAgo(1) }),
    );
  }
  for (const [name, left] of Object.entries(LEFT)) {
    const [id = ""] = seeded.instances(account, "us-east-1", name);
    const rowId = instanceRowId(account, "us-east-1", id);
    const mark = markOf(left);
    if (mark) {
      const look = {
        first_seen: mark.marked_at,
        last_seen: daysAgo(1),
        count: 2,
        rule_hash: hash,
        spaced: { count: 2, at: daysAgo(1) },
      };
      writes.push(MARKS.write(rowId, mark), SIGHTINGS.write(rowId, look));
    }
    if (left.lifted) {
      const protection = { termination: true, stop: false };
      writes.push(LIFTS.write(rowId, { protection, at: daysAgo(1), run_id: EARLIER_RUN }));
    }
  }
  return writes;
}

/** The account and the store as they are before that run. */
export async function ladderWorld(store: KillStore): Promise<AuditWorld> {
  const world = await auditWorld({
    groups: groupsIn,
    accounts: 1,
    audit: AUDIT,
    ...store.options,
  });
  await store.write(world, async (opened) => await opened.writeEach(rowsLeft(world)));
  world.aws.proxy.clearCalls();
  return world;
}

async function makeWorld(store: KillStore): Promise<KillWorld> {
  const world = await ladderWorld(store);
  return {
    proxy: world.aws.proxy,
    apply: (more) =>
      world.run("audit apply --yes", {
        ...more,
        // CloudTrail may be asked twice a second.
        env: { GROUNDSKEEPER_TEST_RATE_FACTOR: "1000" },
      }),
    state: () => auditKillState(world, store),
    assertWhole: async () => {
      const { journal, instances, lifts, spent } = await auditKillState(world, store);
      assert.deepEqual(journal.map(({ deed, target }) => `${deed} ${target}`).sort(), LAST_CHANGES);
      assert.deepEqual(journal.map(({ outcome }) => outcome), LAST_CHANGES.map(() => "done"));
      assert.deepEqual(lifts, []);
      assert.equal(instances["us-east-1/spared"]?.isProtected?.termination, true);
      assert.deepEqual(spent, {
        "ec2:CreateTags": 2,
        "ec2:StopInstances": 2,
        "ec2:TerminateInstances": 2,
      });
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}
