import type {
  ObservedAccount,
  ObservedInstance,
  ObservedRegion,
} from "../../runners/audit/observed.ts";
import { type Random, seededRandom } from "./seeded_random.ts";

/** Those that an account has without asking (Account Management, "Enable or disable Regions"). */
export const REGIONS = ("us-east-1 us-east-2 us-west-1 us-west-2 ap-south-1 ap-northeast-1 " +
  "ap-northeast-2 ap-northeast-3 ap-southeast-1 ap-southeast-2 ca-central-1 eu-central-1 " +
  "eu-north-1 eu-west-1 eu-west-2 eu-west-3 sa-east-1").split(" ");

/** How many instances an account has, and how many of them break {@link RULES}. */
export const INSTANCES_PER_ACCOUNT = 100, VIOLATING = 5;

const ENVIRONMENTS = ["prod", "staging", "dev"];

/** Rules that all instances keep but those that lack an owner, or whose environment is none. */
export const RULES = [
  { key: "owner" },
  { key: "project" },
  { key: "environment", value: { oneOf: ENVIRONMENTS } },
];

const DAY_MS = 86_400_000;

/** The ID of an account. */
export function accountIdOf(index: number): string {
  return String(100_000_000_000 + index);
}

/**
 * An account as the audit observes it: its instances are spread over all Regions, and both sources
 * agree on their tags. The same index and instant give the same account.
 *
 * @param now everything is as old as it is at this instant
 */
export function auditPart(index: number, now: Date): ObservedAccount {
  const random = seededRandom(index);
  const every = INSTANCES_PER_ACCOUNT / VIOLATING;
  const all = Array.from({ length: INSTANCES_PER_ACCOUNT }, (_, at) => {
    const breaks = at % every === index % every;
    return { breaks, instance: anInstance(index * INSTANCES_PER_ACCOUNT + at, breaks) };
  });
  return {
    id: accountIdOf(index),
    name: `account-${index}`,
    alias: null,
    partition: "aws",
    failure: null,
    joined: null,
    units: [],
    users: null,
    regions: REGIONS.map((region, at) =>
      aRegion(region, all.filter((_, one) => one % REGIONS.length === at))
    ),
  };

  function aRegion(
    region: string,
    own: readonly { readonly breaks: boolean; readonly instance: ObservedInstance }[],
  ): ObservedRegion {
    // As the job asks: about those that break the rules, and without any about the first ones.
    const violating = own.filter(({ breaks }) => breaks);
    const asked = (violating.length > 0 ? violating : own).map(({ instance }) => instance);
    return {
      region,
      failure: null,
      instances: own.map(({ instance }) => instance),
      secondSource: {
        asked: asked.map(({ id }) => id),
        tags: Object.fromEntries(asked.map(({ id, tags }) => [id, tags])),
        at: now.toISOString(),
      },
      instanceStores: { types: {} },
      importsUnread: null,
      owners: [],
      at: now.toISOString(),
    };
  }

  function anInstance(number: number, breaks: boolean): ObservedInstance {
    const created = new Date(now.getTime() - random.below(700 * DAY_MS) - DAY_MS).toISOString();
    return {
      id: `i-0${number.toString(16).padStart(16, "0")}`,
      state: random.chance(0.85) ? "running" : "stopped",
      type: random.of(["t3.small", "t3.large", "m6i.large", "m6i.2xlarge", "c7g.xlarge"]),
      image: `ami-0${random.below(500).toString(16).padStart(16, "0")}`,
      zone: "a",
      created,
      launched: created,
      tags: someTags(random, breaks),
      managedBy: random.chance(0.2) ? [`Auto Scaling group web-${random.below(20)}`] : [],
      rootDevice: "ebs",
      lifecycle: null,
      protection: null,
    };
  }
}

function someTags(random: Random, breaks: boolean): ObservedInstance["tags"] {
  const isUnowned = random.chance(0.7);
  return {
    Name: `web-${random.below(1000)}`,
    project: `project-${random.below(300)}`,
    "cost-center": String(1000 + random.below(200)),
    "managed-by": random.of(["terraform", "cloudformation", "hand"]),
    ...(breaks && isUnowned ? {} : { owner: `team-${random.below(100)}@example.com` }),
    environment: breaks && !isUnowned ? "unknown" : random.of(ENVIRONMENTS),
  };
}
