import type { InstanceGroup } from "../aws/world.ts";
import { WHOLE_LADDER } from "../e2e/audit_world.ts";

/** Which of the three accounts may be changed; the last one is only reported. */
export const ENFORCED = [0, 1] as const;
export const ACCOUNTS = 3;

/** How many marks, stops and terminations together, and how many of each, in any 24 hours. */
export const DAILY = { all: 24, stop: 12, terminate: 10 } as const;

/** What keeps the rules of the month. */
export const KEPT = { owner: "alice", project: "shop", stage: "prod" } as const;

/** The audit of the month, without its exemptions. */
export const MONTH_AUDIT = {
  required: [
    { key: "owner" },
    { key: "project", aliases: ["project-name"] },
    { key: "stage", value: { oneOf: ["dev", "prod"] } },
  ],
  // A day, so that there are runs within it.
  grace: "24h",
  ladder: WHOLE_LADDER,
  canary: {
    tags: {
      Name: "api-canary-{region}",
      owner: "groundskeeper",
      project: "API canary",
      stage: "prod",
    },
  },
  limits: {
    perRun: { count: DAILY.all, percent: 20 },
    perAccount: { count: DAILY.all },
    rollingDay: { count: DAILY.all },
    stop: { rollingDay: { count: DAILY.stop }, perRun: { count: DAILY.stop } },
    terminate: { rollingDay: { count: DAILY.terminate }, perRun: { count: DAILY.terminate } },
  },
};

/** The canary's tags in a region. */
export function canaryTagsIn(region: string): Record<string, string> {
  const { tags } = MONTH_AUDIT.canary;
  return { ...tags, Name: tags.Name.replace("{region}", region) };
}

/** The seeded instances that break the rules from the first day on, by the behaviour they show. */
export const SEEDED: Readonly<Record<string, InstanceGroup>> = {
  "is a member of an Auto Scaling group": {
    name: "asg",
    count: 2,
    ageMinutes: 60 * 24 * 60,
    tags: { Name: "asg" },
    autoScalingGroup: "web",
  },
  "is a spot instance": {
    name: "spot",
    ageMinutes: 60 * 24 * 60,
    tags: { Name: "spot" },
    spot: true,
  },
  "has its root device in an instance store": {
    name: "store",
    ageMinutes: 60 * 24 * 60,
    tags: { Name: "store" },
    rootDevice: "instance-store",
  },
};

/** A hundred instances of each account and region. */
export const GROUPS: readonly InstanceGroup[] = [
  { name: "web", count: 96, ageMinutes: 60 * 24 * 60, tags: { Name: "web", ...KEPT } },
  ...Object.values(SEEDED),
];
