import { auditSchema } from "../../runners/audit/config.ts";
import { markValue, ruleHash, wholeSeconds } from "../../runners/audit/ladder/mark.ts";
import { AUDIT_MARK_TAG, UNTIL_TAG } from "../../runners/core/contract/names.ts";
import { canaryTagsIn, MONTH_AUDIT } from "./month_config.ts";
import type { Dice } from "./dice.ts";

/** What an owner sees of the instance before a run. */
export interface Seen {
  /** Since the month began; mornings are whole numbers, evenings end in .5. */
  readonly day: number;
  readonly now: Date;
  readonly state: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** What an owner can do with the instance. */
export interface Hands {
  readonly region: string;
  tag(tags: Readonly<Record<string, string>>): Promise<void>;
  untag(...keys: string[]): Promise<void>;
  start(): Promise<void>;
  protect(attribute: "DisableApiTermination" | "DisableApiStop"): Promise<void>;
}

/** What an owner does, run by run; each `yield` waits for the next run. */
type Life = (it: Hands, dice: Dice) => AsyncGenerator<void, void, Seen>;

/** One way to live with the rules. */
export interface Behaviour {
  readonly name: string;
  /** How many owners in enforced accounts live so. */
  readonly owners: number;
  /** The days, from and to, on which their instances come to break the rules. */
  readonly begins: readonly [number, number];
  /** How: a running instance loses a tag, a new one is started, or only the life does it. */
  readonly by: "loss" | "launch" | "life" | "seed";
  readonly life: Life;
  /** What the journal says was done to the instance, in its order. */
  readonly journal: RegExp;
  /** Left out: they live to see the end of the month. */
  readonly ends?: "terminated";
  /** Days after the last mark before which it may not be stopped, and terminated; else 3 and 14. */
  readonly notBefore?: { readonly stop: number; readonly terminate: number };
  /** The days on which the configuration exempts the instance; both included, in whole days. */
  readonly exempt?: readonly [number, number];
}

const FIXED = { owner: "alice" };
const ignore: Life = async function* () {};

async function* until(holds: (seen: Seen) => boolean): AsyncGenerator<void, Seen, Seen> {
  let seen = yield;
  while (!holds(seen)) seen = yield;
  return seen;
}

/** Waits for a look that is so many days after another. */
async function* days(count: number, since: Seen): AsyncGenerator<void, Seen, Seen> {
  return yield* until(({ day }) => day >= since.day + count);
}

const marked = ({ tags }: Seen) => tags[AUDIT_MARK_TAG] !== undefined;
const stopped = ({ state }: Seen) => state === "stopped";

/** A mark as anybody can write it who has read another: its stop and termination are long due. */
function forged(now: Date): string {
  const past = (days: number) => wholeSeconds(new Date(now.getTime() - days * 86_400_000));
  const hash = ruleHash(auditSchema.parse(MONTH_AUDIT));
  return markValue({ stop: past(20), terminate: past(9) }, now, hash);
}

function dayText(now: Date, ahead: number): string {
  return new Date(now.getTime() + ahead * 86_400_000).toISOString().slice(0, 10);
}

/** Takes the mark away so many times, a day or two after it was set. */
async function* takeMarkAway(it: Hands, dice: Dice, times: number) {
  for (let time = 0; time < times; time++) {
    const seen = yield* until(marked);
    yield* days(dice.between(1, 2), seen);
    await it.untag(AUDIT_MARK_TAG);
  }
}

/** Starts the instance again so many times, a day or two after it was stopped. */
async function* startAgain(it: Hands, dice: Dice, times: number) {
  for (let time = 0; time < times; time++) {
    const seen = yield* until(stopped);
    yield* days(dice.between(1, 2), seen);
    await it.start();
  }
}

const whole = /^mark stop terminate$/;
const never = /^$/;

/** All that owners do in the month. */
export const BEHAVIOURS: readonly Behaviour[] = [
  {
    name: "ignores everything",
    owners: 6,
    begins: [0, 12],
    by: "loss",
    life: ignore,
    journal: whole,
    ends: "terminated",
  },
  {
    name: "starts one without tags and ignores everything",
    owners: 4,
    begins: [1, 12],
    by: "launch",
    life: ignore,
    journal: whole,
    ends: "terminated",
  },
  {
    name: "fixes the tags in grace",
    owners: 3,
    begins: [1, 20],
    by: "launch",
    life: async function* (it) {
      const seen = yield;
      yield* days(1, seen);
      await it.tag({ ...FIXED, project: "shop", stage: "dev" });
    },
    journal: never,
  },
  {
    name: "fixes the tags after the mark",
    owners: 4,
    begins: [0, 20],
    by: "loss",
    life: async function* (it, dice) {
      const seen = yield* until(marked);
      yield* days(dice.between(0, 2), seen);
      await it.tag(FIXED);
    },
    journal: /^mark unmark$/,
  },
  {
    name: "fixes the tags after the stop, and starts it again",
    owners: 4,
    begins: [0, 14],
    by: "loss",
    life: async function* (it, dice) {
      const seen = yield* until(stopped);
      yield* days(dice.between(0, 9), seen);
      await it.tag(FIXED);
      await it.start();
    },
    journal: /^mark stop unmark$/,
  },
  {
    name: "tags with a wrong value, and puts it right after the stop",
    owners: 3,
    begins: [0, 14],
    by: "loss",
    life: async function* (it) {
      yield* until(marked);
      await it.untag("stage");
      await it.tag({ ...FIXED, stage: "production" });
      const seen = yield* until(stopped);
      yield* days(2, seen);
      await it.tag({ stage: "prod" });
    },
    journal: /^mark stop unmark$/,
  },
  {
    name: "tags with a wrong value, and then ignores everything",
    owners: 2,
    begins: [0, 10],
    by: "loss",
    life: async function* (it) {
      yield* until(marked);
      await it.tag({ ...FIXED, stage: "production" });
    },
    journal: whole,
    ends: "terminated",
  },
  {
    name: "tags in the wrong case after the mark",
    owners: 3,
    begins: [0, 14],
    by: "loss",
    life: async function* (it) {
      yield* until(marked);
      await it.tag({ Owner: "alice" });
    },
    journal: /^mark unmark$/,
  },
  {
    name: "renames a tag to its old name",
    owners: 2,
    begins: [0, 14],
    by: "life",
    life: async function* (it) {
      yield;
      await it.untag("project");
      await it.tag({ "project-name": "shop" });
    },
    journal: never,
  },
  {
    name: "takes the mark away whenever it is there",
    owners: 3,
    begins: [0, 3],
    by: "loss",
    life: (it, dice) => takeMarkAway(it, dice, Infinity),
    journal: /^mark( mark){5,}$/,
  },
  {
    name: "takes the mark away twice, and then ignores everything",
    owners: 2,
    begins: [0, 6],
    by: "loss",
    life: (it, dice) => takeMarkAway(it, dice, 2),
    journal: /^mark mark mark stop terminate$/,
    ends: "terminated",
  },
  {
    name: "takes the mark away from the stopped instance, and ignores everything",
    owners: 2,
    begins: [0, 8],
    by: "loss",
    life: async function* (it) {
      const seen = yield* until(stopped);
      yield* days(3, seen);
      await it.untag(AUDIT_MARK_TAG);
    },
    // It is stopped already; all the same, the complete time counts from the new mark.
    journal: /^mark stop mark terminate$/,
    ends: "terminated",
  },
  {
    name: "writes a later date into each mark",
    owners: 2,
    begins: [0, 3],
    by: "loss",
    life: async function* (it) {
      for (;;) {
        const seen = yield* until(marked);
        yield* days(1, seen);
        await it.tag({
          [AUDIT_MARK_TAG]: seen.tags[AUDIT_MARK_TAG]!.replace(/\/20\d\d-/g, "/2099-"),
        });
        // Until the next run has marked it again.
        yield* until(({ tags }) => !tags[AUDIT_MARK_TAG]?.includes("/2099-"));
      }
    },
    journal: /^mark( mark){5,}$/,
  },
  {
    name: "writes a later date into the mark once, and ignores everything",
    owners: 2,
    begins: [0, 8],
    by: "loss",
    life: async function* (it) {
      const seen = yield* until(marked);
      yield* days(1, seen);
      await it.tag({
        [AUDIT_MARK_TAG]: seen.tags[AUDIT_MARK_TAG]!.replace(/\/20\d\d-/g, "/2099-"),
      });
    },
    journal: /^mark mark stop terminate$/,
    ends: "terminated",
  },
  {
    name: "has a mark forged on it whose dates have passed",
    owners: 3,
    begins: [0, 10],
    by: "loss",
    life: async function* (it) {
      await it.tag({ [AUDIT_MARK_TAG]: forged((yield).now) });
    },
    journal: whole,
    ends: "terminated",
  },
  {
    name: "has a mark forged on it while it is marked",
    owners: 2,
    begins: [0, 8],
    by: "loss",
    life: async function* (it) {
      const { now } = yield* until(marked);
      await it.tag({ [AUDIT_MARK_TAG]: forged(now) });
    },
    journal: /^mark mark stop terminate$/,
    ends: "terminated",
  },
  {
    name: "keeps the rules, and has a mark forged on it",
    owners: 2,
    begins: [2, 14],
    by: "life",
    life: async function* (it) {
      await it.tag({ [AUDIT_MARK_TAG]: forged((yield).now) });
    },
    journal: /^unmark$/,
  },
  {
    name: "copies the tags of the canary",
    owners: 2,
    begins: [0, 4],
    by: "life",
    life: async function* (it) {
      yield;
      await it.untag("stage");
      await it.tag(canaryTagsIn(it.region));
    },
    journal: never,
  },
  {
    name: "copies the tags of the canary once it is marked",
    owners: 2,
    begins: [0, 10],
    by: "loss",
    life: async function* (it) {
      yield* until(marked);
      await it.tag(canaryTagsIn(it.region));
    },
    journal: /^mark unmark$/,
  },
  {
    name: "asks for a week, and fixes the tags on its last day",
    owners: 2,
    begins: [0, 10],
    by: "loss",
    life: async function* (it) {
      const seen = yield* until(marked);
      await it.tag({ [UNTIL_TAG]: dayText(seen.now, 7) });
      yield* days(7, seen);
      await it.tag(FIXED);
    },
    journal: /^mark unmark$/,
  },
  {
    name: "asks for a week, and then ignores everything",
    owners: 2,
    begins: [0, 6],
    by: "loss",
    life: async function* (it) {
      const seen = yield* until(marked);
      await it.tag({ [UNTIL_TAG]: dayText(seen.now, 7) });
    },
    journal: whole,
    ends: "terminated",
    notBefore: { stop: 7, terminate: 18 },
  },
  {
    name: "asks for a hundred years, and ignores everything",
    owners: 2,
    begins: [0, 1],
    by: "loss",
    life: async function* (it) {
      const seen = yield* until(marked);
      await it.tag({ [UNTIL_TAG]: dayText(seen.now, 36_500) });
    },
    journal: whole,
    ends: "terminated",
    // The extension is 14 days, for either step.
    notBefore: { stop: 17, terminate: 28 },
  },
  {
    name: "starts it again whenever it is stopped",
    owners: 2,
    begins: [0, 4],
    by: "loss",
    life: (it, dice) => startAgain(it, dice, Infinity),
    journal: /^mark stop( stop){4,}$/,
  },
  {
    name: "starts it again twice, and then ignores everything",
    owners: 2,
    begins: [0, 6],
    by: "loss",
    life: (it, dice) => startAgain(it, dice, 2),
    journal: /^mark stop stop stop terminate$/,
    ends: "terminated",
  },
  {
    name: "is exempt at first, and ignores everything",
    owners: 2,
    begins: [0, 0],
    by: "loss",
    life: ignore,
    exempt: [0, 7],
    journal: whole,
    ends: "terminated",
  },
  {
    name: "is exempt all the time",
    owners: 2,
    begins: [0, 4],
    by: "loss",
    life: ignore,
    exempt: [0, 40],
    journal: never,
  },
  {
    name: "is made exempt for a week while it is marked, and ignores everything",
    owners: 2,
    begins: [3, 3],
    by: "loss",
    life: ignore,
    exempt: [5, 10],
    journal: /^mark unmark mark stop terminate$/,
    ends: "terminated",
  },
  {
    name: "protects it from termination, and ignores everything",
    owners: 3,
    begins: [0, 8],
    by: "loss",
    life: async function* (it) {
      yield;
      await it.protect("DisableApiTermination");
    },
    journal: /^mark stop$/,
  },
  {
    name: "protects it from a stop, and ignores everything",
    owners: 2,
    begins: [0, 8],
    by: "loss",
    life: async function* (it) {
      yield;
      await it.protect("DisableApiStop");
    },
    journal: /^mark$/,
  },
  {
    name: "is a member of an Auto Scaling group",
    owners: 8,
    begins: [0, 0],
    by: "seed",
    life: ignore,
    journal: never,
  },
  {
    name: "is a spot instance",
    owners: 4,
    begins: [0, 0],
    by: "seed",
    life: ignore,
    // Its request would start another.
    journal: never,
  },
  {
    name: "has its root device in an instance store",
    owners: 4,
    begins: [0, 0],
    by: "seed",
    life: ignore,
    journal: /^mark$/,
  },
  // Each fits the day's budget; both together do not.
  ...[14, 14.5].map((day): Behaviour => ({
    name: `is one of many that a deployment leaves without tags on day ${day}`,
    owners: 12,
    begins: [day, day],
    by: "loss",
    life: async function* (it) {
      yield* until(marked);
      await it.tag(FIXED);
    },
    journal: /^mark unmark$/,
  })),
];
